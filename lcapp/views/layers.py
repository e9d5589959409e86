"""Which images lie on the map of a scene, from bottom to top."""

from lcapp.classes import ClassTable
from lcapp.types import LandCover, Reference, Scene, SuperResolved
from lcapp.views.imagery import aerial_rgba, classes_rgba, confidence_rgba, series_rgba
from lcapp.views.map import Overlay
from lcapp.views.months import MONTH_NAMES

AERIAL, CLASSES, SUPERRES, CONFIDENCE, WITHOUT_SERIES, REFERENCE = (
    "aerial",
    "classes",
    "superres",
    "confidence",
    "without-series",
    "reference",
)


def base_layer(scene: Scene, composite: str = "true colour") -> Overlay:
    """The aerial image, under everything else."""
    return Overlay(
        AERIAL, "Aerial image", aerial_rgba(scene.aerial, composite, scene.seen), scene.grid
    )


def reference_layer(
    scene: Scene, reference: Reference, safe: bool = False, french: bool = False
) -> Overlay:
    """The labels that came with the scene."""
    return Overlay(
        REFERENCE,
        "Reference labels",
        classes_rgba(reference.labels, reference.table, safe),
        scene.grid,
        names=colour_names(reference.table, safe, french),
        visible=False,
    )


def colour_names(table: ClassTable, safe: bool = False, french: bool = False) -> dict[str, str]:
    """`#rrggbb` as drawn, to the name of the class."""
    return {
        one.safe_colour if safe else one.colour: one.fr if french else one.en
        for one in table.classes
    }


def result_layers(
    cover: LandCover,
    sr: SuperResolved | None = None,
    without_series: LandCover | None = None,
    *,
    month: int,
    composite: str = "true colour",
    safe: bool = False,
    french: bool = False,
    trained: bool = True,
) -> list[Overlay]:
    """Class map, super-resolved month (where it is present), confidence, effect of the series.

    Args:
        cover: The class probabilities.
        sr: The series, where there is one.
        without_series: The class probabilities when the series has nothing to say, where known.
        month: 1..12.
        composite: Key of `imagery.COMPOSITES`, for the series.
        safe: The palette for colour-blind readers.
        french: Names of the classes in French.
        trained: False for initial weights; each layer says so.
    """
    warning = "" if trained else "Random initial weights: means nothing yet. "
    layers = [
        Overlay(
            CLASSES,
            "Class map",
            classes_rgba(cover.class_map, cover.table, safe),
            cover.grid,
            note=warning + "Point at the map for the name of the class.",
            names=colour_names(cover.table, safe, french),
        )
    ]
    if sr is not None and sr.months[month - 1].present:
        layers.append(
            Overlay(
                SUPERRES,
                f"Super-resolved, {MONTH_NAMES[month - 1]}",
                series_rgba(sr.reflectance[month - 1], sr.bands, composite),
                sr.sr_grid,
                note=f"{warning}Sentinel-2 brought from 10 m to 1.6 m, {composite}",
                visible=False,
            )
        )
    layers.append(
        Overlay(
            CONFIDENCE,
            "Confidence",
            confidence_rgba(cover.confidence),
            cover.grid,
            note=f"{warning}Probability of the chosen class: dark violet 0, bright yellow 1",
            visible=False,
        )
    )
    if without_series is None:
        return layers
    changed = cover.class_map != without_series.class_map
    alone = classes_rgba(without_series.class_map, cover.table, safe)
    alone[~changed, 3] = 0
    layers.append(
        Overlay(
            WITHOUT_SERIES,
            "Changed by the series",
            alone,
            cover.grid,
            note=(
                f"{warning}Where the class is another one without the series "
                f"({changed.sum() / max(1, cover.classified.sum()):.0%} of the pixels), the class "
                "it would be"
            ),
            names=colour_names(cover.table, safe, french),
            visible=False,
        )
    )
    return layers
