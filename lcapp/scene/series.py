"""From arrays and dates to a checked `Series`; placing and cropping its grid."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from affine import Affine

from lcapp.errors import SceneError
from lcapp.scene.arrays import Array, Shaped
from lcapp.scene.dates import Acquisitions
from lcapp.scene.units.masks import MaskUnit, mask_unit
from lcapp.scene.units.series import SeriesUnit, sampled, series_unit
from lcapp.sensors import (
    COMMON_BANDS,
    SENTINEL2_BANDS,
    SERIES_GSD,
)
from lcapp.types import Grid, Series

COMMON = tuple(COMMON_BANDS.values())
BAND_SETS = {len(bands): bands for bands in (COMMON, SENTINEL2_BANDS)}
"""The two band sets of a plain series, by their number: B4,B3,B2,B8 or all ten."""

MARGIN = 16
"""Series pixels kept on each side of the tile: more than the 40 x 40 context asks for."""


def check_shapes(
    values: Shaped, dates: int, masks: Shaped | None, where: Path, bands: Sequence[int]
) -> None:
    """Compare a series T C H W with its number of dates and its masks T 2 H W.

    Args:
        values: The series.
        dates: How many dates there are.
        masks: Snow and cloud.
        where: The series' file.
        bands: The numbers of bands that are allowed.

    Raises:
        SceneError: Whatever does not agree.
    """
    if values.ndim != 4:
        raise SceneError(
            f"has {values.ndim} dimensions {values.shape}", where=where, expected="T C H W"
        )
    if 0 in values.shape:
        raise SceneError(
            f"is an empty series {values.shape}", where=where, expected="at least one image"
        )
    if values.shape[1] not in bands:
        raise SceneError(
            f"has {values.shape[1]} bands",
            where=where,
            expected=" or ".join(f"{n} ({', '.join(BAND_SETS[n])})" for n in bands),
        )
    if values.shape[0] != dates:
        raise SceneError(
            f"has {values.shape[0]} images for {dates} dates",
            where=where,
            expected="one date for each image, in the same order",
        )
    check_masks(masks, (values.shape[0], *values.shape[2:]), where)


def check_masks(masks: Shaped | None, shape: tuple[int, ...], where: Path) -> None:
    """Compare masks with T H W of their series (SceneError)."""
    wanted = (shape[0], 2, *shape[1:])
    if masks is not None and masks.shape != wanted:
        raise SceneError(
            f"its masks have the shape {masks.shape}",
            where=where,
            expected=f"{wanted}: snow and cloud for each pixel of each image",
        )


def centred_grid(aerial: Grid, height: int, width: int) -> Grid:
    """The 10 m grid of that size whose centre is the aerial image's centre."""
    west, south, east, north = aerial.bounds
    left = (west + east - width * SERIES_GSD) / 2
    top = (south + north + height * SERIES_GSD) / 2
    return Grid(aerial.crs, _at(left, top), height, width)


def grid_at(aerial: Grid, left: float, top: float, height: int, width: int) -> Grid:
    """The 10 m grid of that size from its upper left corner, in the aerial CRS."""
    return Grid(aerial.crs, _at(left, top), height, width)


def _at(left: float, top: float) -> Affine:
    return Affine(SERIES_GSD, 0.0, left, 0.0, -SERIES_GSD, top)


def crop_around(grid: Grid, tile: Grid, where: Path) -> tuple[Grid, tuple[slice, slice]]:
    """Whole series pixels that cover the tile, with `MARGIN` more on each side where there are.

    Raises:
        SceneError: The series does not cover the tile; up to one of its pixels may be missing
            on each side (TreeSatAI-TS lacks 0.4 m).
    """
    west, south, east, north = tile.bounds
    left, bottom, right, top = grid.bounds
    if max(left - west, bottom - south, east - right, north - top) > grid.gsd:
        raise SceneError(
            f"covers {left:.1f} {bottom:.1f} {right:.1f} {top:.1f}",
            where=where,
            expected=f"the aerial image, {west:.1f} {south:.1f} {east:.1f} {north:.1f}",
            advice="use the series of the same place, in the same CRS",
        )
    rows = slice(
        max(0, math.floor((top - north) / grid.gsd) - MARGIN),
        min(grid.height, math.ceil((top - south) / grid.gsd) + MARGIN),
    )
    cols = slice(
        max(0, math.floor((west - left) / grid.gsd) - MARGIN),
        min(grid.width, math.ceil((east - left) / grid.gsd) + MARGIN),
    )
    return grid.cut(rows, cols), (rows, cols)


def assemble(
    values: Array,
    bands: tuple[str, ...],
    when: Acquisitions,
    grid: Grid,
    masks: Array | None,
    where: Path,
    unit: SeriesUnit | None = None,
    covered: MaskUnit | None = None,
    absent: Array | None = None,
) -> tuple[Series, tuple[str, ...]]:
    """Build a `Series` from arrays whose shapes were checked.

    Args:
        values: T C H W, as stored.
        bands: Names of C.
        when: Dates and offsets.
        grid: Of H and W.
        masks: T 2 H W, snow and cloud.
        where: The series' file.
        unit: Of the file; None where the values are all of it, which then decide.
        covered: Of the masks' file; likewise.
        absent: T C H W, where the file says that there is no datum.

    Returns:
        The series, and notes.

    Raises:
        SceneError: Values that fit no unit; tags and product names that tell different offsets.
    """
    unit = unit or series_unit(sampled(values), where)
    notes = [*when.notes, *unit.notes]
    offsets, taken = when.offsets, unit.taken_off
    if unit.name != "digital-numbers" or taken is not None:
        if taken is not None and when.named and not np.allclose(taken, offsets, atol=1):
            raise SceneError(
                f"its tags take off {taken[0]:g} of the digital numbers",
                where=where,
                expected=f"{offsets[0]:g}, as the product names tell",
                advice="correct the tags (gdal_edit.py -offset), or name dates, not products",
            )
        # Reflectance as people have it is free of the offset; a scale alone says nothing of it.
        scaled = taken is None and unit.tags is not None and not unit.tags.silent
        offsets = offsets if scaled else np.zeros_like(offsets)
        silent = scaled or taken is not None  # what the tags take off is said with them
        notes += [] if silent else ["No offset is taken off the series."]
    elif not when.named:
        notes.append("No product names tell the offset of the digital numbers: 0 is taken.")
    snow = cloud = None
    if masks is not None:
        covered = covered or mask_unit(masks, where)
        notes += covered.notes
        percent = covered.percent(masks)
        snow, cloud = percent[:, 0], percent[:, 1]  # T H W each
    numbers = unit.numbers(values, absent)
    series = Series(numbers, bands, when.dates, offsets, grid, cloud, snow, str(where))
    return series, tuple(notes)
