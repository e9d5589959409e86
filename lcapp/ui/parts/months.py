"""The twelve months, and one of them before and after super-resolution."""

import streamlit as st

from lcapp.types import Prediction, Prepared
from lcapp.ui.parts.banner import reminder
from lcapp.ui.session.runs import Choice
from lcapp.ui.session.state import Keys
from lcapp.views.frames import month_figure
from lcapp.views.imagery import STRETCH
from lcapp.views.months import (
    calendar,
    calendar_html,
    footprint_reflectance,
    month_label,
    month_to_show,
)


def chosen_month(choice: Choice, ready: Prepared | None) -> int:
    """The month that the page shows, known before its widget is drawn."""
    return month_to_show(() if ready is None else ready.months, choice.view.month)


def months(
    choice: Choice,
    ready: Prepared,
    prediction: Prediction | None,
    month: int,
    composite: str,
    keys: Keys,
    renewed: bool,
) -> None:
    """Calendar, month, and the month's pictures side by side.

    Args:
        choice: What has been chosen.
        ready: The scene as the model takes it.
        prediction: The result, once there is one.
        month: 1..12.
        composite: Key of `imagery.COMPOSITES`.
        keys: Of the page.
        renewed: The address has just set the month.
    """
    present = int(ready.present.sum())
    st.markdown(f"#### The year: {present} of 12 months have a clear date")
    if prediction is None:
        pictures = footprint_reflectance(ready, choice.config.inputs)
        st.caption(
            "Sentinel-2 as measured, 10 m pixels inside the patch. Day of month, dates used."
        )
    else:
        reminder(prediction)
        pictures = prediction.super_resolved.reflectance
        st.caption("Super-resolved to 1.6 m. Mean date of the month, dates used of dates acquired.")
    days = calendar(ready.months, pictures, ready.series_bands, composite)
    st.html(calendar_html(days, chosen=month))
    if prediction is None:
        return
    st.segmented_control(
        "Month (∅: absent)",
        range(1, 13),
        format_func=lambda number: month_label(ready.months[number - 1]),
        key=keys.holding("month", month, renewed),
        required=True,
    )
    described = ready.months[month - 1]
    if not described.present:
        st.info(f"{month_label(described)} is absent: {described.reason or 'no clear date'}.")
        return
    st.plotly_chart(
        month_figure(prediction.super_resolved, month, choice.scene.aerial, composite),
        key=keys("frames"),
    )
    st.caption(
        f"The three on the left are reflectance on one stretch, {STRETCH}; pixels are not "
        "smoothed. The aerial image keeps its own radiometry."
    )
