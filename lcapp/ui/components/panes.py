"""Pictures beneath one camera: side by side, swiped, blinking, or one less the other.

For any comparison of what lies on one place. The interface is `compare`: panes in
(`views.panes.Pane`), how they are arranged and what was pointed at out. Everything that a reader
does with the pictures happens in the browser; the page hears of it when the hand rests.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from lcapp.types import Grid
from lcapp.views.panes import Arrangement, Pane, packed
from lcapp.views.panes.arrangement import plain_data, told_by

_PARTS = ("values", "picture", "hands", "cameras", "controls")
"""Values under the pointer, drawing, mouse and keys, what is seen, buttons: one module with the
last of them, `panes.js`."""


def compare(
    panes: Sequence[Pane],
    place: Grid,
    *,
    key: str,
    name: str,
    start: Arrangement | None = None,
    version: int = 0,
    mark: tuple[float, float] | None = None,
    on_change: Callable[[Arrangement], None] | None = None,
    on_pick: Callable[[float, float], None] | None = None,
) -> None:
    """Draw the panes.

    Zoom and place, the mode, and whatever else a reader has chosen stay when the panes change.

    Args:
        panes: At least one, at most nine have a key of their own; their ids tell which is which
            when they change.
        place: What is seen at first, and where metres are counted from.
        key: On the page.
        name: Of the place: where it changes, all of it is seen again.
        start: How the panes are arranged at first.
        version: Where it changes, `start` is taken over again: an address was followed.
        mark: A place that is pointed out in every picture: metres from the left and the upper edge.
        on_change: Called when the reader has rearranged them, before the page runs again.
        on_pick: Called with metres from the left and the upper edge of the place where it was
            clicked, or the cursor stood on Enter, before the page runs again.
    """

    def changed() -> None:
        found = told_by(st.session_state[key]["arrangement"] or {})
        if found is not None and on_change is not None:
            on_change(found)

    def picked() -> None:
        at = st.session_state[key]["pick"]
        if at is not None and on_pick is not None:
            on_pick(float(at["x"]), float(at["y"]))

    west, south, east, north = place.bounds
    data = {
        "place": name,
        "size": [east - west, north - south],
        "panes": packed(panes, place),
        "start": plain_data(start or Arrangement()),
        "version": version,
        "picks": on_pick is not None,
        "mark": None if mark is None else {"x": mark[0], "y": mark[1]},
    }
    _component()(
        key=key,
        data=data,
        default={"arrangement": None},
        on_arrangement_change=changed,
        on_pick_change=picked,
    )


@st.cache_resource(show_spinner=False)
def _component() -> Callable[..., Any]:
    here = Path(__file__)

    def text(name: str) -> str:
        return here.with_name(name).read_text(encoding="utf-8")

    mount: Callable[..., Any] = st.components.v2.component(
        "lcapp_panes",
        html=text("panes.html"),
        css=text("panes.css"),
        js="\n".join([*(text(f"panes_{part}.js") for part in _PARTS), text("panes.js")]),
    )
    return mount
