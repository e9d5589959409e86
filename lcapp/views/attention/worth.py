"""Weights of the months against what the months are worth: do the two rank them alike?"""

import numpy as np
from numpy.typing import NDArray

from lcapp.language import message, month_name, tr
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
        return tr("Row {row}, column {col} has no image, and so no class.", row=row, col=col)
    names, alone = cover.table.spoken, explanation.without_series
    chosen, other = int(cover.class_map[row, col]), int(alone.class_map[row, col])
    said = tr(
        "Row {row}, column {col}: {name}, {chance:.0%}.",
        row=row,
        col=col,
        name=names[chosen],
        chance=cover.confidence[row, col],
    )
    if not explanation.temporal_weights:
        return f"{said} {tr('The network reads no series.')}"
    left = alone.probabilities[chosen, row, col]
    if chosen == other:
        return f"{said} {tr('Without the series the same, {left:.0%}.', left=left)}"
    return f"{said} " + tr(
        "Without the series {other}, {chance:.0%} ({name} {left:.0%}).",
        other=names[other],
        chance=alone.probabilities[other, row, col],
        name=names[chosen],
        left=left,
    )


COUNTERFACTUAL = message(
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
        return tr("Nothing is known at this pixel.")
    most = int(np.nanargmax(np.abs(change)))
    moved = {
        "month": month_name(most + 1),
        "name": cover.table.spoken[cover.class_map[row, col]],
        "points": 100 * abs(float(change[most])),
    }
    told = [
        tr(
            "{month} moves most here: without it the probability of {name} falls by "
            "{points:.1f} points.",
            **moved,
        )
        if change[most] < 0
        else tr(
            "{month} moves most here: without it the probability of {name} rises by "
            "{points:.1f} points.",
            **moved,
        )
    ]
    if flips := _flips(occlusion, cover, row, col):
        told.append(tr("Another class without {months}.", months=tr(" or ").join(flips)))
    else:
        told.append(tr("No month decides."))
    found = rank_agreement(weights, change)
    if found is None:
        pass
    elif found >= _ALIKE:
        told.append(
            tr("The weights rank the months alike (rank correlation {found:+.2f}).", found=found)
        )
    elif found >= _HARDLY:
        told.append(
            tr("The weights rank them partly alike (rank correlation {found:+.2f}).", found=found)
        )
    else:
        told.append(
            tr(
                "The weights do not tell which months matter here (rank correlation {found:+.2f}).",
                found=found,
            )
        )
    return " ".join(told)


def _flips(occlusion: Occlusion, cover: LandCover, row: int, col: int) -> list[str]:
    classes, change = occlusion.class_maps[:, row, col], occlusion.change[:, row, col]
    return [
        f"{month_name(month)} ({cover.table.spoken[found]})"
        for month, found in enumerate(classes, start=1)
        if np.isfinite(change[month - 1]) and found != cover.class_map[row, col]
    ]
