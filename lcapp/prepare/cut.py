"""A square out of a tile: the same scene with a smaller footprint in the same crop of the series.

Training on squares sees more different places for the same work; what the network answers does
not depend on where a tile ends but through its context. The crop of the series stays whole, and so
does what was fitted or averaged over the whole tile before: months, alignment, x0^D.
"""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from lcapp.prepare.windows import footprint_windows
from lcapp.sensors import SR_FACTOR
from lcapp.types import Grid, Guided, Prepared, Targets

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True)
class Cut:
    """Where a square lies in its tile, in SR pixels.

    Attributes:
        row: Its first row.
        col: Its first column.
        size: Rows and columns.
    """

    row: int
    col: int
    size: int

    def image(self, array: NDArray[Scalar], factor: int = 1) -> NDArray[Scalar]:
        """The square of the last two axes, whose pixels are `factor` to an SR pixel."""
        row, col, size = (factor * value for value in (self.row, self.col, self.size))
        return np.ascontiguousarray(array[..., row : row + size, col : col + size])

    def grid(self, grid: Grid, factor: int = 1) -> Grid:
        """The grid of `image`."""
        row, col, size = (factor * value for value in (self.row, self.col, self.size))
        return Grid(grid.crs, grid.transform @ Affine.translation(col, row), size, size)

    def prepared(self, prepared: Prepared) -> Prepared:
        """The scene of the square.

        Raises:
            ValueError: The square does not lie in the tile.
        """
        sr_grid = prepared.sr_grid
        if not (
            0 <= self.row <= sr_grid.height - self.size
            and 0 <= self.col <= sr_grid.width - self.size
        ):
            raise ValueError(f"{self} does not lie in {sr_grid.height} x {sr_grid.width} SR pixels")
        smaller = self.grid(sr_grid)
        return replace(
            prepared,
            aerial=self.image(prepared.aerial, SR_FACTOR),
            hr_grid=self.grid(prepared.hr_grid, SR_FACTOR),
            sr_grid=smaller,
            windows=footprint_windows(prepared.lr_grid, smaller, prepared.series_bands),
            seen=None if prepared.seen is None else self.image(prepared.seen, SR_FACTOR),
        )

    def guided(self, guided: Guided) -> Guided:
        """The guide of the scene that `prepared` gives."""
        place = None if guided.place is None else self.image(guided.place)
        return replace(guided, image=self.image(guided.image), place=place)

    def targets(self, targets: Targets) -> Targets:
        """The targets of the scene that `prepared` gives."""
        return replace(
            targets,
            aerial_on_sr=self.image(targets.aerial_on_sr),
            aerial_low=self.image(targets.aerial_low),
            truth=None if targets.truth is None else self.image(targets.truth),
            labels=self.image(targets.labels, SR_FACTOR),
            sr_labels=self.image(targets.sr_labels),
        )
