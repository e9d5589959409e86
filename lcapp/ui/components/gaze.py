"""The square under the pointer and where it looks, live (`views.learn.looks.Gaze`)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from lcapp.language import tr
from lcapp.views.learn.looks import Gaze, packed_gaze

_HTML = (
    '<div class="lc-gaze"><div class="lc-pair"><figure><figcaption></figcaption>'
    '<canvas tabindex="0" role="img"></canvas></figure><figure><figcaption></figcaption>'
    '<canvas role="img" aria-hidden="true"></canvas></figure><figure><figcaption></figcaption>'
    '<div class="lc-bars" role="group"></div></figure></div>'
    '<p class="lc-told" aria-live="polite"></p></div>'
)


def gazing(
    gaze: Gaze,
    *,
    key: str,
    at: tuple[int, int],
    month: str,
    version: int = 0,
    on_rest: Callable[[int, int], None] | None = None,
) -> None:
    """Draw the image, where the square under the pointer looks, and how the months weigh there.

    Args:
        gaze: What is shown; the same value is not drawn anew.
        key: On the page.
        at: Row and column of the square that is asked at first.
        month: Name of the month that the look is drawn over.
        version: Where it changes, `at` is taken over again: an address was followed.
        on_rest: Called with row and column of the square when the pointer rests, before the page
            runs again.
    """

    def picked() -> None:
        found = st.session_state[key]["pick"]
        if found is not None and on_rest is not None:
            rows, cols = gaze.squares
            row, col = int(found["row"]), int(found["col"])
            if 0 <= row < rows and 0 <= col < cols:
                on_rest(row, col)

    data = {
        **packed_gaze(gaze),
        "at": list(at),
        "version": version,
        "titles": [
            tr("Who asks: move over the image"),
            tr("Where it looks, over {month}", month=month),
            tr("How the months weigh there"),
        ],
    }
    _component()(key=key, data=data, on_pick_change=picked)


@st.cache_resource(show_spinner=False)
def _component() -> Callable[..., Any]:
    here = Path(__file__)
    mount: Callable[..., Any] = st.components.v2.component(
        "lcapp_gaze",
        html=_HTML,
        css=here.with_name("gaze.css").read_text(encoding="utf-8"),
        js=here.with_name("gaze.js").read_text(encoding="utf-8"),
    )
    return mount
