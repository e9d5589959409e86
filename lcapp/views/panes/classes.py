"""Panes of class maps: the classes and how sure the map is of them, and labels alone."""

import numpy as np

from lcapp.classes import NO_CLASS, ClassTable
from lcapp.language import tr
from lcapp.types import Bytes, Grid, LandCover
from lcapp.views.imagery import classes_rgba
from lcapp.views.panes.pane import Pane, Values


def class_pane(name: str, title: str, cover: LandCover, safe: bool = False) -> Pane:
    """A map of classes; under the pointer the class and its probability.

    Args:
        name: Id of the pane.
        title: Over it.
        cover: The map.
        safe: The palette for colour-blind readers.
    """
    ids = np.where(cover.classified, cover.class_map, np.nan).astype(np.float32)
    numbers = np.stack([ids, cover.confidence])  # 2 H W
    values = Values(numbers, (tr("class"), tr("probability")), digits=2, classes=cover.table.spoken)
    rgba = classes_rgba(cover.class_map, cover.table, safe)
    return Pane(name, title, rgba, cover.grid, "", values)


def labels_pane(
    name: str, title: str, labels: Bytes, table: ClassTable, grid: Grid, safe: bool = False
) -> Pane:
    """Labels (H W, ids of the table), likewise."""
    ids = np.where(labels == NO_CLASS, np.nan, labels).astype(np.float32)[None]
    values = Values(ids, (tr("class"),), classes=table.spoken)
    return Pane(name, title, classes_rgba(labels, table, safe), grid, "", values)
