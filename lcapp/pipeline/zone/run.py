"""A zone larger than a network's window in, class maps and their confidence out.

The zone is classified in overlapping windows whose logits are blended (`zone_windows`). Memory
holds one window and one cell at a time, whatever the area; the rest is on disk (`zone_store`), from
where a killed run goes on. The result does not depend on where it was killed, nor on the number of
processes: each pixel is a sum over its windows in a fixed order.
"""

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from lcapp import __version__
from lcapp.classes import ClassTable
from lcapp.errors import RunError
from lcapp.pipeline.outputs import check_writable, write_together
from lcapp.pipeline.zone.blend import NO_CLASS, all_finished, finish
from lcapp.pipeline.zone.maps import Tables, count, rasters, summary
from lcapp.pipeline.zone.store import Store
from lcapp.pipeline.zone.windows import Layout, Tiling
from lcapp.scene.rasters.cog import write_streamed
from lcapp.scene.zone.area import Area
from lcapp.types import Bools, Floats, Grid, Progress
from lcapp.types.run import Course

_FORMAT = 2
_BYTES_PER_PIXEL = 13
"""Of each map: a finished cell (1 + 4), the larger raster uncompressed (4), and compressed at the
worst (4)."""


Place = TypeVar("Place", bound=Area)
Place_co = TypeVar("Place_co", bound=Area, covariant=True)


@dataclass(frozen=True, eq=False)
class ZoneWindow(Generic[Place_co]):
    """What is to be classified at once.

    Attributes:
        zone: The zone; it cuts the window out with its own series.
        rows: Rows in the zone.
        cols: Columns in the zone.
        grid: Of the window.
        valid: h w, where there is anything to classify.
    """

    zone: Place_co
    rows: slice
    cols: slice
    grid: Grid
    valid: Bools


Classify = Callable[[ZoneWindow[Place]], Floats | None]
"""K h w logits (log-probabilities will do: softmax does not tell them apart), or None where there
is nothing to go by. The same window must give the same answer."""


@dataclass(frozen=True)
class ZoneResult:
    """What a run over a zone has made.

    Attributes:
        files: By name: `landcover.tif`, `confidence.tif`, for another map `NAME.tif` and
            `NAME_confidence.tif`, and `summary.json`.
        windows: Windows in the zone.
        empty: Cells without any class.
        seconds: Of each stage of this run, and `total`.
    """

    files: Mapping[str, Path]
    windows: int
    empty: int
    seconds: Mapping[str, float]


def predict_zone(
    zone: Place,
    classify: Classify[Place],
    out: str | Path,
    *,
    table: ClassTable | Tables,
    settings: Mapping[str, Any],
    layout: Layout | None = None,
    on_step: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    part: tuple[int, int] | None = None,
) -> ZoneResult | None:
    """Classify a zone in windows and write its maps; a run that was stopped is taken up again.

    Several processes, on one machine or on many that share `out`, each call it with their
    `part`; when all have returned, one more call without `part` blends what lies between the
    parts and writes the maps. Their bytes are those of a single process.

    Args:
        zone: From `scene.zone.image.open_zone` or `Collection.zone`.
        classify: The network.
        out: Folder of the results, made when it is not there. Until they are whole it holds a
            hidden folder with the state of the run.
        table: The classes, as many as `classify` gives; or those of several maps by name, the
            logits of one after those of the other.
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
    tables = {"landcover": table} if isinstance(table, ClassTable) else dict(table)
    sizes = [len(one) for one in tables.values()]
    _check_options(sizes, part)
    tiling = Tiling.over(zone.grid.height, zone.grid.width, layout)
    told = {
        "format": _FORMAT,
        "lcapp": __version__,
        "zone": zone.id,
        "simulated": zone.simulated,
        "crs": zone.grid.crs,
        "transform": list(zone.grid.transform)[:6],
        "size": [zone.grid.height, zone.grid.width],
        "files": zone.fingerprints(),
        "windows": asdict(layout),
        "classes": {name: one.name for name, one in tables.items()},
        "settings": dict(settings),
    }
    check_writable(out)
    out.mkdir(parents=True, exist_ok=True)
    store = Store(out, told)
    if not store.is_begun:
        _check_space(store, tiling, sizes)
    mine = tuple(tiling.indices(part or (0, 1)))
    course = Course(len(mine) + (0 if part else 2 * len(tables)), on_step, cancel)

    with course.stage("windows"):
        for index in mine:
            course.check()
            if not store.has_window(index) and not all_finished(store, tiling, index):
                store.put_window(index, _answer(zone, classify, tiling.window(index), sum(sizes)))
            # The cell of this window needs no later window: it is blended while the pages of
            # its neighbours are still in memory. In a part, an earlier one may not be there yet.
            finish(store, tiling, index, sizes)
            course.step("windows")
    if part is not None:
        store.put_part(part)
        return None

    with course.stage("write"), store.making() as making:
        counted = count(store, tiling, course, len(tables))
        text = summary(told, zone.grid, zone.notes, tables, counted, len(tiling))
        origin = {"lcapp_version": __version__, "zone": zone.id}
        origin |= {"simulated": str(zone.simulated).lower()}
        origin |= {name: str(value) for name, value in settings.items()}
        made = {}
        for name, (kind, blocks, tags) in rasters(store, tiling, tables, course).items():
            write_streamed(making / name, blocks, zone.grid, kind, {**origin, **tags})
            made[name] = (making / name).rename
            course.step("write")
        written = write_together(
            {**made, "summary.json": lambda path: path.write_text(text, encoding="utf-8")}, out
        )
    store.remove()
    return ZoneResult(written, len(tiling), counted.empty, course.timings())


def _answer(
    zone: Place, classify: Classify[Place], span: tuple[slice, slice], classes: int
) -> Floats:
    """Checked logits of a window, NaN where there is nothing; 0 h w where there are none."""
    rows, cols = span
    valid = zone.seen(rows, cols)
    window = ZoneWindow(zone, rows, cols, zone.grid.cut(rows, cols), valid)
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


def _check_options(sizes: Sequence[int], part: tuple[int, int] | None) -> None:
    if not sizes or max(sizes) > NO_CLASS:
        raise ValueError(f"expected maps of at most {NO_CLASS} classes, got {list(sizes)}")
    if part is not None and not 0 <= part[0] < part[1]:
        raise RunError(
            f"part is {part[0]} of {part[1]}", expected="a rank from 0 to one less than processes"
        )


def _check_space(store: Store, tiling: Tiling, sizes: Sequence[int]) -> None:
    """Say before a long run that its results and its state will not fit."""
    window = tiling.rows.layout.window**2 * sum(sizes) * 4
    needed = len(sizes) * _BYTES_PER_PIXEL * tiling.rows.size * tiling.cols.size
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
