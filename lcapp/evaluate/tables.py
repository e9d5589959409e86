"""Rows as CSV and LaTeX, laid out as the paper's Tables 2 and 3 (percent, best figure bold)."""

import csv
import io
from collections.abc import Callable, Sequence

from lcapp.evaluate.class_figures import ClassRow, Spread
from lcapp.evaluate.series_figures import MonthRow, SeriesRow

_SHORT = {
    "building": "bld.",
    "pervious surface": "pvs.",
    "impervious surface": "ips.",
    "bare soil": "bs.",
    "water": "wt.",
    "coniferous": "cfs.",
    "deciduous": "dcs.",
    "brushwood": "bsd.",
    "vineyard": "vyd.",
    "herbaceous vegetation": "hvg.",
    "agricultural land": "agr.",
    "plowed land": "pld.",
}
"""Class names as the paper's Table 3 abbreviates them."""

_MEASURES: tuple[tuple[str, str, Callable[[MonthRow], float | None]], ...] = (
    ("psnr", "PSNR [dB]", lambda row: row.psnr),
    ("ssim", "SSIM", lambda row: row.ssim),
    ("sam", "SAM [$^\\circ$]", lambda row: row.sam),
    ("ergas", "ERGAS", lambda row: row.ergas),
    ("gradient_ratio", "Gradient ratio", lambda row: row.gradient_ratio),
    ("lr_consistency", "LR consistency", lambda row: row.lr_consistency),
)

Cell = str | int | float | None


def classes_csv(rows: Sequence[ClassRow]) -> str:
    """Table 2 and the two groups of classes; shares 0..1."""
    figures = ("miou", "oa", "miou_seasonal", "miou_others")
    head = ["method", "steps", "runs", "over", "parameters"]
    head += [f"{name}{part}" for name in figures for part in ("", "_std")]
    lines: list[list[Cell]] = []
    for row in rows:
        spreads: list[Spread] = [getattr(row, name) for name in figures]
        told: list[Cell] = [row.method, row.steps, row.runs, row.over, row.parameters]
        lines.append(told + [part for one in spreads for part in (one.mean, one.std)])
    return _csv(head, lines)


def per_class_csv(rows: Sequence[ClassRow]) -> str:
    """IoU and F1 of each class with their standard deviations, a line a class; shares 0..1."""
    head = ["method", "steps", "class", "iou", "iou_std", "f1", "f1_std"]
    return _csv(
        head,
        [
            [row.method, row.steps, name, iou.mean, iou.std, f1.mean, f1.std]
            for row in rows
            for (name, iou), (_, f1) in zip(row.iou, row.f1, strict=True)
        ],
    )


def confusion_csv(rows: Sequence[ClassRow], names: Sequence[str]) -> str:
    """Confusion matrices one below the other: a line a reference class, a column a map class."""
    return _csv(
        ["method", "steps", "reference", *names],
        [
            [row.method, row.steps, name, *counts]
            for row in rows
            for name, counts in zip(names, row.confusion, strict=True)
        ],
    )


def series_csv(rows: Sequence[SeriesRow]) -> str:
    """A line for each way and month, and `year`."""
    head = ["method", "image", "steps", "month", "images", *(name for name, _, _ in _MEASURES)]
    head += ["psnr_aerial", "ssim_aerial"]
    lines: list[list[Cell]] = []
    for row in rows:
        for month, figures in (*row.months, ("year", row.year)):
            told: list[Cell] = [row.method, row.image, row.steps, month, figures.images]
            told += [value(figures) for _, _, value in _MEASURES]
            near = row.aerial if month == "year" else None
            lines.append([*told, *((None, None) if near is None else (near.psnr, near.ssim))])
    return _csv(head, lines)


def classes_tex(rows: Sequence[ClassRow]) -> str:
    """The paper's Table 2: mIoU, OA and parameters."""
    columns = [[row.miou for row in rows], [row.oa for row in rows]]
    best = [_best([one.mean for one in column]) for column in columns]
    lines = []
    for place, row in enumerate(rows):
        cells = [
            _percent(column[place], bold=column[place].mean == top)
            for column, top in zip(columns, best, strict=True)
        ]
        millions = "--" if row.parameters is None else f"{row.parameters / 1e6:.1f}"
        lines.append([_named(row), *cells, millions])
    return _tex(["Method", "mIoU [\\%]", "OA [\\%]", "Params [M]"], lines)


def per_class_tex(rows: Sequence[ClassRow]) -> str:
    """The paper's Table 3: IoU of each class."""
    names = [name for name, _ in rows[0].iou] if rows else []
    best = [_best([row.iou[place][1].mean for row in rows]) for place in range(len(names))]
    lines = [
        [_named(row)]
        + [
            "--" if iou.mean is None else _emphasised(f"{100 * iou.mean:.1f}", iou.mean == top)
            for (_, iou), top in zip(row.iou, best, strict=True)
        ]
        for row in rows
    ]
    return _tex(["Models", *(f"\\textit{{{_SHORT.get(name, name)}}}" for name in names)], lines)


def series_tex(rows: Sequence[SeriesRow]) -> str:
    """The year, a line for each way."""
    lines = [
        _told(row) + [_figure(value(row.year), 4) for _, _, value in _MEASURES] for row in rows
    ]
    return _tex(["Series", "Steps", *(head for _, head, _ in _MEASURES)], lines)


def months_tex(rows: Sequence[SeriesRow]) -> str:
    """PSNR in dB of each month, a line for each way."""
    months = sorted({month for row in rows for month, _ in row.months})
    found = [dict(row.months) for row in rows]
    lines = [
        _told(row) + [_figure(own[month].psnr if month in own else None, 3) for month in months]
        for row, own in zip(rows, found, strict=True)
    ]
    return _tex(["Series", "Steps", *months], lines)


def _csv(head: Sequence[str], lines: Sequence[Sequence[Cell]]) -> str:
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(head)
    for line in lines:
        writer.writerow([f"{one:.6g}" if isinstance(one, float) else one for one in line])
    return page.getvalue()


def _tex(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = [" & ".join(cells) + r" \\" for cells in (head, *lines)]
    begin = f"\\begin{{tabular}}{{l{'c' * (len(head) - 1)}}}"
    body = ["\\hline", rows[0], "\\hline", *rows[1:], "\\hline"]
    return "\n".join([begin, *body, "\\end{tabular}", ""])


def _named(row: ClassRow) -> str:
    return _escaped(row.method if row.steps is None else f"{row.method} ({row.steps} steps)")


def _told(row: SeriesRow) -> list[str]:
    steps = "--" if row.steps is None else str(row.steps)
    return [_escaped(f"{row.method}, {row.image}"), steps]


def _percent(one: Spread, *, bold: bool) -> str:
    if one.mean is None:
        return "--"
    mean = _emphasised(f"{100 * one.mean:.1f}", bold)
    return mean if one.std is None else f"{mean} $\\pm$ {100 * one.std:.2f}"


def _emphasised(text: str, bold: bool) -> str:
    return f"\\textbf{{{text}}}" if bold else text


def _figure(value: float | None, digits: int) -> str:
    return "--" if value is None else f"{value:.{digits}g}"


def _best(values: Sequence[float | None]) -> float | None:
    """The highest value above 0: where nothing was found, nobody was best."""
    return max((value for value in values if value), default=None)


def _escaped(text: str) -> str:
    """Text in which LaTeX sees no commands."""
    special = {**{one: f"\\{one}" for one in "&%$#_{}"}, "\\": "/", "~": " ", "^": " "}
    return "".join(special.get(letter, letter) for letter in text)
