"""The map with its legend, and the pixel that was clicked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from lcapp.evaluate.areas import class_areas
from lcapp.sensors import AERIAL
from lcapp.types import LandCover, Prediction
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
from lcapp.views.legend import legend_html, legend_rows, map_title
from lcapp.views.map import Overlay, map_options, pixel_at


@dataclass(frozen=True)
class Look:
    """How pictures are drawn.

    Attributes:
        composite: Key of `imagery.COMPOSITES`, of the aerial image and the series.
        safe: The palette for colour-blind readers.
        french: Class names in French.
        map: Name of the map of classes.
    """

    composite: str
    safe: bool
    french: bool
    map: str


def chosen_look(prediction: Prediction | None, keys: Keys) -> Look:
    """The switches above the map; of several maps of a result also which one is shown."""
    maps = [] if prediction is None else list(prediction.maps)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        composite = st.segmented_control(
            "Aerial image and series in",
            list(COMPOSITES),
            key=keys.holding("composite", next(iter(COMPOSITES))),
            required=True,
        )
        safe = st.toggle("Palette for colour-blind readers", key=keys("safe"))
        french = st.toggle("Noms français", key=keys("french"))
        shown = maps[0] if maps else ""
        if len(maps) > 1:
            kept = st.session_state.get(keys("shown"))
            key = keys.holding("shown", maps[0], renewed=kept not in maps)
            picked = st.segmented_control(
                "Map", maps, key=key, format_func=map_title, required=True
            )
            shown = picked or shown
    return Look(composite or next(iter(COMPOSITES)), safe, french, shown)


@st.fragment
def map_and_pixel(
    choice: Choice, prediction: Prediction | None, month: int, look: Look, keys: Keys
) -> None:
    """Map, legend and pixel; a click runs this part of the page alone."""
    wide, narrow = st.columns([2.6, 1], gap="medium")
    with wide:
        _map(choice, prediction, month, look, keys)
    cover = None if prediction is None else prediction.maps[look.map]
    with narrow:
        if prediction is None or cover is None:
            st.markdown("##### Legend")
            st.caption("Run the model to see its class map here, with each class's share and area.")
        else:
            rows = legend_rows(class_areas(cover), cover.table, look.safe)
            st.markdown(f"##### {map_title(look.map)}")
            reminder(prediction)
            st.html(legend_html(rows, look.french))
    if prediction is not None and cover is not None:
        _pixel(prediction, cover, look, keys)


def _map(choice: Choice, prediction: Prediction | None, month: int, look: Look, keys: Keys) -> None:
    view = state.current()
    options, overlays = _drawn(choice, prediction, month, look)
    clicked = scene_map(
        options,
        overlays,
        key=keys("map"),
        place=f"{choice.collection.source}/{choice.scene.id}",
        chosen=CLASSES if prediction is not None else None,
        marker=view.pixel,
    )
    if clicked is not None and clicked != view.pixel:
        state.keep(replace(view, pixel=clicked))


def _drawn(
    choice: Choice, prediction: Prediction | None, month: int, look: Look
) -> tuple[Mapping[str, Any], list[Overlay]]:
    scene, explanation = choice.scene, None if prediction is None else prediction.explanation
    layers, reference = [], scene.reference
    if prediction is not None:
        cover = prediction.maps[look.map]
        told = explanation is not None and cover is prediction.land_cover
        layers = result_layers(
            cover,
            prediction.super_resolved,
            explanation.without_series if explanation is not None and told else None,
            month=month,
            composite=look.composite,
            safe=look.safe,
            french=look.french,
            trained=prediction.record.model.trained,
        )
        reference = scene.references.get(cover.table.name, reference)
    if reference is not None:
        layers.append(reference_layer(scene, reference, look.safe, look.french))
    base = [base_layer(scene, look.composite)] if AERIAL in scene.images else []
    return map_options([*base, *layers], scene.grid), layers


def _pixel(prediction: Prediction, cover: LandCover, look: Look, keys: Keys) -> None:
    st.markdown("#### One pixel")
    reminder(prediction)
    sr, pixel = prediction.super_resolved, state.current().pixel
    at = None if pixel is None else pixel_at(cover.grid, *pixel)
    if at is None:
        year = " and its NDVI over the year, before and after super-resolution," if sr else ""
        st.caption(f"Click the map: the class probabilities of that pixel{year} appear here.")
        return
    chances, months = st.columns(2, gap="medium")
    chances.plotly_chart(probabilities_figure(cover, *at, safe=look.safe), key=keys("chances"))
    if sr is not None:
        months.plotly_chart(year_figure(sr, *at, aerial_gsd=cover.grid.gsd), key=keys("year"))
