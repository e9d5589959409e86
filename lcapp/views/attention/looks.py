"""Where a pixel looked, in metres: its attention on the ground, and how far it reaches.

Pixel j of level e of E_SR is centred at SR pixel j * 2^e, so that a level does not lie as an even
division of the tile would have it (`models.fusion.centres`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcapp.language import messages, number, tr
from lcapp.types import Explanation, Floats, Grid, PixelAttention
from lcapp.views.attention.asked import middle_of

_DIRECTIONS = messages("E", "NE", "N", "NW", "W", "SW", "S", "SE")


@dataclass(frozen=True, eq=False)
class Look:
    """The attention of one head, or the mean of all, at one stage.

    Attributes:
        stage: HR stage: its pixels are 2^stage aerial pixels wide, and all pixels within ask alike.
        level: Level of E_SR that it looks at.
        head: From 1; None for the mean.
        heads: How many the stage has.
        weights: H_e W_e, sum 1.
        half: Metres around the pixel within which half of the attention lies.
        peak: Largest weight of a pixel of the level.
        peak_right: Metres from the asked pixel's middle to that pixel's, to the right.
        peak_down: Likewise downwards.
    """

    stage: int
    level: int
    head: int | None
    heads: int
    weights: Floats
    half: float
    peak: float
    peak_right: float
    peak_down: float

    @property
    def name(self) -> str:
        """Which head of how many."""
        return tr("mean of {n} heads", n=self.heads) if self.head is None else self.numbered

    @property
    def numbered(self) -> str:
        """The head alone."""
        return tr("head {head} of {n}", head=self.head, n=self.heads)


def looks(explanation: Explanation, row: int, col: int, stage: int) -> tuple[Look, ...]:
    """The mean of a stage's heads, then each of them.

    Args:
        explanation: With attention.
        row: Of the asked pixel in the aerial image.
        col: Its column.
        stage: A key of `explanation.queries`.

    Raises:
        RunError: As `Explanation.attention`.
    """
    asked = explanation.attention(row=row, col=col)
    return _looks(asked, explanation, stage)


def all_looks(explanation: Explanation, row: int, col: int) -> tuple[Look, ...]:
    """`looks` of every stage, finest first."""
    asked = explanation.attention(row=row, col=col)
    return tuple(one for stage in explanation.queries for one in _looks(asked, explanation, stage))


def looks_told(found: Sequence[Look]) -> str:
    """How far the looks of a stage reach, in words."""
    told = [
        tr(
            "{head}: half of the attention within {metres:.1f} m, most ({peak:.0%}) in one "
            "pixel {where}",
            head=one.name,
            metres=one.half,
            peak=one.peak,
            where=heading(one.peak_right, one.peak_down),
        )
        for one in found
    ]
    return tr("Stage {stage}, {heads}.", stage=found[0].stage, heads="; ".join(told))


def looks_rows(found: Sequence[Look], grid: Grid) -> list[dict[str, str]]:
    """A table: a row a stage and head.

    Args:
        found: From `all_looks`.
        grid: The aerial one.
    """
    return [
        {
            tr("stage"): f"{one.stage} ({number(asking_metres(one.stage, grid), '.1f')} m)",
            tr("head"): tr("mean") if one.head is None else one.numbered,
            tr("half of it within"): f"{number(one.half, '.1f')} m",
            tr("most in one pixel"): number(one.peak, ".1%"),
            tr("which lies"): heading(one.peak_right, one.peak_down),
        }
        for one in found
    ]


def asking_metres(stage: int, grid: Grid) -> float:
    """Side of the square of aerial pixels that ask together."""
    return float(grid.gsd * 2**stage)


def heading(right: float, down: float) -> str:
    """A distance and one of eight directions, north being up."""
    metres = float(np.hypot(right, down))
    if metres < 1:
        return tr("here")
    turn = round(np.degrees(np.arctan2(-down, right)) / 45) % 8
    return f"{metres:.0f} m {tr(_DIRECTIONS[turn])}"


def spread_over(weights: Floats, level: int, grid: Grid) -> Floats:
    """Weights of a level on the SR grid, each SR pixel that of the level's nearest: Hs Ws."""
    rows, cols = (
        nearest(np.arange(size), level, count)
        for size, count in zip((grid.height, grid.width), weights.shape, strict=True)
    )
    found: Floats = weights[rows][:, cols]
    return found


def nearest(place: NDArray[Any], level: int, count: int) -> NDArray[np.int_]:
    """The pixels of a level of `count` that are nearest to places in SR pixels (middles whole)."""
    found: NDArray[np.int_] = np.floor(place / 2**level + 0.5).astype(int).clip(0, count - 1)
    return found


def months_at(explanation: Explanation, row: int, col: int) -> Floats:
    """How the months weigh at an aerial pixel, by E_SR's temporal encoder: levels x M.

    Each level is asked at its pixel that lies nearest.
    """
    grid = explanation.without_series.grid
    right, down = middle_of(grid, row, col)
    sr = grid.coarser().gsd
    found = []
    for level, weights in enumerate(explanation.temporal_weights):  # M H_e W_e
        height, width = weights.shape[1:]
        at = (
            nearest(np.array([metres / sr - 0.5]), level, count)[0]
            for metres, count in ((down, height), (right, width))
        )
        found.append(weights[:, *at])
    return np.array(found, np.float32)


def _looks(asked: PixelAttention, explanation: Explanation, stage: int) -> tuple[Look, ...]:
    maps = asked.maps[stage]  # heads H_e W_e
    level = list(explanation.queries).index(stage)
    grid = explanation.without_series.grid
    right, down = middle_of(grid, asked.row, asked.col)
    sr = grid.coarser().gsd
    rows, cols = ((np.arange(size) * 2**level + 0.5) * sr for size in maps.shape[1:])
    east, south = np.meshgrid(cols - right, rows - down)  # H_e W_e
    away = np.hypot(east, south)
    order = away.ravel().argsort(kind="stable")
    found = []
    for head, weights in enumerate([maps.mean(0), *maps]):
        gathered = weights.ravel()[order].cumsum()
        half = order[min(int(np.searchsorted(gathered, 0.5)), len(order) - 1)]
        peak = int(weights.argmax())
        found.append(
            Look(
                stage,
                level,
                head or None,
                len(maps),
                weights,
                float(away.ravel()[half]),
                float(weights.max()),
                float(east.ravel()[peak]),
                float(south.ravel()[peak]),
            )
        )
    return tuple(found)
