"""A piece of invented countryside: what lies where, and how high.

The plan is in metres from the tile's upper left corner, x to the east and y to the south, and has
no pixels: `Plan.raster` draws it on any grid, so that the aerial image and the satellite see one
and the same place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lcapp.simulate.land.canvas import Canvas, ground_boxes
from lcapp.simulate.land.ground.surface import Surface
from lcapp.simulate.land.ground.surfaces import SURFACES
from lcapp.simulate.land.shapes import Shape, box
from lcapp.simulate.land.texture import lattice
from lcapp.types import Bytes, Floats


@dataclass(frozen=True, eq=False)
class Landscape:
    """The plan on a grid.

    Attributes:
        surfaces: The kinds of ground; each parcel may be one of its own.
        index: H W, index into `surfaces`.
        height: H W, metres above ground.
        tone: H W, factor of the reflectance: one tree is darker than its neighbour.
        x: W, metres from the tile's corner, pixel centres.
        y: H, likewise, to the south.
        turns: For each surface, the direction of its rows and of the machines that work it, in
            radians from east towards south.
    """

    surfaces: tuple[Surface, ...]
    index: NDArray[np.uint16]
    height: Floats
    tone: Floats
    x: Floats
    y: Floats
    turns: tuple[float, ...]

    @property
    def labels(self) -> Bytes:
        """H W, FLAIR #2 label values."""
        return np.array([one.label for one in self.surfaces], dtype=np.uint8)[self.index]

    def window(self, rows: slice, cols: slice) -> "Landscape":
        """A part of it, with the same surfaces."""
        return replace(
            self,
            index=self.index[rows, cols],
            height=self.height[rows, cols],
            tone=self.tone[rows, cols],
            x=self.x[cols],
            y=self.y[rows],
        )


@dataclass(frozen=True, eq=False)
class Plan:
    """Shapes, the later ones on top, over fields that go on for ever.

    Attributes:
        shapes: What was planned.
        fields: Names of what the fields around may be.
        key: Of the random fields; below 2^31.
        turn: Direction of the fields around, radians from east towards south.
        surfaces: The plan's own variants, each under the name of its kind, a slash and a number;
            other names are those of `SURFACES`.
        turns: Direction of the rows and machines on a surface; `WORKED` where it has none.
        bend: Metres by which straight lines stray, as those on real ground do.
    """

    shapes: tuple[Shape, ...]
    fields: tuple[str, ...]
    key: int
    turn: float = -0.12
    surfaces: Mapping[str, Surface] = field(default_factory=dict)
    turns: Mapping[str, float] = field(default_factory=dict)
    bend: float = 0.0

    def raster(self, left: float, top: float, gsd: float, height: int, width: int) -> Landscape:
        """Draw it on a grid whose corner is at (left, top) in the plan's metres."""
        x = (left + (np.arange(width) + 0.5) * gsd).astype(np.float32)
        y = (top + (np.arange(height) + 0.5) * gsd).astype(np.float32)
        names = tuple(dict.fromkeys((*self.fields, *(shape.surface for shape in self.shapes))))
        places = {name: number for number, name in enumerate(names)}
        canvas = Canvas(x, y, self.bend, self.key)
        around = np.array([places[name] for name in self.fields], dtype=np.uint16)
        canvas.index[:] = around[self._fields_at(x, y)]
        canvas.draw_all(self.shapes, self._boxes, [places[one.surface] for one in self.shapes])
        return Landscape(
            tuple(self.surfaces.get(name) or SURFACES[name] for name in names),
            canvas.index,
            canvas.height,
            canvas.tone,
            x,
            y,
            tuple(self.turns.get(name, WORKED) for name in names),
        )

    @cached_property
    def _boxes(self) -> NDArray[np.float64]:
        """N 4, west, north, east, south of each shape on the ground."""
        boxes = np.array([box(shape) for shape in self.shapes], dtype=np.float64).reshape(-1, 4)
        return ground_boxes(boxes, self.bend, self.key)

    def _fields_at(self, x: Floats, y: Floats) -> NDArray[np.intp]:
        """Fields like bricks: rows of parcels, each row shifted against the next."""
        along = x[None, :] * np.cos(self.turn) - y[:, None] * np.sin(self.turn)
        across = x[None, :] * np.sin(self.turn) + y[:, None] * np.cos(self.turn)
        row = np.floor(across / 74.0).astype(np.int64)
        shifted = along + 131.0 * lattice(row, row, self.key)
        column = np.floor(shifted / (88.0 + 60.0 * lattice(row, row, self.key + 1)))
        drawn = lattice(column.astype(np.int64), row, self.key + 2)
        return (drawn * len(self.fields)).astype(np.intp)


WORKED = 1.55
"""Direction of ploughing, sowing and mowing where a plan names none."""
