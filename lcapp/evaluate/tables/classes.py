"""Class figures as CSV and LaTeX, laid out as the paper's Tables 2 and 3 (percent, best bold)."""

from collections.abc import Sequence

from lcapp.evaluate.class_figures import MEASURES, ClassRow, Spread
from lcapp.evaluate.tables.layout import Cell, csv_page, escaped, tex_page

SHORT = {
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


_PARTS = ("", "_std", "_half", "_low", "_high")
"""Of a figure, in CSV."""


def classes_csv(rows: Sequence[ClassRow]) -> str:
    """Table 2 and all further means; shares 0..1.

    `_half` is half of a 95 % interval over the runs, `_low` and `_high` are the ends of one over
    domains and trainings.
    """
    head = ["method", "steps", "runs", "over", "parameters"]
    head += [f"{name}{part}" for name in MEASURES for part in _PARTS]
    lines: list[list[Cell]] = []
    for row in rows:
        spreads: list[Spread] = [getattr(row, name) for name in MEASURES]
        told: list[Cell] = [row.method, row.steps, row.runs, row.over, row.parameters]
        lines.append(told + [part for one in spreads for part in _parts(one)])
    return csv_page(head, lines)


def per_class_csv(rows: Sequence[ClassRow]) -> str:
    """IoU and F1 of each class, a line a class; shares 0..1, parts as in `classes_csv`."""
    head = [
        "method",
        "steps",
        "class",
        *(f"{one}{part}" for one in ("iou", "f1") for part in _PARTS),
    ]
    return csv_page(
        head,
        [
            [row.method, row.steps, name, *_parts(iou), *_parts(f1)]
            for row in rows
            for (name, iou), (_, f1) in zip(row.iou, row.f1, strict=True)
        ],
    )


def confusion_csv(rows: Sequence[ClassRow], names: Sequence[str]) -> str:
    """Confusion matrices one below the other: a line a reference class, a column a map class."""
    return csv_page(
        ["method", "steps", "reference", *names],
        [
            [row.method, row.steps, name, *counts]
            for row in rows
            for name, counts in zip(names, row.confusion, strict=True)
        ],
    )


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
    return tex_page(["Method", "mIoU [\\%]", "OA [\\%]", "Params [M]"], lines)


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
    return tex_page(["Models", *(f"\\textit{{{SHORT.get(name, name)}}}" for name in names)], lines)


def _named(row: ClassRow) -> str:
    return escaped(row.method if row.steps is None else f"{row.method} ({row.steps} steps)")


def _parts(one: Spread) -> tuple[float | None, ...]:
    return one.mean, one.std, one.half, one.low, one.high


def _percent(one: Spread, *, bold: bool) -> str:
    """Mean, deviation over runs, and the interval over domains and trainings."""
    if one.mean is None:
        return "--"
    told = _emphasised(f"{100 * one.mean:.1f}", bold)
    if one.std is not None:
        told += f" $\\pm$ {100 * one.std:.2f}"
    if one.low is not None and one.high is not None:
        told += f" [{100 * one.low:.1f}, {100 * one.high:.1f}]"
    return told


def _emphasised(text: str, bold: bool) -> str:
    return f"\\textbf{{{text}}}" if bold else text


def _best(values: Sequence[float | None]) -> float | None:
    """The highest value above 0: where nothing was found, nobody was best."""
    return max((value for value in values if value), default=None)
