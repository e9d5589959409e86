"""Labels, and whatever else lies on the aerial grid."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from rasterio.io import DatasetReader

from lcapp.classes import FLAIR2, TABLES, ClassTable
from lcapp.errors import SceneError
from lcapp.scene.coordinates import crs_text
from lcapp.scene.rasters.aerial import opened
from lcapp.scene.rasters.georeference import is_same_place, read_grid
from lcapp.types import Grid, Reference

TABLE_TAG = "class_table"
"""Dataset metadata: key of the class table in `classes.TABLES`."""

FIRST_LABEL_TAG = "class_first_label"
"""Dataset metadata: the value that stands for class 0, where it is not the data set's own."""

_LABEL_VALUES = 19
"""COSIA and FLAIR #2 files both hold nineteen values: 0..18 and 1..19."""


def read_reference(path: Path, grid: Grid) -> Reference:
    """Labels on the aerial grid, as ids of their class table.

    FLAIR #2's values 1..19 are taken unless the file's metadata name another table: 1 becomes
    id 0, and 13..19 become "other".

    Raises:
        SceneError: Unreadable, not on the aerial grid, or values outside the table.
    """
    with opened(path) as dataset:
        check_companion(dataset, path, grid)
        tags = {key.lower(): value for key, value in dataset.tags().items()}
        values = dataset.read(1)
    table: ClassTable = TABLES.get(tags.get(TABLE_TAG, ""), FLAIR2)
    told = tags.get(FIRST_LABEL_TAG, "")
    # Digits of other scripts, or thousands of them, are no label.
    first = int(told) if re.fullmatch("[0-9]{1,3}", told) else table.first_label
    last = first + max(_LABEL_VALUES, len(table)) - 1
    outside = ~((values >= first) & (values <= last))
    if outside.any():
        raise SceneError(
            f"holds the label value {values[outside][0]} ({outside.sum()} pixels out of range)",
            where=path,
            expected=f"values {first} to {last} ({table.name})",
        )
    counted = replace(table, first_label=first)  # as this file counts
    return Reference(counted.from_label_values(values.astype(np.int64)), table)


def check_companion(dataset: DatasetReader, path: Path, grid: Grid) -> None:
    """Refuse a raster that is not on the aerial grid (SceneError)."""
    if (dataset.height, dataset.width) != (grid.height, grid.width):
        raise SceneError(
            f"is {dataset.height} x {dataset.width} pixels",
            where=path,
            expected=f"{grid.height} x {grid.width}, as the aerial image",
        )
    # Some masks come without a georeference; size is then all there is to compare.
    if dataset.crs is not None and not is_same_place(own := read_grid(dataset, path)[0], grid):
        raise SceneError(
            f"does not lie where the aerial image lies, but at {_place(own)}",
            where=path,
            expected=_place(grid),
            advice="bring it onto the grid of the aerial image with gdalwarp -t_srs -te -tr",
        )


def _place(grid: Grid) -> str:
    return f"{', '.join(f'{edge:.1f}' for edge in grid.bounds)} in {crs_text(grid.crs)}"
