"""What the series did to a map: where the class is another one with it, and is that right."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lcapp.types import Explanation, LandCover


@dataclass(frozen=True)
class Fused:
    """What the series did to a map.

    Attributes:
        changed: Share of the classified pixels, 0..1, whose class is another one with the series.
        right: Share of pixels with a reference that are right; None without a reference.
        right_without: Likewise without the series.
        moves: The largest changes: from, to, square metres.
    """

    changed: float
    right: float | None
    right_without: float | None
    moves: tuple[tuple[str, str, float], ...]


def fused(cover: LandCover, explanation: Explanation, labels: NDArray[np.uint8] | None) -> Fused:
    """Compare the map with the one without the series.

    Args:
        cover: The map.
        explanation: Of it.
        labels: H W, of the same table; None without a reference.
    """
    alone = explanation.without_series.class_map
    there = cover.classified
    changed = there & (cover.class_map != alone)
    classes = len(cover.table)
    pairs = alone[changed].astype(int) * classes + cover.class_map[changed]
    counts = np.bincount(pairs, minlength=classes**2)
    names, area = cover.table.spoken, cover.grid.gsd**2
    moves = tuple(
        (names[pair // classes], names[pair % classes], float(counts[pair] * area))
        for pair in counts.argsort(kind="stable")[::-1][:3].tolist()
        if counts[pair]
    )
    right = without = None
    if labels is not None and (known := there & (labels < classes)).any():
        right = float((cover.class_map == labels)[known].mean())
        without = float((alone == labels)[known].mean())
    return Fused(float(changed.sum() / max(1, there.sum())), right, without, moves)
