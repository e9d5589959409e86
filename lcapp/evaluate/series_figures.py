"""Super-resolved years over scenes: figures of each month and of the year."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lcapp.evaluate.records import (
    ClassError,
    Detail,
    EnsembleFigures,
    Likeness,
    MonthFigures,
    MonthSpread,
    SeriesFigures,
    Truthfulness,
)
from lcapp.evaluate.truth.ensemble import range_share, spread_over_error
from lcapp.evaluate.truth.parts import decibels
from lcapp.language import message
from lcapp.record import setting

TRUTH = message("the truth itself")
"""Name of the row of the known truth: what no image can be ahead of, and its own LR consistency."""


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
        improvement: Share of the detail that LR lacks which is shown as it is (opensr-test).
        omission: Share that is not shown.
        hallucination: Share that is shown as it is not.
        absolute_error: Mean, each band's range as 1: the CRPS of a single image.
        ndvi: Root mean squared error of NDVI over all images.
        changed: PSNR on the pixels that changed since the flight, dB, mean over the months but the
            nearest.
        unchanged: PSNR on the others, likewise.
        by_class: Class name to PSNR in dB, over all its pixels in all images: the mean of a PSNR
            over images would be that of those that hold a few pixels of it.
    """

    images: int
    psnr: float | None
    ssim: float | None
    sam: float | None
    ergas: float | None
    gradient_ratio: float | None
    lr_consistency: float | None
    improvement: float | None
    omission: float | None
    hallucination: float | None
    absolute_error: float | None
    ndvi: float | None
    changed: float | None
    unchanged: float | None
    by_class: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class SpreadFigures:
    """Samples of a month, or of the year, around the truth; every image counts alike.

    Attributes:
        images: How many.
        covered_50: Share of the truth within the 50 % prediction interval; 0.5 is right.
        covered_90: The same of the 90 % interval; 0.9 is right.
        in_range: Share of the truth between the lowest and the highest sample.
        crps: Fair, each band's range as 1; 0 is best.
        spread_over_error: 1 is right, below 1 the samples are too sure.
    """

    images: int
    covered_50: float
    covered_90: float
    in_range: float
    crps: float
    spread_over_error: float | None


@dataclass(frozen=True)
class SpreadRow:
    """The samples of one method.

    Attributes:
        method: What it is called.
        steps: Denoising steps.
        samples: Of each image.
        expected_in_range: What `in_range` would be if the truth were one more sample.
        year: All present months together.
        months: `01` to `12`, those that occur.
    """

    method: str
    steps: int
    samples: int
    expected_in_range: float
    year: SpreadFigures
    months: tuple[tuple[str, SpreadFigures], ...]


@dataclass(frozen=True)
class SeriesRow:
    """One way of super-resolving, over all scenes.

    Attributes:
        method: What it is called.
        image: A rival such as `bicubic`, the truth, `one sample` or `mean of N samples`.
        steps: Denoising steps; None where there are none.
        year: All present months together.
        months: `01` to `12`, those that occur.
        aerial: PSNR and SSIM of the month nearest to the aerial image against that image at
            1.6 m, both as bytes; the radiometry of the two sensors differs.
        psnr_low: Lower end of the 95 % interval of the year's PSNR over domains, and over trainings
            where there are several; None with too few domains.
        psnr_high: Its upper end.
    """

    method: str
    image: str
    steps: int | None
    year: MonthRow
    months: tuple[tuple[str, MonthRow], ...]
    aerial: Likeness | None
    psnr_low: float | None = setting(None, later=True)
    psnr_high: float | None = setting(None, later=True)


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
    details = [one.detail for one in images if one.detail is not None]
    shares = [one.shares for one in details if one.shares is not None]
    ndvi = _mean(one.ndvi for one in details)
    likeness = _mean_likeness([one.likeness for one in known])
    return MonthRow(
        images=len(images),
        psnr=None if likeness is None else likeness.psnr,
        ssim=None if likeness is None else likeness.ssim,
        sam=_mean(one.sam for one in known),
        ergas=_mean(one.ergas for one in known),
        gradient_ratio=_gradient_ratio(known),
        lr_consistency=_mean(one.lr_consistency for one in images),
        improvement=_mean(one.improvement for one in shares),
        omission=_mean(one.omission for one in shares),
        hallucination=_mean(one.hallucination for one in shares),
        absolute_error=_mean(one.absolute_error for one in details),
        ndvi=None if ndvi is None else math.sqrt(ndvi),
        changed=_mean(one.changed for one in details),
        unchanged=_mean(one.unchanged for one in details),
        by_class=_by_class(details),
    )


def spread_row(method: str, steps: int, samples: int, spreads: Sequence[MonthSpread]) -> SpreadRow:
    """The figures of the samples of many months; at least one."""
    by_month: dict[int, list[EnsembleFigures]] = {}
    for one in spreads:
        by_month.setdefault(one.month, []).append(one.figures)
    return SpreadRow(
        method=method,
        steps=steps,
        samples=samples,
        expected_in_range=range_share(samples),
        year=_spread([one.figures for one in spreads], samples),
        months=tuple(
            (f"{month:02d}", _spread(by_month[month], samples)) for month in sorted(by_month)
        ),
    )


def _spread(images: Sequence[EnsembleFigures], samples: int) -> SpreadFigures:
    def over(name: str) -> float:
        return math.fsum(getattr(one, name) for one in images) / len(images)

    return SpreadFigures(
        images=len(images),
        covered_50=over("covered_50"),
        covered_90=over("covered_90"),
        in_range=over("in_range"),
        crps=over("crps"),
        spread_over_error=spread_over_error(over("variance"), over("squared_error"), samples),
    )


def _by_class(details: Sequence[Detail]) -> tuple[tuple[str, float], ...]:
    """In the order in which classes first occur."""
    errors: dict[str, list[ClassError]] = {}
    for one in details:
        for name, error in one.by_class:
            errors.setdefault(name, []).append(error)
    return tuple(
        (name, decibels(sum(e.squared for e in found) / sum(e.pixels for e in found)))
        for name, found in errors.items()
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
