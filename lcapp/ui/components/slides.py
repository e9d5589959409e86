"""Pictures, curves and points that move together beneath one slider (`views.learn.slides`).

All stops are in the browser before the slider is moved, which therefore answers within a frame;
the page hears of the stop when the hand rests.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from lcapp.language import tr
from lcapp.views.learn.slides import Slides, packed

_HTML = (
    '<div class="lc-slides"><div class="lc-slider"><button type="button"></button><label></label>'
    '<input type="range" min="0" step="1"><output></output></div>'
    '<div class="lc-panels"></div></div>'
)


def slide(
    slides: Slides,
    *,
    key: str,
    start: int = 0,
    version: int = 0,
    together: bool = False,
    on_rest: Callable[[int], None] | None = None,
) -> None:
    """Draw slides.

    Args:
        slides: What is shown; the same value is not drawn anew.
        key: On the page.
        start: The stop that is shown at first.
        version: Where it changes, `start` is taken over again: an address was followed.
        together: The first four panels are two pairs, and stay in one row where it is wide enough.
        on_rest: Called with the stop when the slider rests, before the page runs again.
    """

    def rested() -> None:
        stop = st.session_state[key]["stop"]
        known = isinstance(stop, int) and 0 <= stop < len(slides.stops)
        if known and on_rest is not None:
            on_rest(stop)

    data = {
        **packed(slides),
        "start": start,
        "version": version,
        "together": together,
        "texts": {"play": tr("Play"), "pause": tr("Pause")},
    }
    _component()(key=key, data=data, default={"stop": None}, on_stop_change=rested)


@st.cache_resource(show_spinner=False)
def _component() -> Callable[..., Any]:
    here = Path(__file__)
    mount: Callable[..., Any] = st.components.v2.component(
        "lcapp_slides",
        html=_HTML,
        css=here.with_name("slides.css").read_text(encoding="utf-8"),
        js=here.with_name("slides.js").read_text(encoding="utf-8"),
    )
    return mount
