"""A scene's figures month by month, for all ways of making the months."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lcapp.evaluate.records import MonthFigures, SeriesFigures
from lcapp.evaluate.series_figures import TRUTH, month_row
from lcapp.language import message
from lcapp.types import Floats
from lcapp.types.metrics import MonthMetric

SUPER_RESOLVED = message("super-resolved")
"""What a run's own year is called beside its rivals."""

AGREEMENT = message("agreement with the aerial image")
"""Of the month, however it is made."""


@dataclass(frozen=True)
class _Metric:
    """A figure, and the field of `MonthRow` that holds it."""

    field: str
    name: str
    unit: str
    best: str
    digits: int
    meaning: str


_METRICS = (
    _Metric(
        *("psnr", message("PSNR"), message("dB"), "high", 2),
        message("Peak signal to noise ratio against the truth."),
    ),
    _Metric(
        *("ssim", message("SSIM"), "", "high", 3),
        message("Structural similarity to the truth, 1 is alike."),
    ),
    _Metric(
        *("sam", message("SAM"), message("°"), "low", 2),
        message("Angle between the spectra and those of the truth."),
    ),
    _Metric(
        *("ergas", message("ERGAS"), "", "low", 2),
        message("Relative error of all bands together, 0 is best."),
    ),
    _Metric(
        *("improvement", message("improvement"), "", "high", 3),
        message("Share of the detail that Sentinel-2 lacks which is shown as it is (opensr-test)."),
    ),
    _Metric(
        *("omission", message("omission"), "", "low", 3),
        message("Share of that detail which is not shown."),
    ),
    _Metric(
        *("hallucination", message("hallucination"), "", "low", 3),
        message("Share of that detail which is shown as it is not."),
    ),
    _Metric(
        *("lr_consistency", message("LR consistency"), message("reflectance"), "low", 4),
        message(
            "Difference of the picture brought back to 10 m from what Sentinel-2 measured; 0 says "
            "that nothing contradicts it, not that the detail is right."
        ),
    ),
)


def month_metrics(
    judged: Mapping[str, SeriesFigures], agreement: Floats
) -> tuple[MonthMetric, ...]:
    """All figures that are known, by month and for the year.

    Args:
        judged: Way of making the months to its figures, in the order of a table.
        agreement: M C, of the series, 0..1.
    """
    found = [_metric(one, judged) for one in _METRICS]
    by_month = tuple(_mean(bands.tolist()) for bands in agreement)
    found.append(
        MonthMetric(
            message("agreement"),
            "",
            "high",
            message("Share of the month's variance at 10 m that the aerial image explains."),
            {AGREEMENT: by_month},
            {AGREEMENT: _mean([one for one in by_month if one is not None])},
            digits=3,
        )
    )
    return tuple(one for one in found if any(v is not None for y in one.lines.values() for v in y))


def _metric(one: _Metric, judged: Mapping[str, SeriesFigures]) -> MonthMetric:
    def value(images: Sequence[MonthFigures]) -> float | None:
        found: float | None = getattr(month_row(images), one.field)
        return found

    lines = {}
    for way, series in judged.items():
        if way == TRUTH and one.field != "lr_consistency":
            continue  # the best that can be, and nothing else beside it could be told apart
        of = {figures.month: figures for figures in series.months}
        lines[way] = tuple(value([of[m]]) if m in of else None for m in range(1, 13))
    told = {way: line for way, line in lines.items() if any(v is not None for v in line)}
    return MonthMetric(
        one.name,
        one.unit,
        one.best,
        one.meaning,
        told,
        {way: value(judged[way].months) for way in told},
        one.digits,
    )


def _mean(values: Sequence[float]) -> float | None:
    known = [one for one in values if math.isfinite(one)]
    return math.fsum(known) / len(known) if known else None


def metrics_csv(metrics: Sequence[MonthMetric]) -> str:
    """One line a figure and way: name, unit, way, January to December, the year; empty for none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["figure", "unit", "way", *(f"{m:02d}" for m in range(1, 13)), "year"])
    for one in metrics:
        for way, values in one.lines.items():
            numbers = (*values, one.year[way])
            cells = ["" if value is None else f"{value:.6g}" for value in numbers]
            writer.writerow([one.name, one.unit, way, *cells])
    return text.getvalue()
