"""A zone drawn and written in FLAIR #2's format (FLAIR.md), with its truth beside it."""

import json
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from lcapp.errors import RunError
from lcapp.files import write_file
from lcapp.scene.flair2.reader import CENTROIDS, METADATA
from lcapp.scene.flair2.truth import FOLDER as TRUTH
from lcapp.scene.flair2.truth import SHIFTS, file_name, write_shifts, write_truth
from lcapp.scene.rasters.plain import write_geotiff
from lcapp.scratch import making
from lcapp.simulate.instruments.draw import Drawing, DrawnTile
from lcapp.simulate.plans import plan_of
from lcapp.simulate.zones import Tile, Zone


def write_zone(root: Path, beside: Path, zone: Zone) -> None:
    """Draw a zone and write it; its files appear together, the aerial images last.

    Args:
        root: The collection.
        beside: A folder on the same disk, of this zone alone; gone afterwards.
        zone: What to draw.

    Raises:
        RunError: The disk is full or refuses.
        OSError: Likewise.
    """
    shutil.rmtree(beside, ignore_errors=True)
    try:
        drawing = Drawing(zone, plan_of(zone))
        for tile in drawing.tiles():
            _write_tile(beside, zone, tile)
        recording = drawing.recording
        if recording.shifts is not None:
            write_shifts(beside / TRUTH / SHIFTS, recording.dates, recording.shifts)
        folder = _made(beside / "sen")
        stem = f"SEN2_sp_{zone.domain.name}-{zone.name}"
        np.save(folder / f"{stem}_data.npy", recording.digital_numbers)
        np.save(folder / f"{stem}_masks.npy", recording.masks)
        _text(folder / f"{stem}_products.txt", "\n".join(recording.products) + "\n")
        for kind, target in _folders(root, zone).items():
            # What lies there without aerial images was left by an interruption.
            shutil.rmtree(target, ignore_errors=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(beside / kind, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def is_written(root: Path, zone: Zone) -> bool:
    """All files of the zone are there."""
    return _folders(root, zone)["img"].is_dir()


def write_tables(root: Path, zones: Iterable[Zone]) -> None:
    """Where each tile lies in its series, and when it was flown."""
    centroids: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    for zone in zones:
        for tile in zone.tiles:
            name = f"IMG_{tile.number:06d}"
            centroids[f"{name}.tif"] = list(zone.centroid(tile))
            metadata[name] = _metadata(zone, tile)
    for file, table in ((CENTROIDS, centroids), (METADATA, metadata)):
        path, content = root / file, (json.dumps(table, indent=1) + "\n").encode()
        # Who goes on with a collection leaves what is there: others tell a change by its time.
        if not path.is_file() or path.read_bytes() != content:
            write_file(path, content)


def _metadata(zone: Zone, tile: Tile) -> dict[str, Any]:
    west, south, east, north = zone.grid(tile).bounds
    flight = zone.domain.flight
    return {
        "patch_centroid_x": round((west + east) / 2, 3),
        "patch_centroid_y": round((south + north) / 2, 3),
        "date": flight.date().isoformat(),
        "time": f"{flight.hour}h{flight.minute:02d}",
        "camera": "simulated",
        "domain": zone.domain.name,
        "zone": zone.name,
    }


def _write_tile(beside: Path, zone: Zone, drawn: DrawnTile) -> None:
    number, grid = f"{drawn.tile.number:06d}", zone.grid(drawn.tile)
    write_geotiff(_made(beside / "img") / f"IMG_{number}.tif", drawn.image, grid)
    write_geotiff(_made(beside / "msk") / f"MSK_{number}.tif", drawn.labels[None], grid)
    write_truth(_made(beside / TRUTH) / file_name(f"IMG_{number}"), drawn.truth)


def _folders(root: Path, zone: Zone) -> dict[str, Path]:
    """What is written, by its last folder, and where it goes; in the order of appearance."""

    def place(kind: str) -> Path:
        return root / f"flair_{kind}_{zone.tree}" / zone.domain.name / zone.name

    return {
        "sen": place("sen") / "sen",
        "msk": place("labels") / "msk",
        TRUTH: root / TRUTH / zone.domain.name / zone.name,
        "img": place("aerial") / "img",
    }


def appear(out: Path, write: Callable[[Path], None]) -> None:
    """Fill a folder beside `out`, then rename it.

    Raises:
        RunError: `out` holds something already, or cannot be written.
    """
    check_empty(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with making(out.parent) as beside:
            made = beside / "made"
            made.mkdir()
            write(made)
            if out.is_dir():
                out.rmdir()
            os.replace(made, out)
    except OSError as error:
        raise RunError(
            f"cannot be written: {error.strerror}", where=out, advice="name another folder"
        ) from error


def check_empty(out: Path) -> None:
    """Refuse a target that holds something, or that is no folder.

    Raises:
        RunError: It does.
    """
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise RunError(
            "exists and is not an empty folder",
            where=out,
            advice="name a folder that does not exist yet",
        )


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
