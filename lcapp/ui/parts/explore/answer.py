"""How much of the place is sealed."""

import streamlit as st

from lcapp.evaluate.areas import group_areas, group_share, reference_areas
from lcapp.types import LandCover, Prediction, Reference
from lcapp.ui.parts.banner import reminder
from lcapp.ui.session.work.runs import Choice
from lcapp.views.explore.answer import answer, groups_html


def place_answer(choice: Choice, prediction: Prediction, cover: LandCover) -> None:
    """The sentence and the groups of classes; nothing of a map of classes that do not tell."""
    reminder(prediction)
    if groups := group_areas(cover):
        st.markdown(answer(groups, sealed_by(choice, cover)))
        names = dict(zip(cover.table.names, cover.table.spoken, strict=True))
        st.html(groups_html(groups, names))


def sealed_by(choice: Choice, cover: LandCover) -> float | None:
    """The share that is sealed by the labels that came with the scene; None without any."""
    labels = reference_of(choice, cover)
    if labels is None or labels.table.name != cover.table.name:
        return None
    return group_share("sealed", reference_areas(labels, choice.scene.grid))


def reference_of(choice: Choice, cover: LandCover | None) -> Reference | None:
    """The labels of the map's classes, else those that there are."""
    scene = choice.scene
    if cover is None:
        return scene.reference
    return scene.references.get(cover.table.name, scene.reference)
