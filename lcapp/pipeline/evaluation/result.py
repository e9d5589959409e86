"""What an evaluation found, and its files; known without torch, for whoever only shows it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lcapp.classes import TABLES
from lcapp.errors import BundleError
from lcapp.evaluate.class_figures import ClassRow
from lcapp.evaluate.intervals import Difference
from lcapp.evaluate.scene_figures import SceneRow
from lcapp.evaluate.series_figures import SeriesRow, SpreadRow
from lcapp.evaluate.tables import (
    class_pages,
    differences_csv,
    scenes_csv,
    series_pages,
    spread_csv,
)
from lcapp.files import write_together
from lcapp.limits import parse_json, read_text
from lcapp.record import from_json, setting, to_json

MARKER = "evaluation.json"
"""The last file of an evaluation: without it the tables are of none."""


@dataclass(frozen=True)
class Evaluation:
    """All figures; what `evaluation.json` holds.

    Attributes:
        collection: Name of the collection.
        simulated: Its scenes are simulated.
        scenes: Those that entered, by id.
        left_out: Those that could not be used, with the reason.
        notes: What had to be assumed of scenes, with the number of those it was assumed of.
        sampler: Of all networks.
        seeds: Of the noise.
        samples: Of each super-resolved year.
        table: Name of the class table.
        value_ranges: Band to the lowest and highest reflectance on the scale of PSNR and SSIM.
        untrained: Methods with initial weights; their figures mean nothing.
        classes: Empty where no scene has labels.
        series: Empty where no samples were asked for.
        spread: Empty with fewer than two samples or where no truth is known.
        differences: Of lines of `classes`, then of `series`; empty with one line.
        by_scene: Each scene with each method and number of steps.
    """

    collection: str
    simulated: bool
    scenes: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, int], ...]
    sampler: str
    seeds: tuple[int, ...]
    samples: int
    table: str
    value_ranges: tuple[tuple[str, tuple[float, float]], ...]
    untrained: tuple[str, ...]
    classes: tuple[ClassRow, ...]
    series: tuple[SeriesRow, ...]
    spread: tuple[SpreadRow, ...]
    differences: tuple[Difference, ...]
    by_scene: tuple[SceneRow, ...] = setting((), later=True)


def pages_of(found: Evaluation) -> Mapping[str, str]:
    """File name to content: all tables, empty ones too, and `MARKER` as the last."""
    return {
        **class_pages(found.classes, TABLES[found.table].names),
        **series_pages(found.series),
        "spread.csv": spread_csv(found.spread),
        "differences.csv": differences_csv(found.differences),
        "scenes.csv": scenes_csv(found.by_scene),
        MARKER: json.dumps(to_json(found), indent=1, ensure_ascii=False) + "\n",
    }


def write_evaluation(found: Evaluation, out: Path) -> None:
    """Write all files as one set: none of an earlier evaluation stays behind (RunError)."""
    write_together({name: _writer(page) for name, page in pages_of(found).items()}, out)


def read_evaluation(out: Path) -> Evaluation | None:
    """The evaluation in a folder; None where there is none that can be read."""
    try:
        text = read_text(out / MARKER, BundleError, "an evaluation")
        found: Evaluation = from_json(Evaluation, parse_json(text), out / MARKER)
    except (BundleError, ValueError):
        return None
    return found if found.table in TABLES else None


def _writer(page: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(page, encoding="utf-8")
