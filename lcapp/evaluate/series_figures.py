"""Super-resolved years over scenes: figures of each month and of the year."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lcapp.evaluate.records import Likeness, MonthFigures, SeriesFigures, Truthfulness


@dataclass(frozen=True)
class MonthRow:
    """A calendar month, or the year, over all scenes; every image counts alike.

    Attributes:
        images: How many there are: scenes x samples, times months for the year. The figures
            against the truth are of those that have one.
        psnr: dB; None, as all that follows, where no image has it.
        ssim: -1..1.
        sam: Degrees.
        ergas: 0 is best.
        gradient_ratio: Mean gradient magnitude over that of the truth, the bands' mean; 1 is as
            sharp as the truth. Means over all images are divided, or flat scenes would decide.
        lr_consistency: Reflectance; 0 is what Sentinel-2 measured.
    """

    images: int
    psnr: float | None
    ssim: float | None
    sam: float | None
    ergas: float | None
    gradient_ratio: float | None
    lr_consistency: float | None


@dataclass(frozen=True)
class SeriesRow:
    """One way of super-resolving, over all scenes.

    Attributes:
        method: What it is called.
        image: `bicubic`, `bicubic, back-projected`, `one sample` or `mean of N samples`.
        steps: Denoising steps; None where there are none.
        year: All present months together.
        months: `01` to `12`, those that occur.
        aerial: PSNR and SSIM of the month nearest to the aerial image against that image at
            1.6 m, both as bytes; the radiometry of the two sensors differs.
    """

    method: str
    image: str
    steps: int | None
    year: MonthRow
    months: tuple[tuple[str, MonthRow], ...]
    aerial: Likeness | None


def series_row(
    method: str, image: str, steps: int | None, series: Sequence[SeriesFigures]
) -> SeriesRow:
    """The figures of one way over many super-resolved years."""
    by_month: dict[int, list[MonthFigures]] = {}
    for year in series:
        for one in year.months:
            by_month.setdefault(one.month, []).append(one)
    near = [one.aerial for one in series if one.aerial is not None]
    return SeriesRow(
        method=method,
        image=image,
        steps=steps,
        year=month_row([one for year in series for one in year.months]),
        months=tuple((f"{month:02d}", month_row(by_month[month])) for month in sorted(by_month)),
        aerial=_mean_likeness(near),
    )


def month_row(images: Sequence[MonthFigures]) -> MonthRow:
    """The mean figures of images."""
    known = [one.truth for one in images if one.truth is not None]
    likeness = _mean_likeness([one.likeness for one in known])
    return MonthRow(
        images=len(images),
        psnr=None if likeness is None else likeness.psnr,
        ssim=None if likeness is None else likeness.ssim,
        sam=_mean(one.sam for one in known),
        ergas=_mean(one.ergas for one in known),
        gradient_ratio=_gradient_ratio(known),
        lr_consistency=_mean(one.lr_consistency for one in images),
    )


def _gradient_ratio(known: Sequence[Truthfulness]) -> float | None:
    if not known:
        return None
    found = np.mean([one.gradient for one in known], axis=0)  # C
    true = np.mean([one.true_gradient for one in known], axis=0)  # C
    textured = true > 0
    return float((found[textured] / true[textured]).mean()) if textured.any() else None


def _mean_likeness(images: Sequence[Likeness]) -> Likeness | None:
    psnr = _mean(one.psnr for one in images)
    return None if psnr is None else Likeness(psnr, _mean(one.ssim for one in images))


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None
