"""A zone larger than a network's window in, class maps and their confidence out.

The zone is classified in overlapping windows whose logits are blended (`windows`). Memory
holds one window and one cell at a time, whatever the area; the rest is on disk (`store`), from
where a killed run goes on. The result does not depend on where it was killed, nor on the number of
processes: each pixel is a sum over its windows in a fixed order.
"""

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lcapp import __version__
from lcapp.classes import NO_CLASS
from lcapp.diffusion.config import check_steps
from lcapp.errors import NoClearDate, RunError, SceneError
from lcapp.families.family import Model
from lcapp.files import check_apart, move_together, write_file
from lcapp.pipeline.outputs import file_names, notes_tag
from lcapp.pipeline.predict import answered
from lcapp.pipeline.zone.blend import all_finished, finish
from lcapp.pipeline.zone.layout import layout_for
from lcapp.pipeline.zone.maps import count, rasters, summary
from lcapp.pipeline.zone.store import Store
from lcapp.pipeline.zone.told import Told, joined, told_by
from lcapp.pipeline.zone.windows import Layout, Tiling
from lcapp.record import check
from lcapp.scene.rasters.cog import write_streamed
from lcapp.scene.zone.area import Area
from lcapp.types import MAPS_ALONE, Card, Course, Floats, Progress, Run

_MICRO_BATCH = 4
_FORMAT = 5
_BYTES_PER_PIXEL = 13
"""Of each map: a finished cell (1 + 4), the larger raster uncompressed (4), and compressed at the
worst (4)."""


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
    zone: Area,
    model: Model,
    out: str | Path,
    run: Run | None = None,
    *,
    layout: Layout | None = None,
    on_step: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    part: tuple[int, int] | None = None,
) -> ZoneResult | None:
    """Classify a zone in windows and write its maps; a run that was stopped is taken up again.

    Several processes, on one machine or on many that share `out`, each call it with their
    `part`; when all have returned, one more call without `part` blends what lies between the
    parts and writes the maps. Their bytes are those of a single process.

    The noise of a window depends on the seed and on its place in the zone, so that it does not
    depend on which windows came before. A window whose series has no clear date has no answer, and
    its neighbours count alone.

    Args:
        zone: From `scene.zone`.
        model: The model.
        out: Folder of the results, made when it is not there. Until they are whole it holds a
            hidden folder with the state of the run.
        run: Options. The micro-batch, 4 by default, is not planned from the free memory: it
            changes the last digits, and a run that is taken up when more is free has to go on with
            the same one.
        layout: Of the windows; by default `layout_for` the zone and the model.
        on_step: Called after each window, in the calling thread; those of an earlier run count.
        cancel: Set it from another thread; the run stops before its next denoising step, window or
            cell and can be taken up.
        part: Rank and number of processes; this one does its share of the windows only.

    Returns:
        What was written; None with `part`.

    Raises:
        RunError: Options, other settings than those of the run that was begun here, logits that
            are none, no space or permission to write, a folder that the zone is read from. What
            was finished is kept.
        SceneError: The zone lacks what the model reads, or a window cannot be read.
        Cancelled: `cancel` was set.
    """
    from lcapp.pipeline.device import choose_device

    out = Path(out)
    card = model.card
    if (lacking := card.lacks(zone.holds)) is not None:
        raise SceneError(
            lacking,
            where=zone.id,
            expected=f"what {card.name} reads: {', '.join(card.reads)}",
            advice="add it, or use a model that does without",
        )
    check_apart(out, file_names(card), zone.sources())
    run = run or card.run()
    check(run)
    run = replace(run, micro_batch=run.micro_batch or _MICRO_BATCH)
    run = replace(run, device=str(choose_device(run.device)))
    _check_options(card, run, part)
    layout = layout or layout_for(zone, card)
    tables = dict(card.maps)
    sizes = [len(table) for table in tables.values()]
    tiling = Tiling.over(zone.grid.height, zone.grid.width, layout)
    settings = _settings(card, run)
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
        "classes": {name: table.name for name, table in tables.items()},
        "settings": settings,
    }
    store = Store(out, told)
    if not store.is_begun:
        _check_space(store, tiling, sizes)
    mine = tuple(tiling.indices(part or (0, 1)))
    course = Course(len(mine) + (0 if part else 2 * len(tables)), on_step, cancel)

    with course.stage("windows"):
        for index in mine:
            course.check()
            if not store.has_window(index) and not all_finished(store, tiling, index):
                rows, cols = tiling.window(index)
                logits, told_by_window = _classified(zone, model, run, rows, cols, cancel)
                if told_by_window is not None:
                    store.put_told(index, told_by_window)
                store.put_window(index, logits)  # last: what has an answer has told all
            # The cell of this window needs no later window: it is blended while the pages of
            # its neighbours are still in memory. In a part, an earlier one may not be there yet.
            finish(store, tiling, index, sizes)
            course.step("windows")
    if part is not None:
        store.put_part(part)
        return None

    with course.stage("write"), store.making() as making:
        counted = count(store, tiling, course, len(tables))
        heard = (one for index in tiling.indices() if (one := store.told(index)) is not None)
        notes, months, laid = joined(zone.notes, heard)
        origin = {"lcapp_version": __version__, "zone": zone.id}
        origin |= {"simulated": str(zone.simulated).lower()}
        origin |= {name: str(value) for name, value in settings.items()}
        origin |= notes_tag(notes)
        made = rasters(store, tiling, tables, course)
        listed = {**told, "rasters": list(made)}
        text = summary(listed, zone.grid, notes, months, laid, tables, counted, len(tiling))
        for name, (kind, blocks, tags) in made.items():
            write_streamed(making / name, blocks, zone.grid, kind, {**origin, **tags})
            course.step("write")
        write_file(making / "summary.json", text.encode())
        written = move_together(making, (*made, "summary.json"), out)
    store.remove()
    return ZoneResult(written, len(tiling), counted.empty, course.timings())


def _settings(card: Card, run: Run) -> dict[str, Any]:
    """What shapes the answers: a run is taken up with equal settings only."""
    return {
        "model": card.variant,
        "bundle": card.name,
        "bundle_hash": card.hash,
        "trained": card.trained,
        **{name: getattr(run, name) for name in card.options},
        "device": run.device.partition(":")[0],
        "micro_batch": run.micro_batch,
        "pixel_percent": run.rule.pixel_percent,
        "max_cover_percent": run.rule.max_cover_percent,
    }


def _classified(
    zone: Area, model: Model, run: Run, rows: slice, cols: slice, cancel: threading.Event | None
) -> tuple[Floats, Told | None]:
    """Logits of a window, K h w, NaN where there is nothing, and what it tells of its series.

    Logits are 0 h w where the window has no answer, which then tells nothing.
    """
    nothing = np.empty((0, rows.stop - rows.start, cols.stop - cols.start), np.float32)
    card = model.card
    names = [name for name in (*card.reads, *card.uses) if name in zone.holds]
    scene = zone.scene(rows, cols, names)
    if scene is None:
        return nothing, None
    try:
        ready, answer, _ = answered(scene, model, run, Course(cancel=cancel), MAPS_ALONE)
    except NoClearDate:
        return nothing, None
    return np.concatenate([answer.logits[name] for name, _ in card.maps]), told_by(ready)


def _check_options(card: Card, run: Run, part: tuple[int, int] | None) -> None:
    """Before a run is begun with them, which could only be taken up with the same ones."""
    if not all(0 < len(table) <= NO_CLASS for _, table in card.maps):
        raise ValueError(f"expected maps of at most {NO_CLASS} classes")
    if card.schedule is not None:
        check_steps(run.sampler, run.steps, card.schedule)
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
