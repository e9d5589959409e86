"""How far the samples of a year lie apart, pixel by pixel."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lcapp.types import Floats


@dataclass(frozen=True, eq=False)
class Spread:
    """Samples of one year.

    Attributes:
        samples: How many.
        mean: M C Hs Ws, reflectance, NaN where absent.
        deviation: M C Hs Ws, their standard deviation (n - 1), likewise.
    """

    samples: int
    mean: Floats
    deviation: Floats


def spread_of(years: Sequence[Floats]) -> Spread:
    """Mean and deviation of samples.

    Args:
        years: Two or more, each M C Hs Ws, reflectance.

    Raises:
        ValueError: Fewer than two.
    """
    if len(years) < 2:
        raise ValueError(f"expected two samples or more, got {len(years)}")
    stacked = np.stack(years)  # N M C Hs Ws
    return Spread(
        len(years),
        stacked.mean(axis=0, dtype=np.float64).astype(np.float32),
        stacked.std(axis=0, ddof=1, dtype=np.float64).astype(np.float32),
    )
