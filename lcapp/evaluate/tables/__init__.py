"""Rows as pages: CSV for programs, LaTeX for papers."""

from collections.abc import Sequence

from lcapp.evaluate.class_figures import ClassRow
from lcapp.evaluate.series_figures import SeriesRow
from lcapp.evaluate.tables.classes import (
    classes_csv,
    classes_tex,
    confusion_csv,
    per_class_csv,
    per_class_tex,
)
from lcapp.evaluate.tables.scenes import scenes_csv
from lcapp.evaluate.tables.series import (
    detail_tex,
    differences_csv,
    months_tex,
    series_classes_csv,
    series_csv,
    series_tex,
    spread_csv,
)

__all__ = [
    "class_pages",
    "classes_csv",
    "classes_tex",
    "confusion_csv",
    "detail_tex",
    "differences_csv",
    "months_tex",
    "per_class_csv",
    "per_class_tex",
    "scenes_csv",
    "series_classes_csv",
    "series_csv",
    "series_pages",
    "series_tex",
    "spread_csv",
]


def class_pages(rows: Sequence[ClassRow], names: Sequence[str]) -> dict[str, str]:
    """File name to page, of classes.

    Args:
        rows: What to write.
        names: Of the classes of a confusion matrix.
    """
    return {
        "classes.csv": classes_csv(rows),
        "classes.tex": classes_tex(rows),
        "per_class.csv": per_class_csv(rows),
        "per_class.tex": per_class_tex(rows),
        "confusion.csv": confusion_csv(rows, names),
    }


def series_pages(rows: Sequence[SeriesRow]) -> dict[str, str]:
    """File name to page, of super-resolved years."""
    return {
        "series.csv": series_csv(rows),
        "series.tex": series_tex(rows),
        "series_classes.csv": series_classes_csv(rows),
        "detail.tex": detail_tex(rows),
        "months.tex": months_tex(rows),
    }
