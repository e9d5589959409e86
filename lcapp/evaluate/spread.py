"""How far the samples of a year lie apart, pixel by pixel."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lcapp.language import tr
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


def spread_in_words(found: Spread, month: int, name: str, bands: Sequence[str]) -> str:
    """How far the samples of a present month lie apart, in the reader's language.

    Args:
        found: From `spread_of`.
        month: 1..12.
        name: Of the month.
        bands: Of the samples.
    """
    apart = np.nanmean(found.deviation[month - 1], axis=(1, 2))  # C
    most = int(apart.argmax())
    return tr(
        "{n} seeds of {month} lie {mean:.4f} of reflectance apart (standard deviation, mean of all "
        "pixels and bands), most in {band}: {most:.4f}. Where they differ, the detail is one of "
        "several that are possible.",
        n=found.samples,
        month=name,
        mean=float(apart.mean()),
        band=bands[most],
        most=float(apart[most]),
    )


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
