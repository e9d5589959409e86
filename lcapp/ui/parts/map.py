"""The map with its legend, and the pixel that was clicked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from lcapp.evaluate.areas import class_areas
from lcapp.types.prediction import Prediction
from lcapp.ui.components.map import scene_map
from lcapp.ui.parts.banner import reminder
from lcapp.ui.session import state
from lcapp.ui.session.runs import Choice
from lcapp.ui.session.state import Keys
from lcapp.views.imagery import COMPOSITES
from lcapp.views.inspector import probabilities_figure, year_figure
from lcapp.views.layers import (
    CLASSES,
    base_layer,
    reference_layer,
    result_layers,
)
from lcapp.views.legend import legend_html, legend_rows
from lcapp.views.map import Overlay, map_options, pixel_at


@dataclass(frozen=True)
class Look:
    """How pictures are drawn.

    Attributes:
        composite: Key of `imagery.COMPOSITES`, of the aerial image and the series.
        safe: The palette for colour-blind readers.
        french: Class names in French.
    """

    composite: str
    safe: bool
    french: bool


def chosen_look(keys: Keys) -> Look:
    """The switches above the map."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        composite = st.segmented_control(
            "Aerial image and series in",
            list(COMPOSITES),
            key=keys.holding("composite", next(iter(COMPOSITES))),
            required=True,
        )
        safe = st.toggle("Palette for colour-blind readers", key=keys("safe"))
        french = st.toggle("Noms français", key=keys("french"))
    return Look(composite or next(iter(COMPOSITES)), safe, french)


@st.fragment
def map_and_pixel(
    choice: Choice, prediction: Prediction | None, month: int, look: Look, keys: Keys
) -> None:
    """Map, legend and pixel; a click runs this part of the page alone."""
    wide, narrow = st.columns([2.6, 1], gap="medium")
    with wide:
        _map(choice, prediction, month, look, keys)
    with narrow:
        if prediction is None:
            st.markdown("##### Legend")
            st.caption("Run the model to see its class map here, with each class's share and area.")
        else:
            areas = class_areas(prediction.land_cover)
            rows = legend_rows(areas, prediction.land_cover.table, look.safe)
            st.markdown("##### Class map")
            reminder(prediction)
            st.html(legend_html(rows, look.french))
    if prediction is not None:
        _pixel(choice, prediction, look, keys)


def _map(choice: Choice, prediction: Prediction | None, month: int, look: Look, keys: Keys) -> None:
    view = state.current()
    options, overlays = _drawn(choice, prediction, month, look)
    clicked = scene_map(
        options,
        overlays,
        key=keys("map"),
        place=f"{choice.key.collection}/{choice.scene.id}",
        chosen=CLASSES if prediction is not None else None,
        marker=view.pixel,
    )
    if clicked is not None and clicked != view.pixel:
        state.keep(replace(view, pixel=clicked))


def _drawn(
    choice: Choice, prediction: Prediction | None, month: int, look: Look
) -> tuple[Mapping[str, Any], list[Overlay]]:
    scene = choice.scene
    overlays = (
        []
        if prediction is None
        else result_layers(
            prediction.land_cover,
            prediction.super_resolved,
            prediction.explanation.without_series,
            month=month,
            composite=look.composite,
            safe=look.safe,
            french=look.french,
            trained=prediction.record.trained,
        )
    )
    if scene.reference is not None:
        overlays.append(reference_layer(scene, scene.reference, look.safe, look.french))
    base = base_layer(scene, look.composite)
    return map_options([base, *overlays], scene.grid), overlays


def _pixel(choice: Choice, prediction: Prediction, look: Look, keys: Keys) -> None:
    st.markdown("#### One pixel")
    reminder(prediction)
    pixel = state.current().pixel
    at = None if pixel is None else pixel_at(prediction.land_cover.grid, *pixel)
    if at is None:
        st.caption(
            "Click the map: the class probabilities of that pixel and its NDVI over the year, "
            "before and after super-resolution, appear here."
        )
        return
    chances, year = st.columns(2, gap="medium")
    chances.plotly_chart(
        probabilities_figure(prediction.land_cover, *at, safe=look.safe), key=keys("chances")
    )
    year.plotly_chart(
        year_figure(prediction.super_resolved, *at, aerial_gsd=choice.scene.grid.gsd),
        key=keys("year"),
    )
