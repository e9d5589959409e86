"""A zone larger than a network's window in, one class map and its confidence out.

The zone is classified in overlapping windows whose logits are blended (`zone_windows`). Memory
holds one window and one cell at a time, whatever the area; the rest is on disk (`zone_store`), from
where a killed run goes on. The result does not depend on where it was killed, nor on the number of
processes: each pixel is a sum over its windows in a fixed order.
"""

import json
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcapp import __version__
from lcapp.classes import ClassTable
from lcapp.errors import RunError
from lcapp.pipeline.course import Course
from lcapp.pipeline.outputs import check_writable, versions, write_together
from lcapp.pipeline.zone_blend import NO_CLASS, all_finished, finish
from lcapp.pipeline.zone_store import Store
from lcapp.pipeline.zone_windows import Layout, Tiling
from lcapp.scene.cog import Blocks, RasterKind, write_streamed
from lcapp.scene.export import (
    CLASS_BAND,
    CONFIDENCE_BAND,
    class_colours,
    class_names,
    class_tags,
)
from lcapp.scene.zone import Zone
from lcapp.types import Bools, Floats, Grid, Progress

_MAPS = ("landcover.tif", "confidence.tif")
_FORMAT = 1
_BYTES_PER_PIXEL = 13
"""A finished cell (1 + 4), the larger raster uncompressed (4), and compressed at the worst (4)."""


@dataclass(frozen=True, eq=False)
class ZoneWindow:
    """What is to be classified at once.

    Attributes:
        zone: The zone; `zone.scene(rows, cols)` cuts the window out with its own series.
        rows: Rows in the zone.
        cols: Columns in the zone.
        grid: Of the window.
        valid: h w, where there is an aerial image.
    """

    zone: Zone
    rows: slice
    cols: slice
    grid: Grid
    valid: Bools


Classify = Callable[[ZoneWindow], Floats | None]
"""K h w logits (log-probabilities will do: softmax does not tell them apart), or None where there
is nothing to go by. The same window must give the same answer."""


@dataclass(frozen=True)
class ZoneResult:
    """What a run over a zone has made.

    Attributes:
        files: `landcover.tif`, `confidence.tif` and `summary.json`, by name.
        windows: Windows in the zone.
        empty: Cells without any class.
        seconds: Of each stage of this run, and `total`.
    """

    files: Mapping[str, Path]
    windows: int
    empty: int
    seconds: Mapping[str, float]


def predict_zone(
    zone: Zone,
    classify: Classify,
    out: str | Path,
    *,
    table: ClassTable,
    settings: Mapping[str, Any],
    layout: Layout | None = None,
    on_step: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    part: tuple[int, int] | None = None,
) -> ZoneResult | None:
    """Classify a zone in windows and write one map; a run that was stopped is taken up again.

    Several processes, on one machine or on many that share `out`, each call it with their
    `part`; when all have returned, one more call without `part` blends what lies between the
    parts and writes the map. Its bytes are those of a single process.

    Args:
        zone: From `scene.zone.open_zone`.
        classify: The network.
        out: Folder of the results, made when it is not there. Until they are whole it holds a
            hidden folder with the state of the run.
        table: The classes; as many as `classify` gives.
        settings: What else shapes the answers (weights, seed, ...), as plain JSON values; a run
            is taken up with equal settings only.
        layout: Of the windows, 512 pixels with an overlap of 128 by default.
        on_step: Called after each window, in the calling thread; those of an earlier run count.
        cancel: Set it from another thread; the run stops before its next window or cell and can
            be taken up.
        part: Rank and number of processes; this one does its share of the windows only.

    Returns:
        What was written; None with `part`.

    Raises:
        RunError: Options, other settings than those of the run that was begun here, logits that
            are none, no space or permission to write. What was finished is kept.
        SceneError: A window cannot be read.
        Cancelled: `cancel` was set.
    """
    out = Path(out)
    layout = layout or Layout()
    _check_options(table, part)
    tiling = Tiling.over(zone.grid.height, zone.grid.width, layout)
    told = {
        "format": _FORMAT,
        "lcapp": __version__,
        "zone": zone.id,
        "crs": zone.grid.crs,
        "transform": list(zone.grid.transform)[:6],
        "size": [zone.grid.height, zone.grid.width],
        "files": zone.fingerprints(),
        "windows": asdict(layout),
        "classes": table.name,
        "settings": dict(settings),
    }
    check_writable(out)
    out.mkdir(parents=True, exist_ok=True)
    store = Store(out, told)
    if not store.is_begun:
        _check_space(store, tiling, len(table))
    mine = tiling.indices(part or (0, 1))
    count = sum(1 for _ in tiling.indices(part or (0, 1)))
    course = Course(count + (0 if part else 2), on_step, cancel)

    with course.stage("windows"):
        for index in mine:
            course.check()
            if not store.has_window(index) and not all_finished(store, tiling, index):
                store.put_window(index, _answer(zone, classify, tiling.window(index), len(table)))
            # The cell of this window needs no later window: it is blended while the pages of
            # its neighbours are still in memory. In a part, an earlier one may not be there yet.
            finish(store, tiling, index)
            course.step("windows")
    if part is not None:
        return None

    with course.stage("write"), store.making() as making:
        counts, empty = _count(store, tiling, course)
        summary = _summary(told, zone, table, counts, len(tiling), empty)
        origin = {"lcapp_version": __version__, "zone": zone.id}
        origin |= {name: str(value) for name, value in settings.items()}
        for name, (kind, blocks) in _rasters(store, tiling, table, course).items():
            tags = {**origin, **class_tags(table)} if kind.colours else origin
            write_streamed(making / name, blocks, zone.grid, kind, tags)
            course.step("write")
        written = write_together(
            {
                **{name: (making / name).rename for name in _MAPS},
                "summary.json": lambda path: path.write_text(summary, encoding="utf-8"),
            },
            out,
        )
    store.remove()
    return ZoneResult(written, len(tiling), empty, course.timings())


def _answer(zone: Zone, classify: Classify, place: tuple[slice, slice], classes: int) -> Floats:
    """Checked logits of a window, NaN without an aerial image; 0 h w where there are none."""
    rows, cols = place
    _, valid = zone.read(rows, cols)
    window = ZoneWindow(zone, rows, cols, zone.place(rows, cols), valid)
    logits = classify(window) if valid.any() else None
    if logits is None:
        return np.empty((0, *valid.shape), np.float32)
    if logits.shape != (classes, *valid.shape):
        raise ValueError(f"expected logits {(classes, *valid.shape)}, got {logits.shape}")
    if not np.isfinite(logits[:, valid]).all():
        raise RunError(
            "the network gave values that are no numbers",
            where=f"{zone.id}, window at row {rows.start}, column {cols.start}",
            advice="check the weights and the values of the images",
        )
    return np.where(valid, logits, np.float32(np.nan)).astype(np.float32, copy=False)


def _count(store: Store, tiling: Tiling, course: Course) -> tuple[NDArray[np.int64], int]:
    """Pixels of each value of the class map, and cells without any class."""
    counts = np.zeros(NO_CLASS + 1, np.int64)
    empty = 0
    for index in tiling.indices():
        course.check()
        classes, _ = store.cell(index)
        counts += np.bincount(classes.ravel(), minlength=len(counts))
        empty += bool((classes == NO_CLASS).all())
    return counts, empty


def _rasters(
    store: Store, tiling: Tiling, table: ClassTable, course: Course
) -> dict[str, tuple[RasterKind, Blocks]]:
    """What each map holds, and where its pixels come from."""

    def blocks(plane: int) -> Blocks:
        def each() -> Iterator[tuple[slice, slice, Any]]:
            for index in tiling.indices():
                course.check()
                yield *tiling.cell(index), store.cell(index)[plane]

        return each

    colours = {**class_colours(table), NO_CLASS: (0, 0, 0, 0)}
    names = class_names(table)
    kinds = (
        RasterKind(CLASS_BAND, "uint8", NO_CLASS, "MODE", names, colours),
        RasterKind(CONFIDENCE_BAND, "float32", float("nan"), "AVERAGE"),
    )
    return {
        name: (kind, blocks(plane))
        for plane, (name, kind) in enumerate(zip(_MAPS, kinds, strict=True))
    }


def _summary(
    told: Mapping[str, Any],
    zone: Zone,
    table: ClassTable,
    counts: NDArray[np.int64],
    windows: int,
    empty: int,
) -> str:
    """What `summary.json` holds; areas are a share of the classified pixels and m2."""
    pixel = zone.grid.gsd * -zone.grid.transform.e
    classified = max(1, int(counts[: len(table)].sum()))
    content = {
        **told,
        "bounds": list(zone.grid.bounds),
        "windows_in_all": windows,
        "empty_cells": empty,
        "without_class": int(counts[NO_CLASS]) / (zone.grid.height * zone.grid.width),
        "areas": {
            one.en: {"share": int(count) / classified, "m2": int(count) * pixel}
            for one, count in zip(table.classes, counts[: len(table)], strict=True)
        },
        "notes": list(zone.notes),
        "versions": versions(),
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _check_options(table: ClassTable, part: tuple[int, int] | None) -> None:
    if len(table) > NO_CLASS:
        raise ValueError(f"expected at most {NO_CLASS} classes, got {len(table)}")
    if part is not None and not 0 <= part[0] < part[1]:
        raise RunError(
            f"part is {part[0]} of {part[1]}", expected="a rank from 0 to one less than processes"
        )


def _check_space(store: Store, tiling: Tiling, classes: int) -> None:
    """Say before a long run that its results and its state will not fit."""
    window = tiling.rows.layout.window**2 * classes * 4
    needed = _BYTES_PER_PIXEL * tiling.rows.size * tiling.cols.size
    needed += window * min(len(tiling), 2 * len(tiling.cols) + 1)
    free = shutil.disk_usage(store.out).free
    if needed > free:
        store.remove()
        raise RunError(
            f"the run needs about {needed / 1e6:.0f} MB on the disk and {free / 1e6:.0f} MB are "
            "free",
            where=store.out,
            advice="free some space or name another folder",
        )
