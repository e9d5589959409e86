"""The tables of `evaluate` as a terminal shows them: a short one for each question."""

from collections.abc import Sequence
from typing import Any

from lcapp.evaluate.series_figures import TRUTH
from lcapp.evaluate.tables.layout import figure

_LABEL = 42
"""Characters of the first column."""

_WIDE = 24
"""Characters of a share with deviation and interval."""

_PAIR = 66
"""Where that column names two lines."""

_CLASSES = (
    ("miou", "mIoU"),
    ("oa", "OA"),
    ("miou_seasonal", "seasonal"),
    ("miou_others", "others"),
)
_CLASSES_TOO = (
    ("miou_with_other", "mIoU"),
    ("oa_with_other", "OA"),
    ("miou_near_edges", "mIoU, edges"),
    ("oa_near_edges", "OA, edges"),
)
_SERIES = (
    ("psnr", "PSNR"),
    ("ssim", "SSIM"),
    ("sam", "SAM"),
    ("ergas", "ERGAS"),
    ("gradient_ratio", "gradients"),
    ("lr_consistency", "LR"),
)
_DETAIL = (
    ("improvement", "improved"),
    ("omission", "omitted"),
    ("hallucination", "invented"),
    ("ndvi", "NDVI RMSE"),
    ("changed", "changed"),
    ("unchanged", "others"),
)
_SPREAD = (
    ("crps", "CRPS"),
    ("covered_50", "in 50 %"),
    ("covered_90", "in 90 %"),
    ("in_range", "in range"),
    ("spread_over_error", "spread"),
)
_DIFFERENCES = (
    (("miou", "mIoU [%]"), ("oa", "OA [%]"), ("miou_near_edges", "mIoU, edges [%]")),
    (("psnr", "PSNR [dB]"), ("changed", "PSNR, changed [dB]")),
)
"""Of lines of the classes, then of the years; `differences.csv` has all."""


def show(answer: dict[str, Any]) -> str:
    """What `evaluate` answers, as text."""
    if "part" in answer:
        rank, processes = answer["part"]
        then = "when all are, call again without --part"
        return f"part {rank} of {processes} is done; {then}\nkept in {answer['out']}"
    count = len(answer["scenes"])
    lines = [f"{count} scene{'s' if count > 1 else ''} of {answer['collection']}"]
    if answer["simulated"]:
        lines[0] += ", simulated"
    lines += [f"left out: {scene}: {reason}" for scene, reason in answer["left_out"].items()]
    lines += [f"{note} ({of} of {count} scenes)" for note, of in answer["notes"].items()]
    lines += [
        f"{name} has random initial weights: its figures mean nothing"
        for name in answer["untrained"]
    ]
    if answer["classes"]:
        lines += _classes(answer["classes"], "%", _CLASSES)
        lines += _classes(answer["classes"], '% with "other"; within 1 m of edges', _CLASSES_TOO)
    else:
        lines.append("no scene has labels: there are no class figures")
    rows = answer["series"]
    if rows:
        lines += _series(rows)
        told = [row for row in rows if row["image"] != TRUTH]
        lines += _by_key(told, "PSNR by month", _psnr_of_months)
        lines += _year(rows, "year: detail; NDVI; PSNR, pixels changed", _DETAIL)
        lines += _by_key(told, "PSNR by class, year", lambda row: row["year"]["by_class"])
        lines += _spread(answer["spread"], told)
    lines += _differences(answer["differences"])
    return "\n".join([*lines, f"written to {answer['out']}"])


def _classes(
    rows: Sequence[dict[str, Any]], head: str, columns: Sequence[tuple[str, str]]
) -> list[str]:
    lines = ["", f"{head:{_LABEL}} " + " ".join(f"{title:>{_WIDE}}" for _, title in columns)]
    return lines + [
        f"{_named(row['method'], row['steps']):{_LABEL}} "
        + " ".join(f"{_percent(row[name]):>{_WIDE}}" for name, _ in columns)
        for row in rows
    ]


def _series(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The year, and the month nearest to the aerial image against that image."""
    head, *lines = _table(rows, "year", _SERIES)
    near = [row["aerial"] or {"psnr": None, "ssim": None} for row in rows]
    lines = [
        f"{line} {figure(one['psnr'], 4):>9} {figure(one['ssim'], 4):>9}"
        for line, one in zip(lines, near, strict=True)
    ]
    return ["", f"{head} {'PSNR air':>9} {'SSIM air':>9}", *lines]


def _year(
    rows: Sequence[dict[str, Any]], head: str, columns: Sequence[tuple[str, str]]
) -> list[str]:
    """Nothing where no row has one of the figures."""
    if all(row["year"][name] is None for row in rows for name, _ in columns):
        return []
    return ["", *_table(rows, head, columns)]


def _table(
    rows: Sequence[dict[str, Any]], head: str, columns: Sequence[tuple[str, str]]
) -> list[str]:
    lines = [f"{head:{_LABEL}} " + " ".join(f"{title:>9}" for _, title in columns)]
    return lines + [
        f"{_told(row):{_LABEL}} "
        + " ".join(f"{figure(row['year'][name], 4):>9}" for name, _ in columns)
        for row in rows
    ]


def _by_key(rows: Sequence[dict[str, Any]], head: str, of: Any) -> list[str]:
    """PSNR of each month or class, a line for each row; nothing where there is none."""
    found = [of(row) for row in rows]
    names = sorted({name for one in found for name in one})
    if not names:
        return []
    wide = [min(max(len(name), 5), 12) for name in names]
    titles = (f"{name[:width]:>{width}}" for name, width in zip(names, wide, strict=True))
    lines = ["", f"{head:{_LABEL}} " + " ".join(titles)]
    for row, one in zip(rows, found, strict=True):
        cells = (
            f"{'--' if one.get(name) is None else f'{one[name]:.1f}':>{width}}"
            for name, width in zip(names, wide, strict=True)
        )
        lines.append(f"{_told(row):{_LABEL}} " + " ".join(cells))
    return lines


def _psnr_of_months(row: dict[str, Any]) -> dict[str, float | None]:
    known = {month: one["psnr"] for month, one in row["months"].items()}
    return {month: one for month, one in known.items() if one is not None}


def _spread(rows: Sequence[dict[str, Any]], series: Sequence[dict[str, Any]]) -> list[str]:
    """The samples around the truth, below them single images: their CRPS is their mean error."""
    if not rows:
        return []
    wanted = ", ".join(dict.fromkeys(f"{one['expected_in_range']:.2f}" for one in rows))
    head = f"spread; right: 0.5, 0.9, {wanted} in range, 1"
    lines = ["", f"{head:{_LABEL}} " + " ".join(f"{title:>9}" for _, title in _SPREAD)]
    for row in rows:
        label = _named(f"{row['method']}, {row['samples']} samples", row["steps"])
        cells = (f"{figure(row['year'][name], 3):>9}" for name, _ in _SPREAD)
        lines.append(f"{label:{_LABEL}} " + " ".join(cells))
    return lines + [
        f"{_told(row):{_LABEL}} {figure(row['year']['absolute_error'], 3):>9}" for row in series
    ]


def _differences(found: Sequence[dict[str, Any]]) -> list[str]:
    """Each with its interval over domains, and over trainings where there are several."""
    lines: list[str] = []
    for columns in _DIFFERENCES:
        pairs: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        for one in found:
            if one["figure"] in dict(columns):
                pairs.setdefault((one["of"], one["less"]), {})[one["figure"]] = one
        if not pairs:
            continue
        domains = max(one["domains"] for pair in pairs.values() for one in pair.values())
        head = f"differences [95 % over {domains} domains]"
        lines += ["", f"{head:{_PAIR}} " + " ".join(f"{title:>24}" for _, title in columns)]
        for (of, less), pair in pairs.items():
            cells = (
                f"{_difference(pair.get(name), 1 if title.endswith('[dB]') else 100):>24}"
                for name, title in columns
            )
            lines.append(f"{f'{of} less {less}':{_PAIR}} " + " ".join(cells))
    return lines


def _difference(one: dict[str, Any] | None, scale: int) -> str:
    if one is None:
        return "--"
    digits = 1 if scale == 100 else 2
    parts = [
        "--" if one[name] is None else f"{scale * one[name]:+.{digits}f}"
        for name in ("mean", "low", "high", "trainings")
    ]
    over_trainings = "" if one["trainings"] is None else f" ±{parts[3][1:]} trainings"
    return f"{parts[0]} [{parts[1]}, {parts[2]}]{over_trainings}"


def _told(row: dict[str, Any]) -> str:
    return _named(f"{row['method']}, {row['image']}", row["steps"])


def _named(method: str, steps: int | None) -> str:
    return method if steps is None else f"{method} ({steps} steps)"


def _percent(one: dict[str, Any]) -> str:
    if one["mean"] is None:
        return "--"
    mean = f"{100 * one['mean']:.1f}"
    told = mean if one["std"] is None else f"{mean} ± {100 * one['std']:.2f}"
    if one.get("low") is None:
        return told
    return f"{told} [{100 * one['low']:.1f}, {100 * one['high']:.1f}]"
