"""What every place that shows a result must say of it: untrained weights, a simulated scene."""

import streamlit as st

from lcapp.pipeline import Prediction


def banner(prediction: Prediction) -> None:
    """Above everything that the prediction shows; one box, so that the map stays in sight."""
    simulated = "The scene is simulated: it is no real place."
    if not prediction.record.trained:
        st.warning(
            "**Random initial weights.** The map means nothing yet: it shows that the chain runs."
            + (f" {simulated}" if prediction.record.simulated else ""),
            icon=":material/warning:",
        )
    elif prediction.record.simulated:
        st.info(simulated, icon=":material/science:")


def reminder(prediction: Prediction) -> None:
    """Under a heading further down, where the banners may have scrolled away."""
    if not prediction.record.trained:
        st.caption("⚠ Random initial weights: what is shown here means nothing yet.")
