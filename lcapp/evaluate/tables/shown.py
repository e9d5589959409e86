"""Rows of an evaluation as tables for a page, in the layout of the paper's Tables 2 and 3."""

from collections.abc import Sequence

from lcapp.classes import TABLES
from lcapp.evaluate.class_figures import MAJORITY, WITHOUT_SERIES, ClassRow, Spread
from lcapp.evaluate.intervals import Difference
from lcapp.evaluate.series_figures import TRUTH, SeriesRow, SpreadRow
from lcapp.evaluate.tables.classes import SHORT
from lcapp.language import message, tr, trn
from lcapp.types.figures import Figure, FigureColumn, FigureRow, FigureTable

_OVERALL = (
    ("miou", message("mIoU [%]"), message("Mean over the classes of intersection over union: the "
     "pixels that map and reference both give to a class, of those that either gives to it.")),
    ("oa", message("OA [%]"), message("Overall accuracy: the share of pixels whose class is "
     "right.")),
    ("miou_seasonal", message("mIoU, seasonal [%]"), message("Over the six classes that differ in "
     "their year, which should gain by a series: crops, meadows, woods and vineyards.")),
    ("miou_near_edges", message("mIoU, edges [%]"), message("On pixels within 1 m of an edge "
     "between two labels.")),
)  # fmt: skip

_PARAMETERS = message("Millions of parameters of the network.")

_YEAR = (
    ("psnr", FigureColumn(message("PSNR [dB]"), 2, "high",
     message("Peak signal to noise ratio against the truth."))),
    ("ssim", FigureColumn(message("SSIM"), 3, "high",
     message("Structural similarity to the truth, 1 is alike."))),
    ("sam", FigureColumn(message("SAM [°]"), 2, "low",
     message("Angle between the spectra and those of the truth."))),
    ("ergas", FigureColumn(message("ERGAS"), 2, "low",
     message("Relative error of all bands together."))),
    ("gradient_ratio", FigureColumn(message("Gradients"), 2, "one",
     message("Sharpness over that of the truth."))),
    ("improvement", FigureColumn(message("Right detail"), 3, "high", message("Share of the detail "
     "that Sentinel-2 lacks which is shown as it is (opensr-test)."))),
    ("omission", FigureColumn(message("Left out"), 3, "low",
     message("Share of that detail which is not shown."))),
    ("hallucination", FigureColumn(message("Invented"), 3, "low",
     message("Share of that detail which is shown as it is not."))),
    ("lr_consistency", FigureColumn(message("LR consistency"), 4, "low", message("Difference of "
     "the picture brought back to 10 m from what Sentinel-2 measured, in reflectance; 0 says that "
     "nothing contradicts it, not that the detail is right."))),
)  # fmt: skip

_SPREAD = (
    ("crps", FigureColumn(message("CRPS"), 4, "low", message("How far the samples lie from the "
     "truth, each taken for its likelihood."))),
    ("covered_50", FigureColumn(message("In 50 %"), 3, "", message("Share of the truth within the "
     "50 % interval of the samples; 0.5 is right."))),
    ("covered_90", FigureColumn(message("In 90 %"), 3, "",
     message("The same of the 90 % interval; 0.9 is right."))),
    ("spread_over_error", FigureColumn(message("Spread / error"), 2, "one", message("Below 1 the "
     "samples are too sure of themselves."))),
)  # fmt: skip

_DIFFERENCES = {
    "miou": (message("mIoU [points]"), 2, 100.0),
    "oa": (message("OA [points]"), 2, 100.0),
    "miou_near_edges": (message("mIoU, edges [points]"), 2, 100.0),
    "psnr": (message("PSNR [dB]"), 2, 1.0),
    "changed": (message("PSNR, changed [dB]"), 2, 1.0),
}
"""Figure to the name of its column, the digits, and what it is multiplied by."""


def over_domains(rows: Sequence[ClassRow]) -> bool:
    """Whether the intervals are those over domains; else, with too few of them, over runs."""
    return any(row.oa.low is not None for row in rows)


def overall_table(rows: Sequence[ClassRow]) -> FigureTable:
    """The paper's Table 2: mIoU, OA and parameters."""
    wide = over_domains(rows)
    columns = [FigureColumn(head, 1, "high", meaning) for _, head, meaning in _OVERALL]
    columns.append(FigureColumn(message("Params [M]"), 1, "", _PARAMETERS))
    return FigureTable(
        message("Method"),
        tuple(columns),
        tuple(
            _class_line(
                row,
                (
                    *(_percent(getattr(row, name), over_domains=wide) for name, _, _ in _OVERALL),
                    Figure(None if row.parameters is None else row.parameters / 1e6),
                ),
            )
            for row in rows
        ),
    )


def class_table(rows: Sequence[ClassRow]) -> FigureTable:
    """The paper's Table 3: IoU of each class in per cent; the meaning of a column is its class."""
    wide = over_domains(rows)
    names = [name for name, _ in rows[0].iou] if rows else []
    return FigureTable(
        message("IoU [%]"),
        tuple(_class_column(name) for name in names),
        tuple(
            _class_line(row, tuple(_percent(one, over_domains=wide) for _, one in row.iou))
            for row in rows
        ),
    )


def _class_column(name: str) -> FigureColumn:
    spoken = next(
        (one.spoken for table in TABLES.values() for one in table.classes if one.en == name), name
    )
    short = SHORT.get(name, name) if spoken == name else spoken  # the paper's are English
    return FigureColumn(short, 1, "high", spoken)


def year_table(rows: Sequence[SeriesRow]) -> FigureTable:
    """Super-resolved years; figures that no row has are left out."""
    there = [one for one in _YEAR if any(getattr(row.year, one[0]) is not None for row in rows)]
    return FigureTable(
        message("Series"),
        tuple(column for _, column in there),
        tuple(
            FigureRow(
                line_name(f"{row.method}, {tr(row.image)}", row.steps),
                tuple(Figure(getattr(row.year, name)) for name, _ in there),
                competes=row.image != TRUTH,
            )
            for row in rows
        ),
    )


def spread_table(rows: Sequence[SpreadRow]) -> FigureTable:
    """The samples around the truth, over the year."""
    return FigureTable(
        message("Samples"),
        tuple(column for _, column in _SPREAD),
        tuple(
            FigureRow(
                line_name(tr("{method}, {n} samples", method=row.method, n=row.samples), row.steps),
                tuple(Figure(getattr(row.year, name)) for name, _ in _SPREAD),
            )
            for row in rows
        ),
    )


def difference_table(found: Sequence[Difference]) -> FigureTable:
    """One line less another, with its 95 % interval over domains; a column a figure."""
    there = [name for name in _DIFFERENCES if any(one.figure == name for one in found)]
    lines: dict[str, dict[str, Figure]] = {}
    for one in found:
        if one.figure in there:
            times = _DIFFERENCES[one.figure][2]
            low, high = (None if end is None else times * end for end in (one.low, one.high))
            figure = Figure(times * one.mean, None, low, high)
            lines.setdefault(tr("{one} less {other}", one=one.of, other=one.less), {})[
                one.figure
            ] = figure
    columns = [FigureColumn(*_DIFFERENCES[one][:2], "") for one in there]
    return FigureTable(
        message("Difference"),
        tuple(columns),
        tuple(
            FigureRow(name, tuple(line.get(one, Figure(None)) for one in there))
            for name, line in lines.items()
        ),
    )


def _class_line(row: ClassRow, figures: tuple[Figure, ...]) -> FigureRow:
    rival = row.method != MAJORITY and not row.method.endswith(WITHOUT_SERIES)
    return FigureRow(line_name(row.method, row.steps), figures, competes=rival)


def _percent(one: Spread, *, over_domains: bool) -> Figure:
    if one.mean is None:
        return Figure(None)
    mean, half, low, high = one.mean, one.half, one.low, one.high
    if not over_domains and half is not None:
        low, high = max(0.0, mean - half), min(1.0, mean + half)
    ends = (None if end is None else 100 * end for end in (low, high))
    return Figure(100 * mean, None if one.std is None else 100 * one.std, *ends)


def line_name(name: str, steps: int | None) -> str:
    """What a line is called."""
    if steps is None:
        return name
    return trn("{name} ({n} step)", "{name} ({n} steps)", steps, name=name)
