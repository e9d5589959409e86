"""The map with its layers, what it says of the place, and the pixel that was picked."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from lcapp.evaluate.areas import class_areas, reference_areas
from lcapp.evaluate.trust import beside_pictures
from lcapp.language import current, tr
from lcapp.sensors import AERIAL
from lcapp.types import LandCover, Prediction
from lcapp.ui.components.map import Story, scene_map
from lcapp.ui.parts.banner import reminder
from lcapp.ui.parts.chart import chart
from lcapp.ui.parts.choice.scene import demo_scenes, neighbours
from lcapp.ui.parts.explore.answer import reference_of
from lcapp.ui.parts.explore.months import judged
from lcapp.ui.session import address, state
from lcapp.ui.session.address import Refused
from lcapp.ui.session.state import Keys
from lcapp.ui.session.work.runs import Choice
from lcapp.views.explore.stack import (
    Seen,
    classes_from_text,
    classes_to_text,
    layers_from_text,
    layers_to_text,
)
from lcapp.views.footprints import bounds_of, outlined
from lcapp.views.imagery import COMPOSITES
from lcapp.views.inspector import probabilities_figure, year_figure
from lcapp.views.layers import CLASSES, OVER, Look, base_layer, reference_layers, result_layers
from lcapp.views.legend import map_title
from lcapp.views.map import Overlay, map_options, pixel_at


def chosen_look(prediction: Prediction | None, keys: Keys, renewed: bool) -> Look:
    """The switches above the map; of several maps of a result also which one is shown."""
    maps = [] if prediction is None else list(prediction.maps)
    view, first = state.current(), next(iter(COMPOSITES))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        composite = st.segmented_control(
            tr("Aerial image and series in"),
            list(COMPOSITES),
            format_func=tr,
            key=keys.holding("composite", view.composite or first, renewed),
            required=True,
            label_visibility="collapsed",
        )
        safe = st.toggle(
            tr("Palette for colour-blind readers"),
            key=keys.holding("safe", bool(view.safe), renewed),
        )
        shown = maps[0] if maps else ""
        if len(maps) > 1:
            wanted = view.shown if view.shown in maps else maps[0]
            gone = st.session_state.get(keys("shown")) not in maps
            key = keys.holding("shown", wanted, renewed or gone)
            picked = st.segmented_control(
                tr("Map"),
                maps,
                key=key,
                format_func=map_title,
                required=True,
                label_visibility="collapsed",
            )
            shown = picked or shown
    composite = composite or first
    if maps and view.shown not in (None, *maps):
        address.refuse(Refused("shown", str(view.shown), ", ".join(maps), shown))
    # Without a result it may be said of one that is still to come.
    kept = view.shown if not maps else None if shown == maps[0] else shown
    state.keep(
        replace(
            state.current(),
            composite=None if composite == first else composite,
            safe=safe or None,
            shown=kept,
        )
    )
    return Look(composite, safe, shown)


def hold_layers(keys: Keys, renewed: bool) -> None:
    """Note whether the map follows an address; before `map_and_pixel`, which may run on its own.

    Otherwise it stays: what a reader makes of it comes back from there.
    """
    st.session_state[keys("stack")] = st.session_state.get(keys("stack"), 0) + renewed


@st.fragment
def map_and_pixel(
    choice: Choice,
    prediction: Prediction | None,
    month: int,
    look: Look,
    keys: Keys,
    stories: Sequence[Story] = (),
) -> None:
    """Map, legend and pixel; a click runs this part of the page alone.

    Args:
        choice: What has been chosen.
        prediction: The result, once there is one.
        month: 1..12, of the super-resolved layer.
        look: How pictures are drawn.
        keys: Of the page.
        stories: Places that the page speaks of.
    """
    _map(choice, prediction, month, look, keys, stories)
    if prediction is not None:
        _pixel(prediction, prediction.maps[look.map], look, keys)


def _map(
    choice: Choice,
    prediction: Prediction | None,
    month: int,
    look: Look,
    keys: Keys,
    stories: Sequence[Story],
) -> None:
    view = state.current()
    made = prediction is not None
    options, overlays = _drawn(choice, prediction, (choice.key, made, month, look), current())
    offered = {one.id for one in overlays}
    around = neighbours(choice)
    bounds = None
    if around:
        titles = {one.id: tr(one.title) for one in demo_scenes(choice.view)}
        drawn = outlined(options["style"], around, labels=titles, dots=True)
        options, bounds = (
            {**options, "style": drawn},
            bounds_of([*around.values(), choice.scene.grid]),
        )
    picked = scene_map(
        options,
        overlays,
        key=keys("map"),
        place=f"{choice.collection.source}/{choice.scene.id}",
        version=st.session_state[keys("stack")],
        seen=layers_from_text(view.layers or ""),
        hidden=classes_from_text(view.hidden or "") or (),
        marker=view.pixel,
        stories=stories,
        all_patches=bounds,
        on_seen=lambda seen, hidden: _seen(seen, hidden, offered),
        on_patch=lambda patch: st.session_state.update({keys("scene"): patch}),
    )
    if picked is None:
        return
    if picked.patch is not None:
        st.rerun()  # all of the page, which is another scene's now
    if (at := (picked.lon, picked.lat)) != view.pixel:
        state.keep(replace(view, pixel=at))


def _seen(layers: Sequence[Seen], hidden: Sequence[int], offered: Container[str]) -> None:
    """Keep what the map shows, and of what it cannot show just now what was to be seen.

    A result is still to come, or a month is absent: its layer comes back as it was.
    """
    view = state.current()
    before = layers_from_text(view.layers or "")
    before = (Seen(CLASSES, round(100 * OVER)),) if before is None else before
    kept = [one for one in before if one.id not in offered]
    state.keep(
        replace(view, layers=layers_to_text([*layers, *kept]), hidden=classes_to_text(hidden))
    )


@st.cache_resource(show_spinner=False, max_entries=8)  # some 2 MB each, and half a second
def _drawn(
    _choice: Choice, _prediction: Prediction | None, key: Any, language: str
) -> tuple[Mapping[str, Any], list[Overlay]]:
    """Options of the map and its layers; `key` and `language` hold what they depend on."""
    _, _, month, look = key
    scene, prediction = _choice.scene, _prediction
    layers, cover = [], None
    if prediction is not None:
        cover = prediction.maps[look.map]
        told = prediction.explanation if cover is prediction.land_cover else None
        layers = result_layers(
            cover,
            class_areas(cover),
            prediction.super_resolved,
            None if told is None else told.without_series,
            month=month,
            look=look,
            trained=prediction.record.model.trained,
            month_said=_month_said(_choice, prediction, month),
        )
    reference = reference_of(_choice, cover)
    if reference is not None:
        areas = reference_areas(reference, scene.grid)
        layers += reference_layers(scene, reference, areas, cover, look)
    base = [base_layer(scene, look.composite)] if AERIAL in scene.images else []
    overlays = [*base, *layers]
    return map_options(overlays, scene.grid), overlays


def _month_said(choice: Choice, prediction: Prediction, month: int) -> str:
    sr = prediction.super_resolved
    if sr is None or not sr.months[month - 1].present:
        return ""
    found, _ = judged(choice, sr, month)
    return beside_pictures(found)["superres"]


def _pixel(prediction: Prediction, cover: LandCover, look: Look, keys: Keys) -> None:
    st.markdown("#### " + tr("One pixel"))
    reminder(prediction)
    sr, pixel = prediction.super_resolved, state.current().pixel
    at = None if pixel is None else pixel_at(cover.grid, *pixel)
    if at is None:
        if sr is None:
            told = tr(
                "Click the map, or go there with the keyboard and press Enter: the class "
                "probabilities of that pixel appear here."
            )
        else:
            told = tr(
                "Click the map, or go there with the keyboard and press Enter: the class "
                "probabilities of that pixel and its NDVI over the year, before and after "
                "super-resolution, appear here."
            )
        st.caption(told)
        return
    chances, months = st.columns(2, gap="medium")
    with chances:
        chart(probabilities_figure(cover, *at, safe=look.safe), keys("chances"))
    if sr is not None:
        with months:
            chart(year_figure(sr, *at, aerial_gsd=cover.grid.gsd), keys("year"))
