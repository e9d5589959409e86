"""The twelve months, and one of them before and after super-resolution."""

import streamlit as st

from lcapp.sensors import AERIAL
from lcapp.types import Prediction
from lcapp.ui.parts.banner import reminder
from lcapp.ui.parts.plain import plain
from lcapp.ui.session.runs import Choice
from lcapp.ui.session.state import Keys
from lcapp.views.frames import month_figure
from lcapp.views.imagery import STRETCH
from lcapp.views.months import Year, calendar, calendar_html, month_label


def months(
    choice: Choice,
    year: Year,
    prediction: Prediction | None,
    month: int,
    composite: str,
    keys: Keys,
    renewed: bool,
) -> None:
    """Calendar, month, and the month's pictures side by side where the series is super-resolved.

    Args:
        choice: What has been chosen.
        year: The months as Sentinel-2 measured them.
        prediction: The result, once there is one.
        month: 1..12.
        composite: Key of `imagery.COMPOSITES`.
        keys: Of the page.
        renewed: The address has just set the month.
    """
    st.markdown(f"#### The year: {year.present} of 12 months have a clear date")
    sr = None if prediction is None else prediction.super_resolved
    if prediction is None or sr is None:
        st.caption(
            "Sentinel-2 as measured, 10 m pixels inside the patch. Day of month, dates used."
        )
        st.html(calendar_html(calendar(year, composite), chosen=month))
        return
    reminder(prediction)
    st.caption("Super-resolved to 1.6 m. Mean date of the month, dates used of dates acquired.")
    days = calendar(Year(sr.months, sr.reflectance, sr.bands), composite)
    st.html(calendar_html(days, chosen=month))
    st.segmented_control(
        "Month (∅: absent)",
        range(1, 13),
        format_func=lambda number: month_label(sr.months[number - 1]),
        key=keys.holding("month", month, renewed),
        required=True,
    )
    described = sr.months[month - 1]
    if not described.present:
        st.info(
            f"{month_label(described)} is absent: {plain(described.reason or 'no clear date')}."
        )
        return
    st.plotly_chart(
        month_figure(sr, month, choice.scene.images.get(AERIAL), composite, choice.scene.seen),
        key=keys("frames"),
    )
    st.caption(
        f"All but the aerial image are reflectance on one stretch, {STRETCH}; pixels are not "
        "smoothed. The aerial image keeps its own radiometry."
    )
