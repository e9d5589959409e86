"""The map beside the labels that came with the scene, and where the two differ."""

import numpy as np

from lcapp.language import tr
from lcapp.sensors import AERIAL
from lcapp.types import Floats, LandCover, Reference, Scene
from lcapp.views.imagery import aerial_rgba, classes_rgba
from lcapp.views.layers import Look, differing, differing_rgba
from lcapp.views.panes import Arrangement, Pane, Values

AT_FIRST = Arrangement(first="map", second="labels", hidden=("image",))
"""Map, labels and where they differ; of two the map and the labels."""


def reference_panes(
    scene: Scene, cover: LandCover, reference: Reference, look: Look
) -> tuple[Pane, ...]:
    """Image, map, labels and, where both have the same classes, their disagreement.

    Args:
        scene: With an aerial image or without.
        cover: The map.
        reference: The labels.
        look: How they are drawn.
    """
    sure = np.where(cover.classified, 100 * cover.confidence, np.nan)
    panes = [
        Pane(
            "map",
            tr("Class map"),
            classes_rgba(cover.class_map, cover.table, look.safe),
            cover.grid,
            values=Values(
                np.stack([_ids(cover.classified, cover.class_map), sure.astype(np.float32)]),
                (tr("class"), tr("probability in %")),
                digits=0,
                classes=cover.table.spoken,
            ),
        ),
        Pane(
            "labels",
            tr("Reference labels"),
            classes_rgba(reference.labels, reference.table, look.safe),
            scene.grid,
            values=Values(
                _ids(reference.labels < len(reference.table), reference.labels)[None],
                (tr("class"),),
                classes=reference.table.spoken,
            ),
        ),
    ]
    if cover.table.name == reference.table.name:
        _, differs = differing(cover, reference)
        panes.append(
            Pane(
                "differ",
                tr("Map and reference differ"),
                differing_rgba(differs),
                cover.grid,
                tr("Drawn where the map has another class, of those that count."),
            )
        )
    if AERIAL in scene.images:
        image = aerial_rgba(scene.aerial, look.composite, scene.seen)
        panes.insert(0, Pane("image", tr("Aerial image"), image, scene.grid))
    return tuple(panes)


def _ids(known: np.ndarray, ids: np.ndarray) -> Floats:
    return np.where(known, ids, np.nan).astype(np.float32)
