"""The pictures of a page: what a reader makes of them stands in the address, and stays."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from lcapp.types import Grid
from lcapp.ui.components.panes import compare
from lcapp.ui.session import state
from lcapp.ui.session.state import Keys, View
from lcapp.views.panes import Arrangement, Pane, fitting, to_text

_START = "start"


def hold_arrangement(view: View, keys: Keys, renewed: bool) -> None:
    """Keep what the pictures begin with.

    They follow an address, and stay otherwise: what a reader has made of them comes back from
    there, and need not be sent there again.

    Args:
        view: The choice.
        keys: Of the page.
        renewed: The view comes from elsewhere.
    """
    if renewed or keys(_START) not in st.session_state:
        version, _ = st.session_state.get(keys(_START), (0, None))
        st.session_state[keys(_START)] = (version + 1, view.panes)


def pictures(
    panes: Sequence[Pane],
    place: Grid,
    keys: Keys,
    name: str,
    at_first: Arrangement,
    *,
    mark: tuple[float, float] | None = None,
    on_pick: Callable[[float, float], None] | None = None,
) -> None:
    """Draw the panes of a page, once `hold_arrangement` has been called.

    Args:
        panes: As `compare` takes them, and what follows likewise.
        place: What is seen at first.
        keys: Of the page.
        name: Of the place.
        at_first: How they are arranged where the address speaks of no such panes.
        mark: A place that is pointed out.
        on_pick: Called with the place that was clicked.
    """
    version, begun = st.session_state[keys(_START)]
    compare(
        panes,
        place,
        key=keys("panes"),
        name=name,
        start=fitting(begun, [one.id for one in panes], at_first),
        version=version,
        mark=mark,
        on_change=lambda one: state.keep(replace(state.current(), panes=to_text(one))),
        on_pick=on_pick,
    )
