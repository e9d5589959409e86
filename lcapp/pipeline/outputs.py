"""The four files of a prediction: class map, confidence, super-resolved series, summary."""

import importlib.metadata
import json
import math
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lcapp import __version__
from lcapp.errors import RunError
from lcapp.evaluate.areas import class_areas
from lcapp.scene.rasters.export import write_confidence, write_landcover, write_superres
from lcapp.types.prediction import Prediction

_LIBRARIES = ("torch", "timm", "diffusers", "numpy", "rasterio")


def versions() -> dict[str, str]:
    """Versions of lcapp, Python and the libraries that shape a result."""
    return {
        "lcapp": __version__,
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in _LIBRARIES},
    }


def summary(prediction: Prediction) -> dict[str, Any]:
    """What `summary.json` holds: plain data, absent figures are null.

    `lr_consistency` and `clamped` are in reflectance and as a share; areas are a share and m2;
    `series_effect` is the share of pixels whose class is another one without the series.
    """
    record, sr = prediction.record, prediction.super_resolved
    west, south, east, north = prediction.land_cover.grid.bounds
    months = [
        {
            "month": month.month,
            "present": month.present,
            "date": month.date.isoformat() if month.date else None,
            "acquisitions": month.acquisitions,
            "used": month.used,
            "cloud_percent": month.cover_percent,
            "lr_consistency": _number(sr.lr_consistency[index]),
            "clamped": _number(sr.clamped[index]),
            "reason": month.reason,
        }
        for index, month in enumerate(sr.months)
    ]
    return {
        "scene": record.scene,
        "collection": record.collection,
        "simulated": record.simulated,
        "crs": prediction.land_cover.grid.crs,
        "bounds": [west, south, east, north],
        "model": record.model,
        "bundle": {
            "name": record.bundle,
            "hash": record.bundle_hash,
            "trained": record.trained,
        },
        "sampler": record.sampler,
        "steps": record.steps,
        "seed": record.seed,
        "device": record.device,
        "micro_batch": record.micro_batch,
        "seconds": {stage: round(value, 3) for stage, value in record.seconds.items()},
        "peak_memory_mb": round(record.peak_memory_mb, 1),
        "denoiser_evaluations": record.denoiser_evaluations,
        "months": months,
        "areas": {
            area.name: {"share": area.share, "m2": area.m2}
            for area in class_areas(prediction.land_cover)
        },
        "series_effect": float(prediction.changed_by_series.mean()),
        "notes": list(record.notes),
        "versions": versions(),
    }


def tags(prediction: Prediction) -> dict[str, str]:
    """What each raster says of its origin in its metadata."""
    record = prediction.record
    return {
        "lcapp_version": __version__,
        "scene": record.scene,
        "simulated": str(record.simulated).lower(),
        "model": record.model,
        "bundle": record.bundle,
        "bundle_hash": record.bundle_hash,
        "trained": str(record.trained).lower(),
        "sampler": record.sampler,
        "steps": str(record.steps),
        "seed": str(record.seed),
    }


def save(prediction: Prediction, out: Path) -> dict[str, Path]:
    """Write `landcover.tif`, `confidence.tif`, `superres.tif` and `summary.json`.

    All four are written beside and then moved, so that a failure leaves what was there before.

    Args:
        prediction: What to write.
        out: Folder; made when it is not there. Other files in it stay as they are.

    Returns:
        File name to path.

    Raises:
        RunError: The folder cannot be written or the disk is full.
    """
    origin = tags(prediction)
    writers: dict[str, Callable[[Path], object]] = {
        "landcover.tif": lambda path: write_landcover(path, prediction.land_cover, origin),
        "confidence.tif": lambda path: write_confidence(path, prediction.land_cover, origin),
        "superres.tif": lambda path: write_superres(path, prediction.super_resolved, origin),
        "summary.json": lambda path: path.write_text(
            json.dumps(summary(prediction), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        ),
    }
    return write_together(writers, out)


def write_together(writers: Mapping[str, Callable[[Path], object]], out: Path) -> dict[str, Path]:
    """Write several files beside, then move them all, so that a failure leaves what was there.

    Args:
        writers: File name to what writes it.
        out: Folder; made when it is not there.

    Returns:
        File name to path.

    Raises:
        RunError: The folder cannot be written or the disk is full.
    """
    with _beside(out) as beside:
        try:
            for name, write in writers.items():
                _write_as(write, beside / name, out / name)
            for name in writers:
                os.replace(beside / name, out / name)
        except OSError as error:
            raise RunError(
                f"could not write the results: {error.strerror}",
                where=out,
                advice="free some space or name another folder; nothing half-written is left",
            ) from error
    return {name: out / name for name in writers}


def _write_as(write: Callable[[Path], object], path: Path, target: Path) -> None:
    """Write a file in the making; an error names the file that it was to become."""
    try:
        write(path)
    except RunError as error:
        raise RunError(
            error.what, where=target, expected=error.expected, advice=error.advice
        ) from error


def check_writable(out: Path) -> None:
    """Find out before a long run whether its results can be written.

    Raises:
        RunError: They cannot.
    """
    with _beside(out):
        pass


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """A folder inside `out` for files in the making; leaves nothing of its own behind."""
    if out.exists() and not out.is_dir():
        raise RunError("is a file", where=out, expected="a folder", advice="name another one")
    made = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".lcapp-", dir=out))
    except OSError as error:
        raise RunError(
            f"cannot write here: {error.strerror}", where=out, advice="name another folder"
        ) from error
    try:
        yield beside
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        if made and not any(out.iterdir()):
            out.rmdir()


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
