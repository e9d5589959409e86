"""Where shapes are drawn on a grid, each within its own bounding box only."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lcapp.simulate.land.shapes import (
    Building,
    Crown,
    Rows,
    Shape,
    in_rows,
    inside_of,
    roof,
)
from lcapp.simulate.land.texture import noise
from lcapp.types import Floats

_BEND_SIZE = 130.0
"""Metres from one curve of the bent ground to the next."""

_SLACK = 0.6
"""Metres around a bent box: its sides are curves, and only nine of its points are looked at."""


def bent(x: Floats, y: Floats, bend: float, key: int) -> tuple[Floats, Floats]:
    """Coordinates in which the plan's straight lines are the gently curved ones of real ground.

    Args:
        x: Metres, any shape.
        y: Metres, likewise.
        bend: Metres by which a line strays at most.
        key: Of the random fields.
    """
    if bend == 0.0:
        return x, y
    east = noise(x, y, _BEND_SIZE, key + 14)
    south = noise(x, y, _BEND_SIZE, key + 15)
    return x + np.float32(bend) * east, y + np.float32(bend) * south


def ground_boxes(boxes: NDArray[np.float64], bend: float, key: int) -> NDArray[np.float64]:
    """N 4, where boxes of the plan lie on the ground: west, north, east, south.

    Args:
        boxes: N 4, in the plan's straight coordinates.
        bend: As in `bent`.
        key: As in `bent`.
    """
    if bend == 0.0 or len(boxes) == 0:
        return boxes
    west, north, east, south = boxes.T
    shares = np.linspace(0.0, 1.0, 3)
    wanted_x = (west + shares[:, None, None] * (east - west)) + 0.0 * shares[None, :, None]
    wanted_y = (north + shares[None, :, None] * (south - north)) + 0.0 * shares[:, None, None]
    x, y = wanted_x, wanted_y  # 3 3 N
    # The bend is gentle: a few steps find the place that is bent to the wanted one.
    for _ in range(4):
        to_x, to_y = bent(x.astype(np.float32), y.astype(np.float32), bend, key)
        x, y = x + (wanted_x - to_x), y + (wanted_y - to_y)
    slack = _SLACK + 0.03 * np.hypot(east - west, south - north)
    return np.stack(
        [
            x.min((0, 1)) - slack,
            y.min((0, 1)) - slack,
            x.max((0, 1)) + slack,
            y.max((0, 1)) + slack,
        ],
        axis=1,
    )


class Canvas:
    """A grid being drawn on.

    Attributes:
        index: H W, which surface.
        height: H W, metres above ground.
        tone: H W, factor of the reflectance.
        u: H W, the plan's straight coordinate to the east.
        v: H W, to the south.
    """

    def __init__(self, x: Floats, y: Floats, bend: float, key: int) -> None:
        self.x, self.y = x, y
        wide, high = np.meshgrid(x, y)
        self.u, self.v = bent(wide, high, bend, key)
        self.index = np.zeros(wide.shape, dtype=np.uint16)
        self.height = np.zeros(wide.shape, dtype=np.float32)
        self.tone = np.ones(wide.shape, dtype=np.float32)
        # Drawn once: every shape with a frayed edge and every crown looks here.
        self._fray_u = noise(wide, high, 4.0, key + 11, octaves=3)
        self._fray_v = noise(wide, high, 4.0, key + 12, octaves=3)
        self._ragged = 0.22 * noise(wide, high, 2.2, key + 13, octaves=2)

    def draw_all(
        self, shapes: Sequence[Shape], boxes: NDArray[np.float64], places: Sequence[int]
    ) -> None:
        """Draw shapes, the later ones on top.

        Args:
            shapes: What to draw.
            boxes: N 4, each shape's box on the ground: west, north, east, south.
            places: The surface of each.
        """
        columns = np.searchsorted(self.x, boxes[:, ::2])  # N 2
        rows = np.searchsorted(self.y, boxes[:, 1::2])
        seen = (columns[:, 0] < columns[:, 1]) & (rows[:, 0] < rows[:, 1])
        for number in np.flatnonzero(seen).tolist():
            at = slice(*map(int, rows[number])), slice(*map(int, columns[number]))
            self._draw(shapes[number], at, places[number])

    def _draw(self, shape: Shape, at: tuple[slice, slice], place: int) -> None:
        u, v = self.u[at], self.v[at]
        height: Floats | float
        tone = 1.0
        match shape:
            case Crown():
                self._crown(shape, at, place)
                return
            case Building():
                inside, height = roof(shape, u, v)
            case Rows():
                inside, height, tone = in_rows(shape, u, v), shape.height, shape.tone
            case _:
                if shape.fray > 0.0:
                    fray = np.float32(shape.fray)
                    u, v = u + fray * self._fray_u[at], v + fray * self._fray_v[at]
                inside = inside_of(shape, u, v)
                height = shape.height
        self.index[at][inside] = place
        self.tone[at][inside] = tone
        view = self.height[at]
        view[inside] = height[inside] if isinstance(height, np.ndarray) else height

    def _crown(self, crown: Crown, at: tuple[slice, slice], place: int) -> None:
        across = (self.u[at] - np.float32(crown.x)) / np.float32(crown.radius)
        down = (self.v[at] - np.float32(crown.y)) / np.float32(crown.radius)
        distance = np.sqrt(across * across + down * down) + self._ragged[at]
        if crown.pointed:
            fall = distance
        else:
            fall = 1.0 - np.sqrt(np.clip(1.0 - distance**2, 0.0, None))
        dome = crown.height - crown.depth * fall
        # The higher of two crowns hides the other.
        seen = (distance < 1.0) & (dome > self.height[at])
        self.index[at][seen] = place
        self.height[at][seen] = dome[seen]
        self.tone[at][seen] = crown.tone
