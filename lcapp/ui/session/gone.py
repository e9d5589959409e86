"""Sessions whose browser has gone: they are let go, with the results that their pages hold.

Streamlit keeps them for two minutes, in case the browser comes back, and then only forgets them:
what their pages gave out for download stays for ever, a result of some 30 MB for each visitor.
Here they are closed. A browser that comes back later opens the same view, for all of it stands in
its address; files that somebody had handed over have gone with the session.
"""

import asyncio
import ctypes
import gc
import logging
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from streamlit import runtime
from streamlit.runtime.session_manager import SessionInfo, SessionStorage

_LOG = logging.getLogger(__name__)

KEPT_SECONDS = 30.0
"""In which a browser that lost its connection finds its session again."""

MOST_KEPT = 8
"""Sessions; of more the eldest go at once."""

_EVERY = 5.0
"""Seconds between two looks."""


class Gone(SessionStorage):
    """Sessions without a browser, the eldest first.

    Args:
        now: Seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._there: dict[str, tuple[float, SessionInfo]] = {}

    def get(self, session_id: str) -> SessionInfo | None:
        """The session, where it has not been let go."""
        found = self._there.get(session_id)
        return None if found is None else found[1]

    def save(self, session_info: SessionInfo) -> None:
        """Its browser has gone."""
        self._there.pop(session_info.session.id, None)
        self._there[session_info.session.id] = self._now(), session_info

    def delete(self, session_id: str) -> None:
        """Its browser is back, or it was closed."""
        self._there.pop(session_id, None)

    def list(self) -> list[SessionInfo]:
        """All of them."""
        return [info for _, info in self._there.values()]

    def over(self) -> tuple[str, ...]:
        """Ids of those that nobody comes back to."""
        since = self._now() - KEPT_SECONDS
        ids = list(self._there)
        old = [one for one in ids if self._there[one][0] <= since]
        return tuple(dict.fromkeys([*old, *ids[: max(0, len(ids) - MOST_KEPT)]]))


async def let_go() -> None:
    """Close such sessions as long as the server runs; in its loop, as Streamlit does."""
    gone = Gone()
    taken = False
    while True:
        await asyncio.sleep(_EVERY)
        if not runtime.exists():
            continue
        here = runtime.get_instance()
        if not taken:
            here._session_mgr._session_storage = gone  # type: ignore[attr-defined]
            taken = True
        over = gone.over()
        for session_id in over:
            try:
                here.close_session(session_id)
            except Exception:  # of a page's own: the next ones go all the same
                _LOG.exception("a session whose browser has gone could not be closed")
        if over:
            _give_back()


def _give_back() -> None:
    """What they held goes back to the system: sessions hold themselves in rings of references."""
    gc.collect()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL("libc.so.6").malloc_trim(0)
