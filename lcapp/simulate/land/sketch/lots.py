"""Dividing land: convex pieces, cut by straight lines as roads and inheritance cut real ground."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from lcapp.simulate.land.shapes import Points
from lcapp.simulate.land.sketch.lines import Segment, length_of, turn_of


@dataclass(frozen=True)
class Lot:
    """A convex piece of land.

    Attributes:
        corners: Clockwise or not, without a repeated one.
        turn: Direction along which it is worked, radians from east towards south.
    """

    corners: Points
    turn: float

    @property
    def area(self) -> float:
        """Square metres."""
        around = zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True)
        return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in around)) / 2

    @property
    def centre(self) -> tuple[float, float]:
        """The mean of its corners."""
        x, y = zip(*self.corners, strict=True)
        return sum(x) / len(x), sum(y) / len(y)

    @property
    def sides(self) -> tuple[Segment, ...]:
        """From corner to corner, all around."""
        return tuple(pairwise((*self.corners, self.corners[0])))

    def reach(self, turn: float) -> tuple[float, float]:
        """The lowest and the highest coordinate along a direction."""
        along = [x * math.cos(turn) + y * math.sin(turn) for x, y in self.corners]
        return min(along), max(along)

    @property
    def length(self) -> float:
        """Metres along its direction."""
        low, high = self.reach(self.turn)
        return high - low

    @property
    def width(self) -> float:
        """Metres across its direction."""
        low, high = self.reach(self.turn + math.pi / 2)
        return high - low

    def facing(self) -> "Lot":
        """The same land, worked along its longer axis."""
        if self.length >= self.width:
            return self
        return Lot(self.corners, self.turn + math.pi / 2)

    def along_side(self) -> "Lot":
        """The same land, worked along its longest side, as one ploughs and plants."""
        return Lot(self.corners, turn_of(max(self.sides, key=length_of)))

    def cut(self, x: float, y: float, turn: float) -> tuple["Lot | None", "Lot | None", Segment]:
        """Cut by the line through (x, y) in a direction.

        Returns:
            What lies to the right of someone looking along it (y grows to the south), what lies
            to the left, and the line between them; None where nothing is left.
        """
        right = _half(self.corners, x, y, turn)
        left = _half(self.corners, x, y, turn + math.pi)
        between = [corner for corner in right if abs(_beside(corner, x, y, turn)) < 1e-3]
        return (
            Lot(right, self.turn) if len(right) > 2 else None,
            Lot(left, self.turn) if len(left) > 2 else None,
            (between[0], between[-1]) if len(between) > 1 else ((x, y), (x, y)),
        )

    def inset(self, margin: float) -> "Lot | None":
        """What is left when a margin is taken away on all sides; None where nothing is."""
        return self.within(self, margin)

    def within(self, land: "Lot", margin: float = 0.0) -> "Lot | None":
        """The part of it inside other land, a margin away from that one's sides; or None."""
        corners = self.corners
        for side in land.sides:
            if length_of(side) < 1e-6:
                continue
            (x, y), _ = side
            turn = turn_of(side)
            if _beside(land.centre, x, y, turn) < 0:
                turn += math.pi
            corners = _half(corners, x - margin * math.sin(turn), y + margin * math.cos(turn), turn)
            if len(corners) < 3:
                return None
        return Lot(corners, self.turn)

    def holds(self, x: float, y: float) -> bool:
        """Whether a place lies inside."""
        beside = [(x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) for (x0, y0), (x1, y1) in self.sides]
        return min(beside) >= 0 or max(beside) <= 0


def square(low: float, high: float, turn: float) -> Lot:
    """All the land there is."""
    return Lot(((low, low), (high, low), (high, high), (low, high)), turn)


def divide(
    lot: Lot,
    generator: np.random.Generator,
    goal: float,
    stretch: float = 1.0,
    wobble: float = 0.04,
    drift: float = 0.0,
) -> tuple[list[Lot], list[Segment]]:
    """Cut land in two, and the parts again, until they are small enough.

    Args:
        lot: What to cut.
        generator: Of where the cuts lie.
        goal: Square metres of a usual part.
        stretch: How many times longer than wide a part may be before it is cut across.
        wobble: Radians by which a cut strays from the square.
        drift: Radians by which each half may turn against the whole.

    Returns:
        The parts and the cuts, the earlier, longer ones first.
    """
    parts, cuts, waiting = [], [], [lot]
    while waiting:
        one = waiting.pop(0)
        if one.area < goal * generator.uniform(0.9, 2.1):
            parts.append(one)
            continue
        across = one.length > stretch * one.width
        halves, line = halve(one, generator, across, wobble)
        if len(halves) < 2:
            parts.append(one)
            continue
        cuts.append(line)
        waiting += [Lot(half.corners, half.turn + drift * generator.normal()) for half in halves]
    return parts, cuts


def halve(
    lot: Lot, generator: np.random.Generator, across: bool, wobble: float = 0.04
) -> tuple[list[Lot], Segment]:
    """Cut once, across or along the direction of work, near the middle."""
    axis = lot.turn if across else lot.turn + math.pi / 2
    low, high = lot.reach(axis)
    at = low + (high - low) * generator.uniform(0.36, 0.64)
    # The point on the axis through the centre.
    x, y = lot.centre
    off = at - (x * math.cos(axis) + y * math.sin(axis))
    first, second, line = lot.cut(
        x + off * math.cos(axis),
        y + off * math.sin(axis),
        axis + math.pi / 2 + wobble * generator.normal(),
    )
    return [half for half in (first, second) if half is not None and half.area > 1.0], line


def slices(
    lot: Lot, turn: float, width: float, generator: np.random.Generator, spread: float = 0.15
) -> list[Lot]:
    """Cut into parallel strips.

    Args:
        lot: What to cut.
        turn: Direction in which the strips follow each other.
        width: Metres of a usual strip.
        generator: Of how much wider or narrower one is.
        spread: By which share, about.
    """
    low, high = lot.reach(turn)
    count = max(1, round((high - low) / width))
    edges = np.linspace(low, high, count + 1)[1:-1]
    edges = edges + generator.uniform(-spread, spread, len(edges)) * width
    strips: list[Lot] = []
    rest: Lot | None = lot
    for edge in edges:
        if rest is None:
            break
        beyond, strip, _ = rest.cut(
            edge * math.cos(turn), edge * math.sin(turn), turn - math.pi / 2
        )
        strips += [strip] if strip is not None else []
        rest = beyond
    return strips if rest is None else [*strips, rest]


def _beside(place: tuple[float, float], x: float, y: float, turn: float) -> float:
    """Metres to the right of the line through (x, y), negative to its left."""
    return (place[1] - y) * math.cos(turn) - (place[0] - x) * math.sin(turn)


def _half(corners: Points, x: float, y: float, turn: float) -> Points:
    """The part of a convex polygon to the right of a line."""
    kept: list[tuple[float, float]] = []
    for here, there in zip(corners, (*corners[1:], corners[0]), strict=True):
        near, far = _beside(here, x, y, turn), _beside(there, x, y, turn)
        if near >= 0:
            kept.append(here)
        if (near > 0) != (far > 0) and near != far and near * far != 0:
            share = near / (near - far)
            kept.append(
                (here[0] + share * (there[0] - here[0]), here[1] + share * (there[1] - here[1]))
            )
    return tuple(kept)
