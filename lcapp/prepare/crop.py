"""The part of a series around the tile that the network sees (paper, 5.1)."""

import math
from dataclasses import replace

from lcapp.errors import SceneError
from lcapp.types import Grid, Series

CONTEXT_PIXELS = 40
"""Side of the LR crop (paper, 5.1); more only where the tile itself is larger."""

_TOLERANCE = 0.01
"""Pixels; below it an overhang is rounding of coordinates."""


def crop_to_tile(series: Series, tile: Grid) -> Series:
    """At most 40 x 40 whole pixels, centred on the tile; fewer where the series ends.

    Args:
        series: In the CRS of the tile.
        tile: The aerial grid, whose extent is the footprint.

    Raises:
        SceneError: Another CRS, or the tile exceeds the series by more than one of its pixels.
            Up to one pixel is the edge repeated (TreeSatAI-TS: 0.4 m on each side).
    """
    grid = series.grid
    if grid.crs != tile.crs:
        raise SceneError(
            f"the series is in {grid.crs}, the aerial image in {tile.crs}",
            expected="one CRS for both",
            advice="bring the series to the CRS of the aerial image",
        )
    west, south, east, north = tile.bounds
    left, top, transform = grid.transform.c, grid.transform.f, grid.transform
    rows = _extent(grid.height, (north - top) / transform.e, (south - top) / transform.e, tile)
    cols = _extent(grid.width, (west - left) / transform.a, (east - left) / transform.a, tile)

    return replace(
        series,
        values=series.values[:, :, rows, cols],
        grid=grid.cut(rows, cols),
        cloud=None if series.cloud is None else series.cloud[:, rows, cols],
        snow=None if series.snow is None else series.snow[:, rows, cols],
    )


def _extent(n: int, first: float, last: float, tile: Grid) -> slice:
    """Pixels of one axis for a footprint from `first` to `last`, in pixels from the edge."""
    missing = max(-first, last - n)
    if missing > 1.0 + _TOLERANCE:
        raise SceneError(
            f"the series ends {missing:.1f} of its pixels inside the aerial image",
            expected="a series that covers the aerial image, up to one of its pixels",
            advice="use the series of the same place, or cut the aerial image to it",
        )
    covering = slice(math.floor(first + _TOLERANCE), math.ceil(last - _TOLERANCE))
    side = max(CONTEXT_PIXELS, covering.stop - covering.start)
    start = math.floor((first + last - side) / 2 + 0.5)
    # Rounding the centre must not push the footprint out of the crop.
    start = min(max(start, covering.stop - side), covering.start)
    return slice(max(0, start), min(n, start + side))
