"""A piece of invented countryside: what lies where, and how high.

The plan is in metres from the tile's upper left corner, x to the east and y to the south, and has
no pixels: `Plan.raster` draws it on any grid, so that the aerial image and the satellite see one
and the same place.
"""

from dataclasses import dataclass

import numpy as np

from lcapp.simulate.shapes import (
    Building,
    Crown,
    Pond,
    Rows,
    Shape,
    box,
    in_rows,
    inside_of,
    roof,
)
from lcapp.simulate.surfaces import SURFACES, Surface
from lcapp.simulate.texture import lattice, noise
from lcapp.types import Bytes, Floats


@dataclass(frozen=True, eq=False)
class Landscape:
    """The plan on a grid.

    Attributes:
        surfaces: The kinds of ground.
        index: H W, index into `surfaces`.
        height: H W, metres above ground.
        tone: H W, factor of the reflectance: one tree is darker than its neighbour.
        x: W, metres from the tile's corner, pixel centres.
        y: H, likewise, to the south.
    """

    surfaces: tuple[Surface, ...]
    index: Bytes
    height: Floats
    tone: Floats
    x: Floats
    y: Floats

    @property
    def labels(self) -> Bytes:
        """H W, FLAIR #2 label values."""
        return np.array([one.label for one in self.surfaces], dtype=np.uint8)[self.index]


@dataclass(frozen=True)
class Plan:
    """Shapes, the later ones on top, over fields that go on for ever.

    Attributes:
        shapes: What was planned.
        fields: What the fields around may be.
        key: Of the random fields.
    """

    shapes: tuple[Shape, ...]
    fields: tuple[Surface, ...]
    key: int
    turn: float = -0.12

    def raster(self, left: float, top: float, gsd: float, height: int, width: int) -> Landscape:
        """Draw it on a grid whose corner is at (left, top) in the plan's metres."""
        x = (left + (np.arange(width) + 0.5) * gsd).astype(np.float32)
        y = (top + (np.arange(height) + 0.5) * gsd).astype(np.float32)
        names = sorted({shape.surface for shape in self.shapes})
        surfaces = (*self.fields, *(SURFACES[name] for name in names))
        places = {name: len(self.fields) + number for number, name in enumerate(names)}
        canvas = _Canvas(x, y, self._fields_at(x, y), self.key)
        for shape in self.shapes:
            canvas.draw(shape, places[shape.surface])
        return Landscape(surfaces, canvas.index, canvas.height, canvas.tone, x, y)

    def _fields_at(self, x: Floats, y: Floats) -> Bytes:
        """Fields like bricks: rows of parcels, each row shifted against the next."""
        along = x[None, :] * np.cos(self.turn) - y[:, None] * np.sin(self.turn)
        across = x[None, :] * np.sin(self.turn) + y[:, None] * np.cos(self.turn)
        row = np.floor(across / 74.0).astype(np.int64)
        shifted = along + 131.0 * lattice(row, row, self.key)
        column = np.floor(shifted / (88.0 + 60.0 * lattice(row, row, self.key + 1)))
        drawn = lattice(column.astype(np.int64), row, self.key + 2)
        return (drawn * len(self.fields)).astype(np.uint8)


class _Canvas:
    """Where shapes are drawn, each within its own bounding box only."""

    def __init__(self, x: Floats, y: Floats, index: Bytes, key: int) -> None:
        self.x, self.y, self.index, self.key = x, y, index, key
        self.height = np.zeros(index.shape, dtype=np.float32)
        self.tone = np.ones(index.shape, dtype=np.float32)

    def draw(self, shape: Shape, place: int) -> None:
        west, north, east, south = box(shape)
        rows = slice(*np.searchsorted(self.y, (north, south)))
        cols = slice(*np.searchsorted(self.x, (west, east)))
        if rows.start == rows.stop or cols.start == cols.stop:
            return
        x, y = np.meshgrid(self.x[cols], self.y[rows])
        height: Floats | float
        match shape:
            case Crown():
                self._crown(shape, x, y, (rows, cols), place)
                return
            case Building():
                inside, height = roof(shape, x, y)
            case Rows():
                inside, height = in_rows(shape, x, y), shape.height
            case _:
                inside = inside_of(shape, *self._frayed(shape.fray, x, y))
                height = 0.0 if isinstance(shape, Pond) else shape.height
        self.index[rows, cols][inside] = place
        self.tone[rows, cols][inside] = 1.0
        view = self.height[rows, cols]
        view[inside] = height[inside] if isinstance(height, np.ndarray) else height

    def _frayed(self, fray: float, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        return (
            x + fray * noise(x, y, 4.0, self.key + 11, octaves=3),
            y + fray * noise(x, y, 4.0, self.key + 12, octaves=3),
        )

    def _crown(
        self, crown: Crown, x: Floats, y: Floats, at: tuple[slice, slice], place: int
    ) -> None:
        ragged = 0.22 * noise(x, y, crown.radius * 0.8, self.key + 13, octaves=2)
        distance = np.hypot(x - crown.x, y - crown.y) / crown.radius + ragged
        if crown.pointed:
            dome = crown.height * (1.0 - 0.72 * distance)
        else:
            dome = crown.height * (0.55 + 0.45 * np.sqrt(np.clip(1.0 - distance**2, 0.0, None)))
        # The higher of two crowns hides the other.
        seen = (distance < 1.0) & (dome > self.height[at])
        self.index[at][seen] = place
        self.height[at][seen] = dome[seen]
        self.tone[at][seen] = crown.tone
