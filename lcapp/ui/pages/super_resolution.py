"""The page Super-resolution: can a month be trusted, and where not?"""

import streamlit as st

from lcapp.ui.pages.frame import Page, Shown, a_result
from lcapp.ui.parts.comparison import comparison
from lcapp.ui.parts.year_detail import acquisitions_of
from lcapp.ui.session.state import Keys


def _draw(keys: Keys, shown: Shown) -> None:
    if shown.year is None:
        st.info(
            "This patch has no Sentinel-2 series that covers it: there is nothing to super-resolve."
            " Choose another patch at the left."
        )
        return
    prediction = shown.prediction
    if prediction is None or prediction.super_resolved is None:
        if prediction is None:
            st.info("Run the model (at the left): its months appear here beside their references.")
        else:
            st.info("This model makes no super-resolved series: choose one with a sampler.")
        st.markdown("#### Acquisitions")
        acquisitions_of(shown.choice)
        return
    comparison(shown.choice, prediction, keys, shown.renewed)


SUPER_RESOLUTION = Page("Super-resolution", ":material/zoom_in:", needs=a_result, draw=_draw)
