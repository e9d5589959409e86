"""Pictures beneath one camera: side by side, swiped, blinking, or one less the other.

For any comparison of what lies on one place. The interface is `compare`: panes in
(`views.panes.Pane`), how they are arranged and what was pointed at out. Everything that a reader
does with the pictures happens in the browser; the page hears of it when the hand rests.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from lcapp.language import messages
from lcapp.types import Grid
from lcapp.ui.components.words import words
from lcapp.views.panes import Arrangement, Pane, packed
from lcapp.views.panes.arrangement import plain_data, told_by

_PARTS = tuple(f"panes_{name}" for name in ("values", "picture", "hands", "cameras", "controls"))
"""Values under the pointer, drawing, mouse and keys, what is seen, buttons: one module with the
last of them, `panes.js`."""

_TEXTS = messages(
    "Side by side",
    "Swipe",
    "Blink",
    "Difference",
    "Whole",
    "Linked",
    "Unlinked",
    "Align",
    "Smooth",
    "PNG",
    "Pause",
    "Go on",
    "Left",
    "Right",
    "One",
    "Other",
    "Of",
    "Less",
    "arrangement",
    "zoom and place",
    "pictures shown",
    "zoom in",
    "zoom in (+)",
    "zoom out",
    "zoom out (−)",
    "see all of it (Home)",
    "one camera for all; unlink to shift one picture against the others",
    "bring the others to where this one is",
    "smooth the pixels: prettier, and not what is there",
    "save what is seen as a PNG",
    "border between the two pictures",
    "picture: {title}",
    "difference",
    "nothing here",
    "A picture without numbers has no difference.",
    "Classes and numbers have no difference.",
    "{title} has no {names}.",
    "Another class in {share} % of the pixels: dark.",
    "{what}: blue where {title} has less, orange where more, full colour from {reach} on. "
    "Mean amount {mean}.",
    "Mean amount over {what}: white 0, dark from {reach} on. Mean {mean}.",
    "Drag to move; wheel (after a click, or with Ctrl) or pinch to zoom. Keys on a "
    "picture: arrows move, + and − zoom, Home shows all, Shift and arrows move the "
    "cursor, 1 to 9 choose a picture.",
)
"""All that stands in the component's own HTML and scripts."""


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
        **words(_TEXTS),
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
        js="\n".join(text(f"{part}.js") for part in ("words", *_PARTS, "panes")),
    )
    return mount
