"""What the numbers of snow and cloud masks mean: per cent, shares or flags, once for a file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lcapp.errors import SceneError
from lcapp.scene.arrays import Array, StoredArray
from lcapp.scene.units.series import SAMPLED, sampled
from lcapp.types import Floats


@dataclass(frozen=True)
class MaskUnit:
    """How the numbers of masks become per cent.

    Attributes:
        factor: What a value is multiplied with.
        notes: How it was decided, and what is not known.
    """

    factor: float
    notes: tuple[str, ...]

    def percent(self, masks: Array) -> Floats:
        """T 2 H W, 0..100; NaN, which counts as covered, where nothing is known."""
        percent = np.array(masks, np.float32) * np.float32(self.factor)
        percent[~((percent >= 0) & (percent <= 100 + 1e-3))] = np.nan
        return percent


def mask_unit(masks: Array | StoredArray, where: Path, stated: str = "auto") -> MaskUnit:
    """Decide what the numbers of masks are.

    Args:
        masks: T 2 H W of the whole file.
        where: The series' file.
        stated: `percent`, `share` or `auto`.

    Raises:
        SceneError: Most values are neither.
    """
    values = sampled(masks, 4 * SAMPLED).astype(np.float64)
    values = values[np.isfinite(values)]
    beyond = (values < 0) | (values > 100)
    factor = 100.0 if stated == "share" else 1.0
    notes: list[str] = []
    if stated == "auto" and np.isin(values, (0, 255)).all() and 0 < beyond.mean() < 1:
        beyond, factor = np.zeros_like(beyond), 100 / 255
        notes.append("The masks hold 0 and 255: taken as clear and covered.")
    elif stated == "auto":
        some = values[~beyond & (values > 0)]
        # A stray value among shares decides nothing.
        if some.size and (some > 1).mean() < 0.01:
            factor = 100.0
            notes.append("The masks hold 0 to 1, not per cent: 1 is taken as covered.")
    beyond |= values * factor > 100 + 1e-3
    if values.size and beyond.mean() > 0.5:
        raise SceneError(
            f"its masks go beyond 0 to 100 in {beyond.mean():.0%} of their values, for instance "
            f"{values[beyond][0]:g}",
            where=where,
            expected="snow and cloud in percent, or of 0 to 1",
            advice="check the file, or state its unit with --mask-unit",
        )
    if beyond.any():
        notes.append(
            f"{beyond.mean():.1%} of the masks' values are no probability (such as "
            f"{values[beyond][0]:g}): nothing is known there, which counts as cloud."
        )
    return MaskUnit(factor, tuple(notes))
