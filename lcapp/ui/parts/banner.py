"""What every place that shows a result must say of it: what the weights know, a simulated scene."""

import streamlit as st

from lcapp.diffusion.config import SAMPLERS
from lcapp.hub.held_out import HeldOut, held_out
from lcapp.types import Prediction

_NO_PLACE = "The scene is simulated: it is no real place."
_NO_HEIGHTS = (
    "The patch has no heights, which tell woods from meadows best: expect one taken for the other."
)


def banner(prediction: Prediction, *, heights: bool) -> None:
    """Above everything that the prediction shows; one box, so that the map stays in sight.

    Args:
        prediction: What is shown.
        heights: The scene has an nDSM.
    """
    simulated, card = prediction.record.simulated, prediction.record.model
    figures = held_out(card.figures)
    if not card.trained:
        st.warning(
            "**Random initial weights.** The map means nothing yet: it shows that the chain runs."
            + (f" {_NO_PLACE}" if simulated else ""),
            icon=":material/warning:",
        )
    elif figures is not None and figures.simulated and not simulated:
        st.warning(
            "**These weights have never seen a real place.** They were trained on simulated "
            "scenes alone, so expect little here: large, plain things such as water or roofs may "
            "come out, crops and kinds of trees by luck. "
            + ("" if heights else f"{_NO_HEIGHTS} ")
            + f"{measured(figures)}; none of that holds for this patch. Weights trained on real "
            "scenes are on the page Models.",
            icon=":material/warning:",
        )
    elif figures is not None:
        alone = "The weights were trained on simulated scenes alone." if figures.simulated else ""
        limits = ", which says nothing about real land." if figures.simulated else "."
        told = (_NO_PLACE if simulated else "", alone, measured(figures) + limits)
        st.info(" ".join(filter(None, told)), icon=":material/science:")
    elif simulated:
        st.info(_NO_PLACE, icon=":material/science:")
    if (other := foreign_sampler(prediction)) is not None:
        st.warning(other, icon=":material/experiment:")


def foreign_sampler(prediction: Prediction) -> str | None:
    """What is to be said of a result by another sampler than the model's own; None by that."""
    card, run = prediction.record.model, prediction.record.run
    if "sampler" not in card.options or run.sampler == card.sampler:
        return None
    if not SAMPLERS[run.sampler].asks:
        return (
            "Made without diffusion: what is called super-resolved is the image that the network "
            "would have added its detail to."
        )
    own = f"{card.sampler}, {card.steps} step{'s' if card.steps > 1 else ''}"
    text = f"Made with the sampler {run.sampler}; these weights were made for {own}."
    if SAMPLERS[run.sampler].leaps == SAMPLERS[card.sampler].leaps:
        return text
    return (
        f"**{text}** The two ask different things of a network: expect noise in place of detail, "
        "and a map that has read it."
    )


def measured(figures: HeldOut) -> str:
    """The figures in half a sentence, which the caller ends."""
    kind = "simulated scenes" if figures.simulated else "scenes"
    return (
        f"Measured on {figures.scenes} {kind} of {figures.domains} domains that training never "
        f"saw: mIoU {figures.miou:.1%}, overall accuracy {figures.oa:.1%}"
    )


def reminder(prediction: Prediction) -> None:
    """Under a heading further down, where the banners may have scrolled away."""
    if not prediction.record.model.trained:
        st.caption("⚠ Random initial weights: what is shown here means nothing yet.")
