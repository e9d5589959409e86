"""A table as Markdown, CSV and LaTeX: the paper's figures beside those that were measured here."""

from collections.abc import Sequence

from lcapp.evaluate.class_figures import Spread
from lcapp.evaluate.intervals import Difference
from lcapp.evaluate.tables.layout import Cell, csv_page, escaped, markdown_page, tex_page
from lcapp.recipes.table import Found, Table

_OF_SPREAD = ("mean", "std", "low", "high")
_OF_AHEAD = ("mean", "low", "high", "nested_low", "nested_high", "scenes_low", "scenes_high")


def pages(table: Table) -> dict[str, str]:
    """File name to content."""
    stem = f"table{table.name}"
    return {
        f"{stem}.md": markdown(table),
        f"{stem}.csv": as_csv(table),
        f"{stem}.tex": latex(table),
    }


def markdown(table: Table) -> str:
    """With a caption, and what is missing."""
    head, lines = _cells(table)
    caption, *rest = told(table)
    return "\n".join(
        [f"**{caption}**", "", markdown_page(head, lines), *(f"- {one}" for one in rest), ""]
    )


def latex(table: Table) -> str:
    """A `tabular`; what the caption says and what is missing stands above it as comments."""
    head, lines = _cells(table)
    said = "".join(f"% {line}\n" for line in told(table))
    cells = [[_tex(cell) for cell in line] for line in lines]
    return said + tex_page([_tex(one) for one in head], cells)


def as_csv(table: Table) -> str:
    """A line a method, numbers without rounding; shares 0..1 here, per cent in the paper."""
    classes = _classes(table)
    head = ["row", "name", "setting", "collection", "trainings", "asked_for", "parameters"]
    head += [f"{name}_{part}" for name in ("miou", "oa", *classes) for part in _OF_SPREAD]
    head += [f"ahead_{part}" for part in _OF_AHEAD]
    head += ["paper_miou", "paper_miou_std", "paper_oa", "paper_oa_std", "paper_parameters"]
    head += [f"paper_{name}" for name in classes]
    lines: list[list[Cell]] = []
    for one in table.lines:
        row, line = one.row, one.line
        told: list[Cell] = [line.row, line.name, table.setting, table.collection]
        told += [len(one.seeds), len(one.seeds) + len(one.missing)]
        told.append(None if row is None else row.parameters)
        spreads: list[Spread | None] = [None] * (2 + len(classes))
        if row is not None:
            spreads = [row.miou, row.oa, *(dict(row.iou).get(name) for name in classes)]
        told += [None if s is None else getattr(s, part) for s in spreads for part in _OF_SPREAD]
        told += [None if one.ahead is None else getattr(one.ahead, part) for part in _OF_AHEAD]
        told += [*_two(line.miou), *_two(line.oa), line.parameters]
        told += line.iou or (None,) * len(classes)
        lines.append(told)
    return csv_page(head, lines)


def told(table: Table) -> list[str]:
    """The caption, what the figures are, and what is missing."""
    where = f"{table.scenes} {'simulated ' if table.simulated else ''}scenes of {table.domains} "
    lines = [
        f"Table {table.name}. {table.declared.caption}",
        f"Here: {table.summary}; {where}domains of {table.collection}. Mean ± deviation over "
        "trainings [95 % interval over domains, and over trainings where there are several].",
        f"Paper: {table.declared.source}, FLAIR #2.",
    ]
    if table.setting != "paper" or table.simulated:
        lines.append("The figures here are of another setting than the paper's: compare the order.")
    if any(one.ahead for one in table.lines):
        lines.append(
            f"The last column is mIoU of {table.declared.reference} less that of the line, paired "
            "on the same domains."
        )
    if table.missing:
        lines.append(f"Not trained yet: {', '.join(table.missing)}.")
    return lines


def _cells(table: Table) -> tuple[list[str], list[list[str]]]:
    """Head and lines as people read them; a table of classes has no deviations."""
    if classes := _classes(table):
        head = ["Method", "", *classes]
        lines = []
        for one in table.lines:
            iou = {} if one.row is None else dict(one.row.iou)
            here = [iou[name].mean if name in iou else None for name in classes]
            lines.append([one.line.name, "here", *(_share(value) for value in here)])
            paper = one.line.iou or (None,) * len(classes)
            lines.append(["", "paper", *(_number(value) for value in paper)])
        return head, lines
    head = ["Method", "Trainings", "mIoU", "OA", "M", "mIoU, paper", "OA, paper", "M, paper"]
    head.append(f"{table.declared.reference} ahead by")
    return head, [_line(one) for one in table.lines]


def _line(one: Found) -> list[str]:
    row, line = one.row, one.line
    asked = len(one.seeds) + len(one.missing)
    trainings = f"{len(one.seeds)} of {asked}" if one.missing else str(len(one.seeds))
    millions = "" if row is None or row.parameters is None else f"{row.parameters / 1e6:.1f}"
    return [
        *(line.name, trainings),
        *(_spread(None if row is None else row.miou), _spread(None if row is None else row.oa)),
        *(millions, _paper(line.miou), _paper(line.oa), _number(line.parameters)),
        _ahead(one.ahead),
    ]


def _spread(one: Spread | None) -> str:
    if one is None or one.mean is None:
        return "--"
    text = f"{100 * one.mean:.1f}"
    if one.std is not None:
        text += f" ± {100 * one.std:.2f}"
    if one.low is not None and one.high is not None:
        text += f" [{100 * one.low:.1f}, {100 * one.high:.1f}]"
    return text


def _ahead(one: Difference | None) -> str:
    """With the interval over domains and trainings, or over domains alone."""
    if one is None:
        return ""
    low, high = one.nested_low, one.nested_high
    if low is None or high is None:
        low, high = one.low, one.high
    ends = "" if low is None or high is None else f" [{100 * low:+.1f}, {100 * high:+.1f}]"
    return f"{100 * one.mean:+.1f}{ends}"


def _paper(figure: Sequence[float]) -> str:
    mean, deviation = _two(figure)
    if mean is None:
        return "--"
    return f"{mean:.1f}" if deviation is None else f"{mean:.1f} ± {deviation:.2f}"


def _two(figure: Sequence[float]) -> tuple[float | None, float | None]:
    return (figure[0] if figure else None), (figure[1] if len(figure) > 1 else None)


def _number(value: float | None) -> str:
    return "--" if value is None else f"{value:.1f}"


def _share(value: float | None) -> str:
    return "--" if value is None else f"{100 * value:.1f}"


def _classes(table: Table) -> list[str]:
    """Names of the classes, in a table that shows them."""
    if not any(one.line.iou for one in table.lines):
        return []
    return next(([name for name, _ in one.row.iou] for one in table.lines if one.row), [])


def _tex(text: str) -> str:
    return escaped(text).replace("±", r"$\pm$")
