"""Black margins that no tag declares: what a warp or a mosaic leaves around an aerial image.

Taken for one is what is 0 in all bands, in one piece from a corner of the file on, and ends at
once where the image begins. Shadows and water that are 0 lie anywhere, fade into what is around
them, or are sprinkled with other values; a black margin does none of these.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rasterio.features import rasterize, shapes, sieve
from rasterio.io import DatasetReader
from rasterio.windows import Window

from lcapp.scene.rasters.formats import check_read
from lcapp.types import Bools, Bytes

BLACK = (
    "The aerial file is black from a corner on, 0 in all bands, which no tag declares: taken for a "
    "margin without an image; these pixels have no class."
)

LEAST = 64
"""Pixels of a margin: fewer may be chance."""

SOLID = 0.995
"""Share of a margin that is black, at least, its specks included."""

STEP = 12
"""Brightness at which the image begins beside a margin, on the median: in shadow it fades to 0."""

_CELLS = 1024
"""A file is looked at in so many cells a side; of a smaller one each pixel is a cell."""

_LARGEST = 10**9
"""Pixels of a file that is looked through, where a corner of it is black."""

_AT_ONCE = 2**25
"""Values that are read together, at most."""


@dataclass(frozen=True, eq=False)
class Collar:
    """The black margin of a file, in cells.

    Attributes:
        cells: rows cols, cells that hold a part of it.
        side: Pixels of a cell.
    """

    cells: Bools
    side: int

    def within(self, window: Window, pixels: Bytes) -> Bools:
        """Where pixels C h w that were read from a window lie in the margin, h w."""
        rows, cols = (
            (np.arange(length) + int(start)) // self.side
            for length, start in zip(
                pixels.shape[1:], (window.row_off, window.col_off), strict=True
            )
        )
        inside: Bools = self.cells[np.ix_(rows, cols)] & (pixels == 0).all(axis=0)
        return inside


def margin_of(brightest: Bytes) -> Bools | None:
    """The black margin of an image that is seen as a whole.

    Args:
        brightest: h w, of each pixel, or cell of pixels, its highest value over the bands.

    Returns:
        h w; None where there is none. An image that is black all over is margin and nothing else.
    """
    black: Bools = brightest == 0
    if not black[:: _last(black, 0), :: _last(black, 1)].any():
        return None
    if black.all():
        return black
    whole = sieve(black.astype(np.uint8), LEAST, connectivity=4)  # without specks
    found = np.zeros(black.shape, np.bool_)
    for part in _at_corners(whole):
        inside = part > 0
        beside = brightest[_around(inside)]
        if black[inside].mean() >= SOLID and beside.size and np.median(beside) >= STEP:
            found |= inside & black
    return found if found.any() else None


def collar_of(dataset: DatasetReader, channels: Sequence[int]) -> Collar | None:
    """The black margin of an open file; read in parts, and only if one of its corners is black.

    Args:
        dataset: The file.
        channels: The bands of the image, from 0.
    """
    bands, (height, width) = [one + 1 for one in channels], dataset.shape
    corners = [Window(col, row, 1, 1) for row in {0, height - 1} for col in {0, width - 1}]
    if all(dataset.read(bands, window=one).any() for one in corners):
        return None
    if height * width > _LARGEST:
        return None
    side = math.ceil(max(height, width) / _CELLS)
    margin = margin_of(_brightest(dataset, bands, side))
    if margin is None:
        return None
    # A cell at the slanting edge is black in part: its black pixels belong to the margin as well.
    return Collar(margin if side == 1 else margin | _around(margin), side)


def _last(image: Bools, axis: int) -> int:
    """A step from the first to the last place of an axis."""
    return max(int(image.shape[axis]) - 1, 1)


def _at_corners(whole: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """The pieces of 1 that hold a corner, 1 in a raster each."""
    height, width = whole.shape
    for piece, _ in shapes(whole, mask=whole > 0, connectivity=4):
        across, down = zip(*piece["coordinates"][0], strict=True)
        if {0, width}.isdisjoint(across) or {0, height}.isdisjoint(down):
            continue
        part = rasterize([(piece, 1)], whole.shape, dtype=np.uint8)
        if part[:: _last(part, 0), :: _last(part, 1)].any():
            yield part


def _around(inside: Bools) -> Bools:
    """The pixels beside a piece."""
    padded = np.pad(inside, 1)
    beside: Bools = padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
    return beside & ~inside


def _brightest(dataset: DatasetReader, bands: Sequence[int], side: int) -> Bytes:
    """The highest value of each cell."""
    height, width = dataset.shape
    found = np.zeros((-(-height // side), -(-width // side)), np.uint8)
    # Whole rows as a rule: a file in strips is decoded strip by strip.
    across = width if len(bands) * width * side <= _AT_ONCE else side
    down = side * max(_AT_ONCE // (len(bands) * across * side), 1)
    for row in range(0, height, down):
        for col in range(0, width, across):
            window = Window(col, row, min(across, width - col), min(down, height - row))
            check_read(dataset, len(bands), window)
            values = dataset.read(bands, window=window).max(axis=0)
            rows, cols = (np.arange(0, size, side) for size in values.shape)
            cells = np.maximum.reduceat(np.maximum.reduceat(values, rows, 0), cols, 1)
            top, left = row // side, col // side
            found[top : top + len(rows), left : left + len(cols)] = cells
    return found
