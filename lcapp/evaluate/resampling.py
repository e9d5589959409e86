"""Figures on scenes, domains and trainings that are drawn anew: what intervals are made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcapp.evaluate.intervals import cluster_draws, expanded_percentiles, nested_interval
from lcapp.scene.splits import domain_of

Parts = Sequence[Mapping[str, NDArray[Any]]]
"""Training, then scene, to counts or sums; figures are made of these, added up over scenes."""

Figures = Callable[[NDArray[Any]], NDArray[np.float64]]
"""Parts ... X added up over scenes to figures F ..."""

_AT_ONCE = 4_000_000
"""Numbers of drawn parts in memory, about."""


@dataclass(frozen=True, eq=False)
class Redrawn:
    """A line's figures on all scenes, and on draws of domains.

    Attributes:
        own: F M, of each training on all scenes.
        drawn: F R M, of each training on each draw.
        units: How many domains, or scenes, were drawn from.
    """

    own: NDArray[np.float64]
    drawn: NDArray[np.float64]
    units: int


def redrawn(
    parts: Parts, scenes: Sequence[str], figures: Figures, *, by_scene: bool = False
) -> Redrawn:
    """Draw domains, or scenes, with replacement; the same draws for all lines of these scenes.

    Args:
        parts: Of a line.
        scenes: Those that count, which all trainings have.
        figures: What is made of parts.
        by_scene: Scenes are drawn and not domains, as if tiles of one were independent.
    """
    units: dict[str, list[str]] = {}
    for scene in sorted(scenes):
        units.setdefault(scene if by_scene else domain_of(scene), []).append(scene)
    summed = np.array(
        [[sum(model[scene] for scene in unit) for model in parts] for unit in units.values()],
        np.float64,
    )  # U M X
    draws = cluster_draws(len(units)).astype(np.float64)  # R U
    step = max(1, _AT_ONCE // max(1, summed[0].size))
    drawn = [
        figures(np.tensordot(draws[start : start + step], summed, axes=1))
        for start in range(0, len(draws), step)
    ]
    return Redrawn(figures(summed.sum(axis=0)), np.concatenate(drawn, axis=1), len(units))


def intervals(found: Redrawn) -> list[tuple[float, float] | None]:
    """The 95 % interval of each figure's mean over trainings: nested where there are several."""
    return [
        nested_interval([(own, drawn)], found.units)
        if len(own) > 1
        else expanded_percentiles(drawn[:, 0], found.units)
        for own, drawn in zip(found.own, found.drawn, strict=True)
    ]
