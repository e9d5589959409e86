"""Shapes of a plan, in metres, and which places lie inside them."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from lcapp.simulate.land.texture import lattice
from lcapp.types import Bools, Floats

Points = tuple[tuple[float, float], ...]
Form = Literal["gable", "hip", "flat"]


@dataclass(frozen=True)
class Parcel:
    """A polygon of one surface; its edge is frayed by up to `fray` metres."""

    surface: str
    corners: Points
    height: float = 0.0
    fray: float = 0.3


@dataclass(frozen=True)
class Strip:
    """A band along a polyline."""

    surface: str
    line: Points
    width: float
    height: float = 0.0
    fray: float = 0.2


@dataclass(frozen=True)
class Pond:
    """An ellipse with an irregular shore: a pond, or any other patch of ground."""

    surface: str
    x: float
    y: float
    half_width: float
    half_height: float
    fray: float = 1.5
    height: float = 0.0


@dataclass(frozen=True)
class Building:
    """A rectangle under a roof; the ridge of a gable or hip roof runs along its length."""

    surface: str
    x: float
    y: float
    length: float
    width: float
    turn: float
    eaves: float = 3.0
    pitch: float = 0.6
    form: Form = "gable"


def block(
    surface: str, x: float, y: float, length: float, width: float, turn: float, height: float
) -> Building:
    """A box: a building with a flat roof, a car, a painted line of no height."""
    return Building(surface, x, y, length, width, turn, height, 0.0, "flat")


@dataclass(frozen=True)
class Crown:
    """A tree or bush seen from above: a dome, or a cone where it is pointed."""

    surface: str
    x: float
    y: float
    radius: float
    height: float
    tone: float = 1.0
    pointed: bool = False

    @property
    def depth(self) -> float:
        """Metres from the top down to where the crown is widest."""
        return depth(self.height, self.radius, self.pointed)


def depth(height: float, radius: float, pointed: bool) -> float:
    """How far a crown reaches down as seen from above: broad ones are flat, cones are steep."""
    return min(0.72 * height, 4.5 * radius) if pointed else min(0.45 * height, 0.85 * radius)


@dataclass(frozen=True)
class Rows:
    """Rows of vines, wheel tracks or painted bays inside a polygon.

    Attributes:
        surface: Of the rows; what lies between them stays.
        corners: The polygon.
        spacing: Metres from one row to the next.
        width: Metres of one row.
        height: Metres.
        turn: Direction of the rows, radians from east towards south.
        start: Metres by which the rows are shifted across.
        tone: Factor of the reflectance.
        gaps: Share of a row's length where nothing stands.
    """

    surface: str
    corners: Points
    spacing: float
    width: float
    height: float
    turn: float
    start: float = 0.0
    tone: float = 1.0
    gaps: float = 0.0


Shape = Parcel | Strip | Pond | Building | Crown | Rows


def box(shape: Shape) -> tuple[float, float, float, float]:
    """West, north, east, south in the plan's metres, with room for frayed edges."""
    match shape:
        case Crown():
            reach = shape.radius * 1.5
            return shape.x - reach, shape.y - reach, shape.x + reach, shape.y + reach
        case Building():
            reach = np.hypot(shape.length, shape.width) / 2
            return shape.x - reach, shape.y - reach, shape.x + reach, shape.y + reach
        case Pond():
            wide, high = shape.half_width + 2 * shape.fray, shape.half_height + 2 * shape.fray
            return shape.x - wide, shape.y - high, shape.x + wide, shape.y + high
        case Strip():
            corners, reach = np.array(shape.line), shape.width / 2 + 2 * shape.fray
        case Parcel():
            corners, reach = np.array(shape.corners), 2 * shape.fray
        case Rows():
            corners, reach = np.array(shape.corners), 0.0
    (west, north), (east, south) = corners.min(0) - reach, corners.max(0) + reach
    return west, north, east, south


def inside_of(shape: Parcel | Strip | Pond, x: Floats, y: Floats) -> Bools:
    """Whether places lie inside."""
    match shape:
        case Parcel():
            return in_polygon(shape.corners, x, y)
        case Pond():
            inside: Bools = (
                np.hypot((x - shape.x) / shape.half_width, (y - shape.y) / shape.half_height) < 1
            )
            return inside
        case Strip():
            return distance_to_line(shape.line, x, y) < shape.width / 2


def in_polygon(corners: Points, x: Floats, y: Floats) -> Bools:
    """Whether places lie inside a polygon (even-odd rule)."""
    inside = np.zeros(x.shape, dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > y) != (y1 > y)
        inside ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return inside


def distance_to_line(line: Points, x: Floats, y: Floats) -> Floats:
    """Metres to the nearest point of a polyline."""
    nearest = np.full(x.shape, np.inf, dtype=np.float32)
    for (x0, y0), (x1, y1) in pairwise(line):
        dx, dy = x1 - x0, y1 - y0
        along = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0.0, 1.0)
        nearest = np.minimum(nearest, np.hypot(x - x0 - along * dx, y - y0 - along * dy))
    return nearest


def turned(x: Floats, y: Floats, turn: float) -> tuple[Floats, Floats]:
    """Coordinates along and across a direction, `turn` radians from east towards south."""
    cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    return x * cos + y * sin, y * cos - x * sin


def roof(shape: Building, x: Floats, y: Floats) -> tuple[Bools, Floats]:
    """Which places lie under a roof, and how high it is there."""
    along, across = turned(x - shape.x, y - shape.y, shape.turn)
    # Metres inwards from the walls; negative outside.
    from_side = shape.width / 2 - np.abs(across)
    from_end = shape.length / 2 - np.abs(along)
    inside = (from_side > 0) & (from_end > 0)
    match shape.form:
        case "flat":
            rise = np.zeros_like(from_side)
        case "hip":
            rise = np.minimum(from_side, from_end)
        case "gable":
            rise = from_side
    return inside, (shape.eaves + shape.pitch * rise).astype(np.float32)


def in_rows(shape: Rows, x: Floats, y: Floats) -> Bools:
    """Which places lie in a row."""
    along, across = turned(x, y, shape.turn)
    across = across - shape.start
    within = (across % shape.spacing) < shape.width
    if shape.gaps > 0.0:
        row = np.floor(across / shape.spacing).astype(np.int64)
        place = np.floor(along / 3.2).astype(np.int64)
        within &= lattice(place, row, 17) >= shape.gaps
    inside: Bools = within & in_polygon(shape.corners, x, y)
    return inside
