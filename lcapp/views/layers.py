"""Which images lie on the map of a scene, from bottom to top."""

from lcapp.types import LandCover, Reference, Scene, SuperResolved
from lcapp.views.imagery import aerial_rgba, classes_rgba, confidence_rgba, series_rgba
from lcapp.views.map import Overlay
from lcapp.views.months import MONTH_NAMES

AERIAL, CLASSES, SUPERRES, CONFIDENCE, REFERENCE = (
    "aerial",
    "classes",
    "superres",
    "confidence",
    "reference",
)


def base_layer(scene: Scene, composite: str = "true colour") -> Overlay:
    """The aerial image, under everything else."""
    return Overlay(AERIAL, "Aerial image", aerial_rgba(scene.aerial, composite), scene.aerial.grid)


def reference_layer(scene: Scene, reference: Reference, safe: bool = False) -> Overlay:
    """The labels that came with the scene."""
    rgba = classes_rgba(reference.labels, reference.table, safe)
    return Overlay(REFERENCE, "Reference labels", rgba, scene.aerial.grid, visible=False)


def result_layers(
    cover: LandCover,
    sr: SuperResolved,
    *,
    month: int,
    composite: str = "true colour",
    safe: bool = False,
) -> list[Overlay]:
    """Class map, super-resolved month (where it is present) and confidence of a prediction.

    Args:
        cover: The class probabilities.
        sr: The series.
        month: 1..12.
        composite: Key of `imagery.COMPOSITES`, for the series.
        safe: The palette for colour-blind readers.
    """
    layers = [
        Overlay(CLASSES, "Class map", classes_rgba(cover.class_map, cover.table, safe), cover.grid)
    ]
    if sr.months[month - 1].present:
        layers.append(
            Overlay(
                SUPERRES,
                f"Super-resolved, {MONTH_NAMES[month - 1]}",
                series_rgba(sr.reflectance[month - 1], sr.bands, composite),
                sr.sr_grid,
                note=f"Sentinel-2 brought from 10 m to 1.6 m, {composite}",
                visible=False,
            )
        )
    layers.append(
        Overlay(
            CONFIDENCE,
            "Confidence",
            confidence_rgba(cover.confidence),
            cover.grid,
            note="Probability of the chosen class: dark violet 0, bright yellow 1",
            visible=False,
        )
    )
    return layers
