"""What every place that shows a result must say of it: what the weights know, a simulated scene."""

import streamlit as st

from lcapp.diffusion.config import SAMPLERS
from lcapp.hub.held_out import HeldOut, held_out
from lcapp.language import message, tr, trn
from lcapp.types import Prediction

NO_PLACE = message("The scene is simulated: it is no real place.")
RANDOM = message(
    "**Random initial weights.** The map means nothing yet: it shows that the chain runs."
)
_NO_HEIGHTS = message(
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
            tr(RANDOM) + (f" {tr(NO_PLACE)}" if simulated else ""), icon=":material/warning:"
        )
    elif figures is not None and figures.simulated and not simulated:
        told = (
            tr(
                "**These weights have never seen a real place.** They were trained on simulated "
                "scenes alone, so expect little here: large, plain things such as water or roofs "
                "may come out, crops and kinds of trees by luck."
            ),
            "" if heights else tr(_NO_HEIGHTS),
            tr("{measured}; none of that holds for this patch.", measured=measured(figures)),
            tr("Weights trained on real scenes are on the page Models."),
        )
        st.warning(" ".join(filter(None, told)), icon=":material/warning:")
    elif figures is not None:
        alone = tr("The weights were trained on simulated scenes alone.")
        if figures.simulated:
            limits = tr(
                "{measured}, which says nothing about real land.", measured=measured(figures)
            )
        else:
            limits = f"{measured(figures)}."
        before = (tr(NO_PLACE) if simulated else "", alone if figures.simulated else "")
        st.info(" ".join(filter(None, (*before, limits))), icon=":material/science:")
    elif simulated:
        st.info(tr(NO_PLACE), icon=":material/science:")
    if (other := foreign_sampler(prediction)) is not None:
        st.warning(other, icon=":material/experiment:")


def foreign_sampler(prediction: Prediction) -> str | None:
    """What is to be said of a result by another sampler than the model's own; None by that."""
    card, run = prediction.record.model, prediction.record.run
    if "sampler" not in card.options or run.sampler == card.sampler:
        return None
    if not SAMPLERS[run.sampler].asks:
        return tr(
            "Made without diffusion: what is called super-resolved is the image that the network "
            "would have added its detail to."
        )
    text = trn(
        "Made with the sampler {sampler}; these weights were made for {own}, {n} step.",
        "Made with the sampler {sampler}; these weights were made for {own}, {n} steps.",
        card.steps,
        sampler=run.sampler,
        own=card.sampler,
    )
    if SAMPLERS[run.sampler].leaps == SAMPLERS[card.sampler].leaps:
        return text
    return f"**{text}** " + tr(
        "The two ask different things of a network: expect noise in place of detail, and a map "
        "that has read it."
    )


def measured(figures: HeldOut) -> str:
    """The figures in half a sentence, which the caller ends."""
    fields = {
        "scenes": figures.scenes,
        "domains": figures.domains,
        "miou": figures.miou,
        "oa": figures.oa,
    }
    if figures.simulated:
        return tr(
            "Measured on {scenes} simulated scenes of {domains} domains that training never saw: "
            "mIoU {miou:.1%}, overall accuracy {oa:.1%}",
            **fields,
        )
    return tr(
        "Measured on {scenes} scenes of {domains} domains that training never saw: mIoU "
        "{miou:.1%}, overall accuracy {oa:.1%}",
        **fields,
    )


def reminder(prediction: Prediction) -> None:
    """Under a heading further down, where the banners may have scrolled away."""
    if not prediction.record.model.trained:
        st.caption(tr("⚠ Random initial weights: what is shown here means nothing yet."))
