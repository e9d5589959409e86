"""Super-resolution figures as CSV and LaTeX."""

from collections.abc import Callable, Sequence

from lcapp.evaluate.intervals import Difference
from lcapp.evaluate.series_figures import MonthRow, SeriesRow, SpreadRow
from lcapp.evaluate.tables.layout import Cell, csv_page, escaped, figure, tex_page

Measures = Sequence[tuple[str, str, Callable[[MonthRow], float | None]]]

_MEASURES: Measures = (
    ("psnr", "PSNR [dB]", lambda row: row.psnr),
    ("ssim", "SSIM", lambda row: row.ssim),
    ("sam", "SAM [$^\\circ$]", lambda row: row.sam),
    ("ergas", "ERGAS", lambda row: row.ergas),
    ("gradient_ratio", "Gradient ratio", lambda row: row.gradient_ratio),
    ("lr_consistency", "LR consistency", lambda row: row.lr_consistency),
)

_DETAIL: Measures = (
    ("improvement", "Improvement", lambda row: row.improvement),
    ("omission", "Omission", lambda row: row.omission),
    ("hallucination", "Hallucination", lambda row: row.hallucination),
    ("ndvi_rmse", "NDVI RMSE", lambda row: row.ndvi),
    ("psnr_changed", "PSNR, changed [dB]", lambda row: row.changed),
    ("psnr_unchanged", "PSNR, others [dB]", lambda row: row.unchanged),
    ("absolute_error", "Absolute error", lambda row: row.absolute_error),
)

_SPREAD = ("covered_50", "covered_90", "in_range", "crps", "spread_over_error")


def series_csv(rows: Sequence[SeriesRow]) -> str:
    """A line for each way and month, and `year`."""
    head = ["method", "image", "steps", "month", "images"]
    head += [name for name, _, _ in (*_MEASURES, *_DETAIL)]
    head += ["psnr_aerial", "ssim_aerial", "psnr_low", "psnr_high"]
    lines: list[list[Cell]] = []
    for row in rows:
        for month, figures in (*row.months, ("year", row.year)):
            told: list[Cell] = [row.method, row.image, row.steps, month, figures.images]
            told += [value(figures) for _, _, value in (*_MEASURES, *_DETAIL)]
            near = row.aerial if month == "year" else None
            told += (None, None) if near is None else (near.psnr, near.ssim)
            told += (row.psnr_low, row.psnr_high) if month == "year" else (None, None)
            lines.append(told)
    return csv_page(head, lines)


def series_classes_csv(rows: Sequence[SeriesRow]) -> str:
    """PSNR in dB on the pixels of each class: a line for each way, month or `year`, and class."""
    return csv_page(
        ["method", "image", "steps", "month", "class", "psnr"],
        [
            [row.method, row.image, row.steps, month, name, psnr]
            for row in rows
            for month, figures in (*row.months, ("year", row.year))
            for name, psnr in figures.by_class
        ],
    )


def spread_csv(rows: Sequence[SpreadRow]) -> str:
    """The samples around the truth: a line for each method and month, and `year`."""
    head = ["method", "steps", "samples", "month", "images", *_SPREAD, "expected_in_range"]
    return csv_page(
        head,
        [
            [
                *(row.method, row.steps, row.samples, month, figures.images),
                *(getattr(figures, name) for name in _SPREAD),
                row.expected_in_range,
            ]
            for row in rows
            for month, figures in (*row.months, ("year", row.year))
        ],
    )


def differences_csv(found: Sequence[Difference]) -> str:
    """One line of a table less another, with its 95 % interval over domains."""
    names = ("figure", "of", "less", "mean", "low", "high", "domains", "scenes", "trainings")
    return csv_page(names, [[getattr(one, name) for name in names] for one in found])


def series_tex(rows: Sequence[SeriesRow]) -> str:
    """The year, a line for each way; of PSNR the interval over domains and trainings."""
    lines = []
    for row in rows:
        psnr, *others = [figure(value(row.year), 4) for _, _, value in _MEASURES]
        if row.psnr_low is not None and row.psnr_high is not None:
            psnr += f" [{row.psnr_low:.2f}, {row.psnr_high:.2f}]"
        lines.append([*_told(row), psnr, *others])
    return tex_page(["Series", "Steps", *(head for _, head, _ in _MEASURES)], lines)


def detail_tex(rows: Sequence[SeriesRow]) -> str:
    """Where the year is right and where not, a line for each way."""
    lines = [_told(row) + [figure(value(row.year), 4) for _, _, value in _DETAIL] for row in rows]
    return tex_page(["Series", "Steps", *(head for _, head, _ in _DETAIL)], lines)


def months_tex(rows: Sequence[SeriesRow]) -> str:
    """PSNR in dB of each month, a line for each way."""
    months = sorted({month for row in rows for month, _ in row.months})
    found = [dict(row.months) for row in rows]
    lines = [
        _told(row) + [figure(own[month].psnr if month in own else None, 3) for month in months]
        for row, own in zip(rows, found, strict=True)
    ]
    return tex_page(["Series", "Steps", *months], lines)


def _told(row: SeriesRow) -> list[str]:
    steps = "--" if row.steps is None else str(row.steps)
    return [escaped(f"{row.method}, {row.image}"), steps]
