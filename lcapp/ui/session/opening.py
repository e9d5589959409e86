"""What the server does before the first browser has found it: the map that the app opens on."""

import asyncio
import importlib
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import streamlit as st
from streamlit import net_util
from streamlit.web.server import server_util

from lcapp.errors import LcappError
from lcapp.ui.session.gone import let_go


@asynccontextmanager
async def opening(app: st.App) -> AsyncIterator[None]:
    """Lifespan of the server: its first run begins with it, not with the first session.

    Importing the networks takes longer than the run itself; both are done, or well under way, when
    somebody has typed the address. Whoever comes finds the run by its settings, as any second tab
    does.
    """
    _ask_nobody()
    # In place of Streamlit's welcome, which asks for the address that it prints.
    answers = server_util.get_display_address(st.get_option("server.address") or "::")
    print(f"lcapp: {server_util.get_url(answers)}", file=sys.stderr, flush=True)
    threading.Thread(target=_open, name="lcapp-opening", daemon=True).start()
    gone = asyncio.create_task(let_go())
    yield
    gone.cancel()


def _ask_nobody() -> None:
    # When a page of another site wants to be connected, Streamlit asks a server on the internet
    # which address this computer has. No setting keeps it from that.
    net_util.get_external_ip = lambda: None


def start_first_run() -> None:
    """Start the run of the view that a session begins with, if it starts by itself.

    What goes wrong is left to the page, which meets the same error and has somebody to tell.
    """
    # Here: the server answers before the page's modules are there.
    from lcapp.families.door import cards
    from lcapp.ui.session import cache, results, state
    from lcapp.ui.session.work import runs

    view = state.start_view()
    with suppress(LcappError):
        if runs.starts_by_itself(view):
            model = cache.model(next(iter(cards().values())))
            if not results.some():
                # Another process draws the scene on a first start; the networks come meanwhile.
                threading.Thread(target=_quietly, args=(model.load,), daemon=True).start()
            choice = runs.opened(view, cache.collection(view.collection), model)
            runs.start(choice, runs.prepared(choice))


def _quietly(load: Callable[[], None]) -> None:
    with suppress(LcappError):  # the run meets it again
        load()


def _open() -> None:
    start_first_run()
    # Together two or three seconds that the first session need not wait for.
    for name in ("lcapp.ui.pages.explore", "leafmap.maplibregl"):
        importlib.import_module(name)
