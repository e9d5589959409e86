"""Each present month of a year against what is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lcapp.evaluate.records import Detail, MonthSpread
from lcapp.evaluate.truth.correctness import shares
from lcapp.evaluate.truth.ensemble import ensemble_figures
from lcapp.evaluate.truth.ndvi import moved_most, ndvi
from lcapp.evaluate.truth.parts import by_class, psnr_within
from lcapp.prepare import Scaling
from lcapp.types import Bools, Bytes, Floats


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of a year.

    Attributes:
        truth: M C Hs Ws, reflectance.
        bands: Sentinel-2 names of C.
        scalings: C, the range of each band.
        nearest: 0..11, the month nearest to the aerial image.
        labels: Hs Ws, the most frequent class id of each pixel; None without labels.
        names: Of the classes.
    """

    truth: Floats
    bands: tuple[str, ...]
    scalings: tuple[Scaling, ...]
    nearest: int
    labels: Bytes | None
    names: tuple[str, ...]

    def in_range(self, images: Floats) -> Floats:
        """Reflectance, ... C Hs Ws, with each band's range as 0..1."""
        low = np.array([one.low for one in self.scalings])[:, None, None]
        high = np.array([one.high for one in self.scalings])[:, None, None]
        scaled: Floats = (images - low) / (high - low)
        return scaled


def details(year: Floats, bicubic: Floats, present: Bools, known: Known) -> tuple[Detail, ...]:
    """The figures of each present month.

    Args:
        year: M C Hs Ws, reflectance: what is judged.
        bicubic: M C Hs Ws, x_u.
        present: M.
        known: What it is compared with.
    """
    return tuple(_detail(month, year, bicubic, known) for month in np.flatnonzero(present).tolist())


def year_spread(years: Sequence[Floats], present: Bools, known: Known) -> tuple[MonthSpread, ...]:
    """The spread of the samples in each present month; none of fewer than two samples.

    Args:
        years: Samples, each M C Hs Ws, reflectance.
        present: M.
        known: What they are compared with.
    """
    if len(years) < 2:
        return ()
    samples, truth = known.in_range(np.stack(years)), known.in_range(known.truth)
    return tuple(
        MonthSpread(int(month) + 1, ensemble_figures(samples[:, month], truth[month]))
        for month in np.flatnonzero(present)
    )


def _detail(month: int, year: Floats, bicubic: Floats, known: Known) -> Detail:
    image, truth = year[month], known.truth[month]
    error = known.in_range(image) - known.in_range(truth)
    squared = (error**2).mean(axis=0)  # Hs Ws
    found, true = ndvi(image, known.bands), ndvi(truth, known.bands)
    before = ndvi(known.truth[known.nearest], known.bands)
    changed = None
    if before is not None and true is not None:
        changed = moved_most(before, true)
    labels = known.labels
    return Detail(
        shares=shares(image, bicubic[month], truth),
        absolute_error=float(np.abs(error).mean()),
        ndvi=None
        if found is None or true is None
        else float(((found - true) ** 2).mean(dtype=np.float64)),
        changed=None if changed is None else psnr_within(squared, changed),
        unchanged=None if changed is None else psnr_within(squared, ~changed),
        by_class=() if labels is None else by_class(squared, labels, known.names),
    )
