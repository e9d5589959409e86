"""Flips and quarter turns of a whole scene: one transform for all of its parts.

A turned aerial image beside a series left as it was is METHOD.md's fault 4. Arrays are turned
exactly. Windows are not: the pixel centres of levels 1 and 2 lie towards the upper left corner of
their level (METHOD.md section 1) in every orientation, so windows are made anew from grids turned
with the world.
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
class Symmetry:
    """One of the eight symmetries of the square (paper, 5.2).

    Attributes:
        quarter_turns: 0..3, counter-clockwise, after the flip.
        flipped: East and west are exchanged first.
    """

    quarter_turns: int
    flipped: bool

    def __post_init__(self) -> None:
        if self.quarter_turns not in range(4):
            raise ValueError(f"expected 0 to 3 quarter turns, got {self.quarter_turns}")

    @property
    def inverse(self) -> "Symmetry":
        """What undoes it; a flipped one undoes itself."""
        return self if self.flipped else Symmetry(-self.quarter_turns % 4, False)

    def after(self, first: "Symmetry") -> "Symmetry":
        """The single symmetry that is `first`, then this one."""
        # A turn, then a flip, is the flip, then the turn the other way round.
        turns = -first.quarter_turns if self.flipped else first.quarter_turns
        return Symmetry((self.quarter_turns + turns) % 4, self.flipped != first.flipped)

    def image(self, array: NDArray[Scalar]) -> NDArray[Scalar]:
        """Flip and turn the last two axes: ... H W -> ... H W, or ... W H for odd turns."""
        flipped = array[..., ::-1] if self.flipped else array
        return np.ascontiguousarray(np.rot90(flipped, self.quarter_turns, axes=(-2, -1)))

    def grid(self, grid: Grid) -> Grid:
        """The grid in the world flipped and turned about the origin of the map.

        Grids that go through the same symmetry keep their places to each other; that place is no
        longer one of the CRS.
        """
        west, south, east, north = grid.bounds
        across, down = grid.transform.a, -grid.transform.e
        height, width = grid.height, grid.width
        if self.flipped:
            west, east = -east, -west
        for _ in range(self.quarter_turns):
            # Counter-clockwise: a point (x, y) goes to (-y, x).
            west, south, east, north = -north, west, -south, east
            across, down, height, width = down, across, width, height
        return Grid(grid.crs, Affine(across, 0.0, west, 0.0, -down, north), height, width)

    def prepared(self, prepared: Prepared) -> Prepared:
        """The whole scene; its months, dates and notes stay.

        Raises:
            ValueError: The aerial image is no whole number of SR pixels, see `targets`.
        """
        if self == IDENTITY:
            return prepared
        hr_grid = prepared.hr_grid
        if hr_grid.height % SR_FACTOR or hr_grid.width % SR_FACTOR:
            raise ValueError(f"cannot turn {hr_grid.height} x {hr_grid.width} aerial pixels")
        lr_grid, sr_grid = self.grid(prepared.lr_grid), self.grid(prepared.sr_grid)
        return replace(
            prepared,
            aerial=self.image(prepared.aerial),
            series=self.image(prepared.series),
            hr_grid=self.grid(hr_grid),
            sr_grid=sr_grid,
            lr_grid=lr_grid,
            windows=footprint_windows(lr_grid, sr_grid, prepared.series_bands),
            seen=None if prepared.seen is None else self.image(prepared.seen),
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
            labels=self.image(targets.labels),
            sr_labels=self.image(targets.sr_labels),
        )


SYMMETRIES = tuple(Symmetry(turns, flipped) for flipped in (False, True) for turns in range(4))
"""All eight; the first changes nothing."""

IDENTITY = SYMMETRIES[0]
