"""Curves and clouds of points as SVG, in the ink of the page that they stand on."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lcapp.types import Floats

COLOURS = ("#1f77c8", "#c46a00", "#00857a", "#b0418e")
"""Readable on white and on near black."""

_DASHES = ("", "9 5", "2 4", "12 4 2 4")
"""Beside the colours, which not everybody tells apart."""

_WIDTH, _HEIGHT = 330.0, 330.0
"""Drawn about as large, letters of 17 are as large as those of the page."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 54.0, 14.0, 4.0, 46.0
_LINE = 23.0
"""Of the legend, which stands above the curves."""


@dataclass(frozen=True, eq=False)
class Line:
    """One curve.

    Attributes:
        name: In the legend.
        x: Ascending.
        y: NaN where there is a gap.
        marked: Its places have markers: they are few.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    marked: bool = False


@dataclass(frozen=True, eq=False)
class Curves:
    """Curves on common axes.

    Attributes:
        lines: At most four.
        x_label: Under the axis.
        x_range: Its ends.
        x_ticks: Places and their names.
        y_range: The ends of the other axis.
        y_ticks: Places and their names.
    """

    lines: tuple[Line, ...]
    x_label: str
    x_range: tuple[float, float]
    x_ticks: tuple[tuple[float, str], ...]
    y_range: tuple[float, float]
    y_ticks: tuple[tuple[float, str], ...]

    @property
    def head(self) -> float:
        """Height of the legend."""
        return _TOP + _LINE * len(self.lines)


def place_of(curves: Curves, x: float) -> float:
    """Where a value of x lies in the drawing."""
    low, high = curves.x_range
    return round(_LEFT + (x - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT), 1)


def _height_of(curves: Curves, y: float) -> float:
    low, high = curves.y_range
    return _HEIGHT - _BOTTOM - (y - low) / (high - low) * (_HEIGHT - _BOTTOM - curves.head - 8)


def curves_svg(curves: Curves, at: float | None = None) -> str:
    """The drawing.

    Args:
        curves: What is drawn.
        at: x of the line that marks a stop; None: it is there, at the left, to be moved.
    """
    floor, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = [
        f"<path d='M{_LEFT} {floor}H{right}' stroke='currentColor' fill='none'/>",
        f"<text x='{(_LEFT + right) / 2}' y='{_HEIGHT - 5}' text-anchor='middle'>"
        f"{html.escape(curves.x_label)}</text>",
    ]
    for x, name in curves.x_ticks:
        parts.append(
            f"<text x='{place_of(curves, x)}' y='{floor + 19}' text-anchor='middle'>"
            f"{html.escape(name)}</text>"
        )
    for y, name in curves.y_ticks:
        height = round(_height_of(curves, y), 1)
        parts.append(
            f"<path d='M{_LEFT} {height}H{right}' stroke='currentColor' opacity='.22'/>"
            f"<text x='{_LEFT - 7}' y='{height + 5}' text-anchor='end'>{html.escape(name)}</text>"
        )
    for place, line in enumerate(curves.lines):
        parts.append(_legend(line, place) + _curve(curves, line, place))
    x = _LEFT if at is None else place_of(curves, at)
    parts.append(
        f"<path class='lc-cursor' d='M0 {curves.head}V{floor}' transform='translate({x} 0)' "
        "stroke='currentColor' stroke-width='2.5'/>"
    )
    return (
        f"<svg viewBox='0 0 {_WIDTH:g} {_HEIGHT:g}' role='img' font-size='17' "
        f"fill='currentColor' xmlns='http://www.w3.org/2000/svg'>{''.join(parts)}</svg>"
    )


def _legend(line: Line, place: int) -> str:
    y = _TOP + _LINE * place + 8
    return (
        f"<path d='M{_LEFT} {y}h34' {_stroke(place)}/>"
        f"<text x='{_LEFT + 44}' y='{y + 6}'>{html.escape(line.name)}</text>"
    )


def _stroke(place: int) -> str:
    colour, dash = COLOURS[place % len(COLOURS)], _DASHES[place % len(_DASHES)]
    return f"stroke='{colour}' stroke-width='3' fill='none' stroke-dasharray='{dash}'"


def _curve(curves: Curves, line: Line, place: int) -> str:
    told, pen = [], "M"
    marks = []
    for x, y in zip(line.x, line.y, strict=True):
        if not np.isfinite(y):
            pen = "M"
            continue
        across, down = place_of(curves, x), round(_height_of(curves, y), 1)
        told.append(f"{pen}{across} {down}")
        pen = "L"
        if line.marked:
            marks.append(f"<circle cx='{across}' cy='{down}' r='4.5'/>")
    colour = COLOURS[place % len(COLOURS)]
    return f"<path d='{''.join(told)}' {_stroke(place)}/><g fill='{colour}'>{''.join(marks)}</g>"


def cloud_svg(
    places: Floats, step: int, data: Floats, whole: Floats | None, followed: int, reach: float
) -> str:
    """Points (S N 2) after a step, the paths of some of them, and the data behind them (n 2)."""
    side, followed = 400, min(followed, places.shape[1])

    def dot(at: Floats) -> tuple[float, float]:
        right, up = (at / reach + 1) / 2 * side
        return round(float(right), 1), round(float(side - up), 1)

    def path(way: Floats) -> str:
        return "M" + "L".join("{} {}".format(*dot(at)) for at in way)

    parts = [_dots([dot(at) for at in data[::3]], 1.8, "currentColor", 0.3)]
    if whole is not None:
        ways = "".join(path(whole[:, one]) for one in range(followed))
        parts.append(f"<path d='{ways}' stroke='currentColor' opacity='.5' fill='none'/>")
    ways = "".join(path(places[: step + 1, one]) for one in range(followed))
    parts.append(f"<path d='{ways}' stroke='{COLOURS[1]}' stroke-width='2.2' fill='none'/>")
    parts.append(_dots([dot(at) for at in places[step]], 3, COLOURS[0], 0.9))
    return (
        f"<svg viewBox='0 0 {side} {side}' role='img' xmlns='http://www.w3.org/2000/svg'>"
        f"{''.join(parts)}</svg>"
    )


def _dots(at: Sequence[tuple[float, float]], radius: float, colour: str, opacity: float) -> str:
    dots = "".join(f"<circle cx='{x}' cy='{y}' r='{radius}'/>" for x, y in at)
    return f"<g fill='{colour}' opacity='{opacity}'>{dots}</g>"
