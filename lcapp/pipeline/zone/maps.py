"""What a run over a zone writes: for each map its classes and their confidence, and a summary."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcapp.classes import NO_CLASS, ClassTable
from lcapp.pipeline.outputs import map_files, versions
from lcapp.pipeline.zone.store import Store
from lcapp.pipeline.zone.windows import Tiling
from lcapp.scene.rasters.cog import Blocks, RasterKind
from lcapp.scene.rasters.export import (
    CLASS_BAND,
    CONFIDENCE_BAND,
    class_colours,
    class_names,
    class_tags,
)
from lcapp.scene.rasters.georeference import pixel_area
from lcapp.types import Course, Grid

Tables = Mapping[str, ClassTable]
"""Name of each map, as its file is called, to its classes."""


@dataclass(frozen=True, eq=False)
class Counted:
    """What the finished cells hold.

    Attributes:
        pixels: M 256, of each value of each map.
        empty: Cells without any class.
    """

    pixels: NDArray[np.int64]
    empty: int


def count(store: Store, tiling: Tiling, course: Course, maps: int) -> Counted:
    """Look through all cells, which must be finished."""
    pixels = np.zeros((maps, NO_CLASS + 1), np.int64)
    empty = 0
    for index in tiling.indices():
        course.check()
        classes, _ = store.cell(index)  # M h w
        for counts, one in zip(pixels, classes, strict=True):
            counts += np.bincount(one.ravel(), minlength=len(counts))
        empty += bool((classes == NO_CLASS).all())
    return Counted(pixels, empty)


def rasters(
    store: Store, tiling: Tiling, tables: Tables, course: Course
) -> dict[str, tuple[RasterKind, Blocks, Mapping[str, str]]]:
    """File name to what it holds, where its pixels come from, and its own tags."""

    def blocks(plane: int, number: int) -> Blocks:
        def each() -> Iterator[tuple[slice, slice, Any]]:
            for index in tiling.indices():
                course.check()
                yield *tiling.cell(index), store.cell(index)[plane][number]

        return each

    made: dict[str, tuple[RasterKind, Blocks, Mapping[str, str]]] = {}
    for number, (name, table) in enumerate(tables.items()):
        named, colours = class_names(table), class_colours(table)
        cover = RasterKind(CLASS_BAND, "uint8", NO_CLASS, "MODE", named, colours)
        sure = RasterKind(CONFIDENCE_BAND, "float32", float("nan"), "AVERAGE")
        for file, kind, plane, tags in zip(
            map_files(name), (cover, sure), (0, 1), (class_tags(table), {}), strict=True
        ):
            made[file] = (kind, blocks(plane, number), tags)
    return made


def summary(
    told: Mapping[str, Any],
    grid: Grid,
    notes: tuple[str, ...],
    months: Sequence[Mapping[str, Any]],
    shift: Mapping[str, Any] | None,
    tables: Tables,
    counted: Counted,
    windows: int,
) -> str:
    """What `summary.json` holds; areas are a share of the classified pixels and m2.

    Args:
        told: Settings of the run.
        grid: Of the zone.
        notes: What had to be assumed.
        months: What became of each month, where a series is read by months.
        shift: Where the series lay, where it was moved.
        tables: The maps.
        counted: Of their cells.
        windows: How many there are.
    """
    pixel = pixel_area(grid)
    content = {
        **told,
        "bounds": list(grid.bounds),
        "windows_in_all": windows,
        "empty_cells": counted.empty,
        "without_class": int(counted.pixels[0, NO_CLASS]) / (grid.height * grid.width),
        "areas": {
            name: _areas(table, pixels, pixel)
            for (name, table), pixels in zip(tables.items(), counted.pixels, strict=True)
        },
        **({"months": list(months)} if months else {}),
        **({"shift": dict(shift)} if shift else {}),
        "notes": list(notes),
        "versions": versions(),
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _areas(
    table: ClassTable, pixels: NDArray[np.int64], pixel: float
) -> dict[str, dict[str, float]]:
    classified = max(1, int(pixels[: len(table)].sum()))
    return {
        one.en: {"share": int(found) / classified, "m2": int(found) * pixel}
        for one, found in zip(table.classes, pixels[: len(table)], strict=True)
    }
