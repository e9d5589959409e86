"""The files of a prediction: class maps, their confidence, super-resolved series, summary."""

import importlib.metadata
import json
import math
import platform
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lcapp import __version__
from lcapp.evaluate.areas import class_areas
from lcapp.files import check_apart, write_together
from lcapp.scene.rasters.export import write_confidence, write_landcover, write_superres
from lcapp.types import Card, LandCover, Prediction, Registration, SuperResolved

MAIN = "landcover"
"""The map whose confidence is called `confidence`."""

SUPERRES, SUMMARY = "superres.tif", "summary.json"

_SERIES_EFFECT = (
    "share of the pixels whose class is another one with the series' answer set to 0; the network "
    "was never trained so, and a network of the aerial image alone would draw another map"
)

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

    `agreement` is the share of a month's variance at 10 m that the aerial image explains, the mean
    over bands; `lr_consistency` is in reflectance, `clamped` a share, and so is `below_zero`, of
    the values below 0, which are left as they are; areas are a share of the classified pixels and
    m2; `without_class` is the share of the pixels that have no image,
    and so no class; `series_effect` is the share of classified pixels whose class is another one
    with the series' answer set to 0, and `series_effect_is` what that means. What the model does
    not tell is not there.
    """
    record, model = prediction.record, prediction.record.model
    grid = prediction.land_cover.grid
    areas = [_areas(land_cover) for land_cover in prediction.maps.values()]
    classified = prediction.land_cover.classified
    told: dict[str, Any] = {
        "scene": record.scene,
        "collection": record.collection,
        "simulated": record.simulated,
        "crs": grid.crs,
        "bounds": list(grid.bounds),
        "model": model.variant,
        "family": model.family,
        "bundle": {"name": model.name, "hash": model.hash, "trained": model.trained},
        "reads": list(model.reads),
        **{name: getattr(record.run, name) for name in model.options},
        "device": record.run.device,
        "micro_batch": record.run.micro_batch,
        "seconds": {stage: round(value, 3) for stage, value in record.seconds.items()},
        "peak_memory_mb": round(record.peak_memory_mb, 1),
        "denoiser_evaluations": record.evaluations,
        "without_class": float(1 - classified.mean()),
        "areas": areas[0],
    }
    if len(areas) > 1:
        told["further_areas"] = dict(zip(list(prediction.maps)[1:], areas[1:], strict=True))
    if prediction.super_resolved is not None:
        told["months"] = _months(prediction.super_resolved)
    if record.registration is not None:
        told["shift"] = _shift(record.registration)
    if (changed := prediction.changed_by_series) is not None:
        told["series_effect"] = prediction.share_changed_by_series
        if changed.any():
            told["series_effect_is"] = _SERIES_EFFECT
    return told | {"notes": list(record.notes), "versions": versions()}


def _areas(land_cover: LandCover) -> dict[str, dict[str, float]]:
    return {area.name: {"share": area.share, "m2": area.m2} for area in class_areas(land_cover)}


def _months(sr: SuperResolved) -> list[dict[str, Any]]:
    below = sr.below_zero
    return [
        {
            "month": month.month,
            "present": month.present,
            "date": month.date.isoformat() if month.date else None,
            "acquisitions": month.acquisitions,
            "used": month.used,
            "cloud_percent": month.cover_percent,
            "agreement": _number(sr.agreement[index].mean()),
            "lr_consistency": _number(sr.lr_consistency[index]),
            "clamped": _number(sr.clamped[index]),
            "below_zero": _number(below[index]),
            "reason": month.reason,
        }
        for index, month in enumerate(sr.months)
    ]


def _shift(found: Registration) -> dict[str, Any]:
    return {
        "east": round(found.east, 2),
        "north": round(found.north, 2),
        "deviation": [round(one, 2) for one in found.deviation],
        "decided": found.decided,
        "said": found.said,
        "dates": [
            {
                "date": one.date.isoformat(),
                "east": round(found.east + one.east, 2),
                "north": round(found.north + one.north, 2),
            }
            for one in found.dates
        ],
    }


def tags(prediction: Prediction) -> dict[str, str]:
    """What each raster says of its origin in its metadata."""
    record, model = prediction.record, prediction.record.model
    return {
        "lcapp_version": __version__,
        "scene": record.scene,
        "simulated": str(record.simulated).lower(),
        "model": model.variant,
        "bundle": model.name,
        "bundle_hash": model.hash,
        "trained": str(model.trained).lower(),
        **{name: str(getattr(record.run, name)) for name in model.options},
        **notes_tag(record.notes),
    }


def notes_tag(notes: Sequence[str]) -> dict[str, str]:
    """What had to be assumed, as a raster's metadata have it: a line each."""
    return {"notes": "\n".join(notes)} if notes else {}


def writers(prediction: Prediction) -> dict[str, Callable[[Path], object]]:
    """File name to what writes it: maps with their confidence, the series, and the summary.

    `landcover.tif` and `confidence.tif`, `NAME.tif` and `NAME_confidence.tif` of a further map,
    `superres.tif` where there is one, and `summary.json`.
    """
    origin = tags(prediction)
    found: dict[str, Callable[[Path], object]] = {}
    for name, land_cover in prediction.maps.items():
        cover, sure = map_files(name)
        found[cover] = partial(write_landcover, land_cover=land_cover, tags=origin)
        found[sure] = partial(write_confidence, land_cover=land_cover, tags=origin)
    if prediction.super_resolved is not None:
        sr = prediction.super_resolved
        found[SUPERRES] = lambda path: write_superres(path, sr, origin)
    told = summary(prediction) | {"rasters": list(found)}
    text = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
    found[SUMMARY] = lambda path: path.write_text(text, encoding="utf-8")
    return found


def save(prediction: Prediction, out: Path) -> dict[str, Path]:
    """Write the files of `writers` beside and then move them; a failure leaves what was there.

    Args:
        prediction: What to write.
        out: Folder; made when it is not there. Other files in it stay as they are.

    Returns:
        File name to path.

    Raises:
        RunError: The folder cannot be written, the disk is full, or a result would overwrite a
            file that the scene was read from.
    """
    record = prediction.record
    check_apart(out, file_names(record.model), map(Path, record.sources))
    return write_together(writers(prediction), out)


def file_names(card: Card) -> tuple[str, ...]:
    """Of all that a model's results may hold."""
    maps = (file for name, _ in card.maps for file in map_files(name))
    return (*maps, SUPERRES, SUMMARY)


def map_files(name: str) -> tuple[str, str]:
    """Names of the files of a map and of its confidence."""
    return f"{name}.tif", "confidence.tif" if name == MAIN else f"{name}_confidence.tif"


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
