"""The months of a year as pictures, of which one is chosen: by mouse, finger or arrow keys."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from lcapp.views.imagery import png_uri
from lcapp.views.months import Day


def year_strip(
    days: Sequence[Day], *, key: str, label: str, chosen: int, choose: Callable[[int], None]
) -> None:
    """Draw the months; absent ones can be chosen as well, to be told why.

    Args:
        days: Twelve, January first.
        key: Of the strip on the page.
        label: What is chosen, for who does not see it.
        chosen: The month that is chosen, 1..12.
        choose: Called with another one, before the page runs again.
    """

    def changed() -> None:
        month = st.session_state[key]["month"]
        if month is not None:
            choose(int(month))

    tiles = [
        {
            "name": day.name,
            "summary": day.summary,
            "reason": day.reason,
            "present": day.present,
            "picture": None if day.picture is None else png_uri(day.picture),
        }
        for day in days
    ]
    data = {"days": tiles, "chosen": chosen, "label": label}
    _component()(key=key, data=data, on_month_change=changed)


@st.cache_resource(show_spinner=False)
def _component() -> Callable[..., Any]:
    here = Path(__file__)
    mount: Callable[..., Any] = st.components.v2.component(
        "lcapp_year",
        html='<div class="lc-root"><div class="lc-year" role="radiogroup"></div></div>',
        css=here.with_name("year.css").read_text(encoding="utf-8"),
        js=here.with_name("year.js").read_text(encoding="utf-8"),
    )
    return mount
