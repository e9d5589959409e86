"""Which images lie on the map of a scene, from bottom to top, each with its legend.

The base is opaque, and so is a super-resolved month: over the aerial image, half seen through, it
would look sharper than it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lcapp.classes import NO_CLASS, ClassTable
from lcapp.language import current, month_name, tr
from lcapp.types import Bools, ClassArea, LandCover, Reference, Scene, SuperResolved
from lcapp.views.imagery import (
    CONFIDENCE_ENDS,
    NDVI_SCALE,
    RGBA,
    aerial_rgba,
    classes_rgba,
    confidence_rgba,
    series_rgba,
)
from lcapp.views.legend import legend_html, legend_rows, map_title, scale_html, signs_html
from lcapp.views.map import Overlay

AERIAL, CLASSES, SUPERRES, CONFIDENCE, WITHOUT_SERIES, REFERENCE, DISAGREEMENT = (
    "aerial",
    "classes",
    "superres",
    "confidence",
    "without-series",
    "reference",
    "disagreement",
)
LAYERS = frozenset((AERIAL, CLASSES, SUPERRES, CONFIDENCE, WITHOUT_SERIES, REFERENCE, DISAGREEMENT))
"""All that a map may have; an address may speak of those."""

_MAIN = "landcover"
"""The map that needs no name."""

OVER = 0.7
"""Opacity of classes over an image."""

_DIFFERS = (214, 0, 108)


@dataclass(frozen=True)
class Look:
    """How pictures are drawn.

    Attributes:
        composite: Key of `imagery.COMPOSITES`, of the aerial image and the series.
        safe: The palette for colour-blind readers.
        map: Name of the map of classes.
        language: Of all texts, for who keeps pictures with their legends.
    """

    composite: str = "true colour"
    safe: bool = False
    map: str = ""
    language: str = field(default_factory=current)


def base_layer(scene: Scene, composite: str = "true colour") -> Overlay:
    """The aerial image, under everything else."""
    ndvi = composite == "NDVI" and {"red", "nir"} <= set(scene.aerial.bands)
    return Overlay(
        AERIAL,
        tr("Aerial image"),
        aerial_rgba(scene.aerial, composite, scene.seen),
        scene.grid,
        legend=scale_html(NDVI_SCALE, tr("NDVI of the image's bytes")) if ndvi else "",
    )


def reference_layers(
    scene: Scene,
    reference: Reference,
    areas: Sequence[ClassArea],
    cover: LandCover | None = None,
    look: Look | None = None,
) -> list[Overlay]:
    """The labels that came with the scene, and where a map says otherwise.

    Args:
        scene: Theirs.
        reference: The labels.
        areas: Of them, one per class.
        cover: The map; None for none.
        look: How they are drawn.
    """
    look = look or Look()
    layers = [
        Overlay(
            REFERENCE,
            tr("Reference labels"),
            classes_rgba(reference.labels, reference.table, look.safe),
            scene.grid,
            names=colour_names(reference.table, look.safe),
            legend=_classes_legend(areas, reference.table, look),
            opacity=OVER,
            visible=False,
        )
    ]
    if cover is None or cover.table.name != reference.table.name:
        return layers
    counts, differs = differing(cover, reference)
    agrees = 1 - differs.sum() / max(1, counts.sum())
    layers.append(
        Overlay(
            DISAGREEMENT,
            tr("Map and reference differ"),
            differing_rgba(differs),
            scene.grid,
            note=tr(
                "On {share:.1%} of the pixels that count the map says what the reference says.",
                share=agrees,
            ),
            legend=signs_html((("#{:02x}{:02x}{:02x}".format(*_DIFFERS), tr("another class")),)),
            visible=False,
        )
    )
    return layers


def differing(cover: LandCover, reference: Reference) -> tuple[Bools, Bools]:
    """Where a map and labels of its classes count, and where they differ there; each H W."""
    judged = [at for at, one in enumerate(reference.table.classes) if one.evaluated]
    counts: Bools = cover.classified & np.isin(reference.labels, judged)
    differs: Bools = counts & (cover.class_map != reference.labels)
    return counts, differs


def differing_rgba(differs: Bools) -> RGBA:
    """The places at which a map and its reference differ; clear elsewhere."""
    rgba = np.zeros((*differs.shape, 4), np.uint8)
    rgba[differs] = (*_DIFFERS, 255)
    return rgba


def colour_names(table: ClassTable, safe: bool = False) -> dict[str, str]:
    """`#rrggbb` as drawn, to the name of the class."""
    return {one.safe_colour if safe else one.colour: one.spoken for one in table.classes}


def result_layers(
    cover: LandCover,
    areas: Sequence[ClassArea],
    sr: SuperResolved | None = None,
    without_series: LandCover | None = None,
    *,
    month: int,
    look: Look | None = None,
    trained: bool = True,
    month_said: str = "",
) -> list[Overlay]:
    """Super-resolved month (where it is present), class map, effect of the series, confidence.

    Args:
        cover: The class probabilities.
        areas: Of their map, one per class.
        sr: The series, where there is one.
        without_series: The class probabilities with the series' answer set to 0, where known.
        month: 1..12.
        look: How they are drawn.
        trained: False for initial weights; each layer says so.
        month_said: How the super-resolved month does.
    """
    look = look or Look()
    layers = []
    if sr is not None and sr.months[month - 1].present:
        layers.append(_month_layer(sr, month, look.composite, month_said))
    layers.append(
        Overlay(
            CLASSES,
            tr("Class map") if look.map in ("", _MAIN) else map_title(look.map),
            classes_rgba(cover.class_map, cover.table, look.safe),
            cover.grid,
            names=colour_names(cover.table, look.safe),
            legend=_classes_legend(areas, cover.table, look),
            opacity=OVER,
        )
    )
    if without_series is not None:
        layers.append(_effect_layer(cover, without_series, look))
    dark, bright = ("#{:02x}{:02x}{:02x}".format(*one) for one in CONFIDENCE_ENDS)
    layers.append(
        Overlay(
            CONFIDENCE,
            tr("Confidence"),
            confidence_rgba(cover.confidence),
            cover.grid,
            legend=scale_html(((0.0, dark), (1.0, bright)), tr("probability of the chosen class")),
            chance=(CONFIDENCE_ENDS[0][0], CONFIDENCE_ENDS[1][0]),
            visible=False,
        )
    )
    if trained:
        return layers
    warning = tr("Random initial weights: means nothing yet.")
    return [replace(one, note=f"{warning} {one.note}".strip()) for one in layers]


def _month_layer(sr: SuperResolved, month: int, composite: str, said: str) -> Overlay:
    ndvi = composite == "NDVI"
    note = tr("Sentinel-2 brought from 10 m to 1.6 m, {composite}", composite=tr(composite))
    return Overlay(
        SUPERRES,
        tr("Super-resolved, {month}", month=month_name(month, short=True)),
        series_rgba(sr.reflectance[month - 1], sr.bands, composite),
        sr.sr_grid,
        note=f"{note}: {said}" if said else note,
        legend=scale_html(NDVI_SCALE, "NDVI") if ndvi else "",
        visible=False,
    )


def _effect_layer(cover: LandCover, without_series: LandCover, look: Look) -> Overlay:
    changed = (cover.class_map != without_series.class_map) & (cover.class_map != NO_CLASS)
    alone = classes_rgba(without_series.class_map, cover.table, look.safe)
    alone[~changed, 3] = 0
    return Overlay(
        WITHOUT_SERIES,
        tr("Changed by the series"),
        alone,
        cover.grid,
        note=tr(
            "Where the class is another one with the series' answer set to 0 ({share:.0%} of the "
            "pixels), that class. The network was never trained so: a network of the aerial image "
            "alone would draw another map",
            share=changed.sum() / max(1, cover.classified.sum()),
        ),
        names=colour_names(cover.table, look.safe),
        visible=False,
    )


def _classes_legend(areas: Sequence[ClassArea], table: ClassTable, look: Look) -> str:
    return legend_html(legend_rows(areas, table, look.safe), boxes=True)
