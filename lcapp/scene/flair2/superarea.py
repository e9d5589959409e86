"""Where FLAIR #2's super-area lies: solved from the tiles it holds (METHOD.md section 1)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lcapp.sensors import SERIES_GSD

_TOLERANCE = 0.1
"""Pixels beyond the half pixel that rounding a centroid explains."""


@dataclass(frozen=True)
class Corner:
    """Upper left corner of the super-area in map coordinates.

    Attributes:
        left: Its x, metres.
        top: Its y, metres.
        tiles: How many tiles it was solved from.
        residual: Half the spread of the corners that each tile would give, in series pixels.
            Rounding explains up to 0.5, whichever way it goes; a maximum around the mean would
            refuse a few tiles that happen to be rounded one way.
    """

    left: float
    top: float
    tiles: int
    residual: float

    @property
    def holds(self) -> bool:
        """Several tiles agree as far as whole-numbered centroids can."""
        return self.tiles > 1 and self.residual <= 0.5 + _TOLERANCE

    @property
    def note(self) -> str:
        """How the series was placed."""
        if self.tiles == 1:
            return "The series is placed by the centroid of this tile alone: up to 5 m of doubt."
        return (
            f"The series is placed by the {self.tiles} tiles of its area, "
            f"which agree within {self.residual:.2f} of its pixels."
        )


def solve(centres: NDArray[np.float64], centroids: NDArray[np.float64]) -> Corner:
    """The corner from which the tiles' centroids agree best with their true centres.

    A centroid is a pixel edge, c for the crop [c - 20, c + 20): a tile's centre lies at
    `left + 10 column, top - 10 row`. With the scale known, the least squares solution is the mean
    over the tiles.

    Args:
        centres: N x 2, x and y of the tiles' centres, metres.
        centroids: N x 2, row and column.
    """
    # N x 2: the corner that each tile would give on its own.
    corners = centres - SERIES_GSD * centroids[:, ::-1] * np.array([1.0, -1.0])
    left, top = corners.mean(axis=0)
    residual = float(np.ptp(corners, axis=0).max()) / 2 / SERIES_GSD
    return Corner(float(left), float(top), len(corners), residual)
