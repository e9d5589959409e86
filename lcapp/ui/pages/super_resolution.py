"""The page Super-resolution: can a month be trusted, and where not?"""

import streamlit as st

from lcapp.language import message, tr
from lcapp.ui.pages.frame import Page, Shown, a_result
from lcapp.ui.parts.superres.comparison import comparison
from lcapp.ui.parts.superres.year_detail import acquisitions_of
from lcapp.ui.session.state import Keys


def _draw(keys: Keys, shown: Shown) -> None:
    if shown.year is None:
        st.info(
            tr(
                "This patch has no Sentinel-2 series that covers it: there is nothing to "
                "super-resolve. Choose another patch at the left."
            )
        )
        return
    prediction = shown.prediction
    if prediction is None or prediction.super_resolved is None:
        if prediction is None:
            st.info(
                tr("Run the model (at the left): its months appear here beside their references.")
            )
        else:
            st.info(tr("This model makes no super-resolved series: choose one with a sampler."))
        st.markdown(f"#### {tr('Acquisitions')}")
        acquisitions_of(shown.choice)
        return
    comparison(shown.choice, prediction, keys, shown.renewed)


SUPER_RESOLUTION = Page(
    message("Super-resolution"), ":material/zoom_in:", needs=a_result, draw=_draw
)
