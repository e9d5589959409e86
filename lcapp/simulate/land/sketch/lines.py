"""Straight lines of a plan, places beside them, and rectangles."""

import math
from collections.abc import Iterable, Iterator

from lcapp.simulate.land.shapes import Points

Segment = tuple[tuple[float, float], tuple[float, float]]


def along(line: Segment, spacing: float) -> Iterator[tuple[float, float]]:
    """Places on a line, about `spacing` metres apart, not at its very ends."""
    (x0, y0), (x1, y1) = line
    count = int(math.hypot(x1 - x0, y1 - y0) / spacing)
    for at in range(count):
        share = (at + 0.5) / count
        yield x0 + share * (x1 - x0), y0 + share * (y1 - y0)


def beside(line: Segment, metres: float) -> Segment:
    """The line moved to the right of someone walking it (y grows to the south)."""
    (x0, y0), (x1, y1) = line
    long = max(math.hypot(x1 - x0, y1 - y0), 1e-9)
    right_x, right_y = -(y1 - y0) / long * metres, (x1 - x0) / long * metres
    return (x0 + right_x, y0 + right_y), (x1 + right_x, y1 + right_y)


def pieces(line: Segment, metres: float = 40.0) -> Iterator[Segment]:
    """The line in shorter ones: a long oblique one would be looked for in half the image."""
    (x0, y0), (x1, y1) = line
    count = max(1, math.ceil(length_of(line) / metres))
    for at in range(count):
        near, far = at / count, (at + 1) / count
        yield (
            (x0 + near * (x1 - x0), y0 + near * (y1 - y0)),
            (x0 + far * (x1 - x0), y0 + far * (y1 - y0)),
        )


def turn_of(line: Segment) -> float:
    """Direction of a line, radians from east towards south."""
    (x0, y0), (x1, y1) = line
    return math.atan2(y1 - y0, x1 - x0)


def length_of(line: Segment) -> float:
    """Metres."""
    (x0, y0), (x1, y1) = line
    return math.hypot(x1 - x0, y1 - y0)


def moved(x: float, y: float, turn: float, along: float, across: float) -> tuple[float, float]:
    """A place some metres along and across a direction."""
    cos, sin = math.cos(turn), math.sin(turn)
    return x + along * cos - across * sin, y + along * sin + across * cos


def rectangle(x: float, y: float, length: float, width: float, turn: float) -> Points:
    """Corners of a rectangle about a place."""
    return tuple(
        moved(x, y, turn, a * length / 2, b * width / 2)
        for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    )


def around(x: float, y: float, reach: float, turns: Iterable[float]) -> Points:
    """Places at a distance in some directions: the corners of a rounded patch."""
    return tuple((x + reach * math.cos(turn), y + reach * math.sin(turn)) for turn in turns)


def middle_of(line: Segment) -> tuple[float, float]:
    """The place halfway along a line."""
    (x0, y0), (x1, y1) = line
    return (x0 + x1) / 2, (y0 + y1) / 2


def lies_right(line: Segment, x: float, y: float) -> bool:
    """Whether a place is to the right of someone walking a line (y grows to the south)."""
    (x0, y0), (x1, y1) = line
    return (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) > 0
