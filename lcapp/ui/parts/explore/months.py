"""The twelve months, of which one is chosen, and that one as it was measured and as it was made."""

from contextlib import suppress

import streamlit as st

from lcapp.errors import LcappError
from lcapp.evaluate.trust import Trust, beside_pictures, in_words, trust
from lcapp.language import month_name, tr
from lcapp.prepare import Scaling, truth_of
from lcapp.sensors import AERIAL
from lcapp.types import Floats, Prediction, SuperResolved
from lcapp.ui.components.year import year_strip
from lcapp.ui.parts.banner import reminder
from lcapp.ui.parts.plain import plain
from lcapp.ui.session import cache
from lcapp.ui.session.state import Keys
from lcapp.ui.session.work.runs import Choice
from lcapp.views.frames import month_html
from lcapp.views.imagery import STRETCH
from lcapp.views.months import Year, calendar, remarks_html


def months(
    choice: Choice,
    year: Year,
    prediction: Prediction | None,
    month: int,
    composite: str,
    keys: Keys,
) -> None:
    """The year, whose pictures choose the month, and that month's where it is super-resolved.

    Args:
        choice: What has been chosen.
        year: The months as Sentinel-2 measured them.
        prediction: The result, once there is one.
        month: 1..12.
        composite: Key of `imagery.COMPOSITES`.
        keys: Of the page.
    """
    told = tr("The year: {n} of 12 months have a clear date", n=year.present)
    st.markdown(f"#### {told}")
    sr = None if prediction is None else prediction.super_resolved
    made = tr("Sentinel-2 as measured.") if sr is None else tr("Super-resolved to 1.6 m.")
    how = tr("Mean date of the month, dates used of dates acquired. Click a month to choose it.")
    st.caption(f"{made} {how}")
    shown = year if sr is None else Year(sr.months, sr.reflectance, sr.bands)
    days = calendar(shown, composite)

    def choose(number: int) -> None:
        st.session_state[keys("month")] = number  # the frame takes it up

    year_strip(days, key=keys("strip"), label=tr("Month"), chosen=month, choose=choose)
    if remarks := remarks_html(days):
        st.html(remarks)
    if prediction is not None and sr is not None:
        _month(choice, prediction, sr, month, composite)


def judged(choice: Choice, sr: SuperResolved, month: int) -> tuple[Trust, Floats | None]:
    """What is to be said of a month, and the truth of the year where it is known."""
    truth, scene = None, choice.scene
    with suppress(LcappError):  # the page Super-resolution says what is wrong with it
        found = cache.truth(choice.collection, scene.id, choice.key.content)
        truth = None if found is None else truth_of(found, scene, sr.bands)
    scalings = tuple(Scaling(low, high) for _, (low, high) in choice.card.value_ranges)
    return trust(sr, month, scalings, truth), truth


def _month(
    choice: Choice, prediction: Prediction, sr: SuperResolved, month: int, composite: str
) -> None:
    reminder(prediction)
    described, name = sr.months[month - 1], month_name(month)
    if not described.present:
        why = plain(described.reason or tr("no clear date"))
        st.info(tr("{month} is absent: {why}.", month=name, why=why))
        return
    found, truth = judged(choice, sr, month)
    year = described.date.year if described.date else ""
    st.markdown(f"##### {name} {year}, {tr(composite)}")
    st.html(
        month_html(
            sr,
            month,
            choice.scene.images.get(AERIAL),
            composite,
            choice.scene.seen,
            truth,
            beside_pictures(found),
        )
    )
    st.markdown(plain(in_words(found, name)))
    told = tr(
        "All but the aerial image are reflectance on one stretch, {stretch}; pixels are not "
        "smoothed. The aerial image keeps its own radiometry.",
        stretch=tr(STRETCH),
    )
    st.caption(told)
