"""Weights of the months against what the months are worth: do the two rank them alike?"""

import calendar

import numpy as np
from numpy.typing import NDArray

from lcapp.types import Explanation, Floats, LandCover, Occlusion

_ALIKE, _HARDLY = 0.6, 0.3
"""Rank correlations."""


def rank_agreement(weights: Floats, change: Floats) -> float | None:
    """Spearman's rank correlation, -1..1, of weights (M) and how much a month moves (M).

    Where the two are known: months that are absent have no change. None with fewer than three, or
    where one of the two ranks nothing.
    """
    known = np.isfinite(change)
    if known.sum() < 3:
        return None
    one, other = _ranks(weights[known]), _ranks(np.abs(change[known]))
    if not (one.std() and other.std()):
        return None
    return float(np.corrcoef(one, other)[0, 1])


def _ranks(values: Floats) -> NDArray[np.float64]:
    """From 1; those that are equal share their mean."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = (np.cumsum(count) - (count - 1) / 2)[place]
    return ranks


def answer(cover: LandCover, explanation: Explanation, row: int, col: int) -> str:
    """What the map says of a pixel, and what it would say without the series."""
    if not cover.classified[row, col]:
        return f"Row {row}, column {col} has no image, and so no class."
    names, alone = cover.table.names, explanation.without_series
    chosen, other = int(cover.class_map[row, col]), int(alone.class_map[row, col])
    chance = cover.confidence[row, col]
    said = f"Row {row}, column {col}: {names[chosen]}, {chance:.0%}. "
    if not explanation.temporal_weights:
        return said + "The network reads no series."
    left = alone.probabilities[chosen, row, col]
    if chosen == other:
        return f"{said}Without the series the same, {left:.0%}."
    found = f"{names[other]}, {alone.probabilities[other, row, col]:.0%}"
    return f"{said}Without the series {found} ({names[chosen]} {left:.0%})."


COUNTERFACTUAL = (
    "Without the series: its answer in the fusion is set to 0, all else stays. The network was "
    "never trained so: it tells what hangs on the series, not what a network of the aerial image "
    "alone would say."
)


def changed_share(cover: LandCover, explanation: Explanation) -> float:
    """Share of the map's pixels, 0..1, whose class is another one without the series."""
    changed = cover.class_map != explanation.without_series.class_map
    return float(changed.sum() / max(1, cover.classified.sum()))


def occlusion_told(
    occlusion: Occlusion, weights: Floats, cover: LandCover, row: int, col: int
) -> str:
    """What leaving out months does at a pixel, and whether the weights would have told so.

    Args:
        occlusion: Of the map.
        weights: M, of the months at this pixel.
        cover: The map.
        row: Of the pixel.
        col: Its column.
    """
    change = occlusion.change[:, row, col]  # M
    if not np.isfinite(change).any():
        return "Nothing is known at this pixel."
    most = int(np.nanargmax(np.abs(change)))
    name = calendar.month_name[most + 1]
    way = "falls" if change[most] < 0 else "rises"
    points = 100 * abs(float(change[most]))
    told = (
        f"{name} moves most here: without it the probability of "
        f"{cover.table.names[cover.class_map[row, col]]} {way} by {points:.1f} points"
    )
    flips = _flips(occlusion, cover, row, col)
    told += f". Another class without {' or '.join(flips)}. " if flips else "; no month decides. "
    found = rank_agreement(weights, change)
    if found is None:
        return told
    what = (
        "rank the months alike"
        if found >= _ALIKE
        else "rank them partly alike"
        if found >= _HARDLY
        else "do not tell which months matter here"
    )
    return f"{told}The weights {what} (rank correlation {found:+.2f})."


def _flips(occlusion: Occlusion, cover: LandCover, row: int, col: int) -> list[str]:
    classes, change = occlusion.class_maps[:, row, col], occlusion.change[:, row, col]
    return [
        f"{calendar.month_name[month]} ({cover.table.names[found]})"
        for month, found in enumerate(classes, start=1)
        if np.isfinite(change[month - 1]) and found != cover.class_map[row, col]
    ]
