"""Which pixel is asked about: from a place in metres, from an address, or the one that tells most.

Rows count downwards and come first, columns to the right; metres count from the upper left corner,
to the right first.
"""

import math

import numpy as np

from lcapp.types import Explanation, Floats, Grid, LandCover
from lcapp.views.map import pixel_at


def pixel_under(grid: Grid, right: float, down: float) -> tuple[int, int] | None:
    """Row and column of the pixel under a place; None outside the image.

    Args:
        grid: Of the image.
        right: Metres from its left edge.
        down: Metres from its upper edge.
    """
    row = math.floor(down / abs(grid.transform.e))
    col = math.floor(right / grid.transform.a)
    return (row, col) if 0 <= row < grid.height and 0 <= col < grid.width else None


def middle_of(grid: Grid, row: int, col: int) -> tuple[float, float]:
    """Metres to the right and down from the corner to a pixel's middle."""
    return (col + 0.5) * grid.transform.a, (row + 0.5) * abs(grid.transform.e)


def telling_pixel(cover: LandCover, explanation: Explanation) -> tuple[int, int]:
    """Row and column of a pixel whose class hangs on the series more than that of any other.

    Where the series has no say, or nothing has a class, the one in the middle.
    """
    height, width = cover.class_map.shape
    lost = np.nan_to_num(worth_of_series(cover, explanation))  # H W
    edge = min(height, width) // 8  # where there is something to look at on all sides
    inner = lost[edge : height - edge, edge : width - edge]
    if not inner.max(initial=0) > 0:
        return height // 2, width // 2
    row, col = np.unravel_index(inner.argmax(), inner.shape)
    return int(row) + edge, int(col) + edge


def worth_of_series(cover: LandCover, explanation: Explanation) -> Floats:
    """H W: the probability of the map's class, less that without the series; NaN without a class.

    Above 0 the series speaks for the class, below it against it.
    """
    chosen = np.where(cover.classified, cover.class_map, 0)[None]
    alone = explanation.without_series.probabilities
    lost: Floats = cover.confidence - np.take_along_axis(alone, chosen, axis=0)[0]
    return lost


def asked_pixel(
    cover: LandCover, explanation: Explanation, place: tuple[float, float] | None
) -> tuple[int, int]:
    """Row and column of a place in longitude and latitude; without one inside, a telling pixel."""
    found = None if place is None else pixel_at(cover.grid, *place)
    return telling_pixel(cover, explanation) if found is None else found
