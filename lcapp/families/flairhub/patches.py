"""A FLAIR-HUB patch and one of IGN's published models in, land cover and crops out."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lcapp import __version__
from lcapp.classes import COSIA, LPIS1, LPIS2, LPIS3, ClassTable
from lcapp.errors import BundleError, RunError
from lcapp.evaluate.areas import class_areas
from lcapp.families.flairhub.inputs import AerialBands, inputs
from lcapp.files import write_together
from lcapp.pipeline.outputs import versions
from lcapp.scene.rasters.export import write_confidence, write_landcover
from lcapp.sensors import AERIAL, CROPS, LAND_COVER
from lcapp.types import LandCover, Scene

if TYPE_CHECKING:  # torch takes seconds to import: only a run pays for it
    from lcapp.families.flairhub.network import UPerFuse

TABLES: Mapping[tuple[str, int], ClassTable] = {
    (LAND_COVER, len(COSIA)): COSIA,
    **{(CROPS, len(table)): table for table in (LPIS1, LPIS2, LPIS3)},
}
"""Task and number of its classes to what they mean."""

FILES = {LAND_COVER: "landcover", CROPS: "crops"}


@dataclass(frozen=True)
class PatchRecord:
    """How a prediction came about.

    Attributes:
        patch: Id of the patch.
        collection: Name of its collection.
        simulated: The patch is simulated.
        model: Name of the model's file.
        sha256: Of that file.
        modalities: What the network looked at.
        aerial: Bands of the aerial image, where it looked at one.
        device: Where it ran.
        seconds: Of preparation and network.
        peak_memory_mb: Highest memory while it ran: of the process on a CPU, of torch on a GPU.
    """

    patch: str
    collection: str
    simulated: bool
    model: str
    sha256: str
    modalities: tuple[str, ...]
    aerial: AerialBands | None
    device: str
    seconds: float
    peak_memory_mb: float


@dataclass(frozen=True, eq=False)
class PatchPrediction:
    """What one model found out about a patch.

    Attributes:
        maps: Task, by FLAIR-HUB's name of its labels, to its class probabilities.
        record: How they came about.
    """

    maps: Mapping[str, LandCover]
    record: PatchRecord


def aerial_bands(model: str) -> AerialBands:
    """The bands that a published model of that name reads from the aerial image.

    A file does not tell: both kinds have three channels. IGN's names do (`..._RGB_...`).
    """
    return "RGB" if "_RGB_" in model else "IR"


def tables_of(tasks: Mapping[str, int], model: str) -> dict[str, ClassTable]:
    """What a model's classes mean.

    Args:
        tasks: Number of classes by FLAIR-HUB's name of the labels.
        model: Name of its file.

    Raises:
        BundleError: A task that is unknown here.
    """
    return {task: _table(task, classes, model) for task, classes in tasks.items()}


def predict_patch(
    patch: Scene,
    network: "UPerFuse",
    *,
    model: str,
    sha256: str,
    collection: str,
    device: str = "auto",
) -> PatchPrediction:
    """Classify one patch.

    Args:
        patch: With the network's modalities.
        network: From `hub.flairhub.load`.
        model: Name of its file; tells the bands of the aerial image.
        sha256: Of its file.
        collection: Name of the patch's collection.
        device: `auto`, `cpu`, `cuda` or `cuda:N`. Float32 everywhere: the published figures are.

    Raises:
        SceneError: The patch lacks a modality, or a value in it.
        BundleError: A task that is unknown here.
        RunError: The device is not there, or the network gave values that are no numbers.
    """
    import torch

    from lcapp.pipeline import device as devices

    where = devices.choose_device(device)
    tables = tables_of(network.config.tasks, model)
    modalities = network.config.modalities
    aerial = aerial_bands(model)
    started = time.perf_counter()
    with devices.PeakMemory(where) as peak, torch.inference_mode():
        taken = inputs(patch, modalities, aerial)
        tensors = {name: torch.from_numpy(values).to(where) for name, values in taken.items()}
        logits = network.to(where)(tensors)
        maps = {
            task: LandCover(
                scores[0].float().softmax(0).cpu().numpy(),  # 1 K H W -> K H W
                tables[task],
                patch.grid,
            )
            for task, scores in logits.items()
        }
    for one in maps.values():
        if not np.isfinite(one.probabilities).all():
            raise RunError(
                "the network gave values that are no numbers",
                where=f"{patch.id} with {model}",
                advice="check the file of the model",
            )
    return PatchPrediction(
        maps,
        PatchRecord(
            patch=patch.id,
            collection=collection,
            simulated=patch.simulated,
            model=model,
            sha256=sha256,
            modalities=modalities,
            aerial=aerial if AERIAL in modalities else None,
            device=str(where),
            seconds=time.perf_counter() - started,
            peak_memory_mb=peak.mb,
        ),
    )


def summary(prediction: PatchPrediction) -> dict[str, Any]:
    """What `summary.json` holds: plain data; areas are a share and m2."""
    record = prediction.record
    grid = next(iter(prediction.maps.values())).grid
    return {
        "scene": record.patch,
        "collection": record.collection,
        "simulated": record.simulated,
        "crs": grid.crs,
        "bounds": list(grid.bounds),
        "model": {"name": record.model, "sha256": record.sha256, "family": "flairhub"},
        "modalities": list(record.modalities),
        "aerial_bands": record.aerial,
        "device": record.device,
        "seconds": round(record.seconds, 3),
        "peak_memory_mb": round(record.peak_memory_mb, 1),
        "areas": {
            FILES[task]: {
                area.name: {"share": area.share, "m2": area.m2} for area in class_areas(one)
            }
            for task, one in prediction.maps.items()
        },
        "versions": versions(),
    }


def save(prediction: PatchPrediction, out: Path) -> dict[str, Path]:
    """Write a class map and its confidence for each task, and `summary.json`, all or none.

    Files are `landcover.tif` and `confidence.tif`, `crops.tif` and `crops_confidence.tif`.

    Args:
        prediction: What to write.
        out: Folder; made when it is not there. Other files in it stay as they are.

    Returns:
        File name to path.

    Raises:
        RunError: The folder cannot be written or the disk is full.
    """
    record = prediction.record
    origin = {
        "lcapp_version": __version__,
        "scene": record.patch,
        "simulated": str(record.simulated).lower(),
        "model": record.model,
        "sha256": record.sha256,
    }
    writers: dict[str, Callable[[Path], object]] = {}
    for task, one in prediction.maps.items():
        name = FILES[task]
        sure = "confidence" if task == LAND_COVER else f"{name}_confidence"
        writers[f"{name}.tif"] = partial(write_landcover, land_cover=one, tags=origin)
        writers[f"{sure}.tif"] = partial(write_confidence, land_cover=one, tags=origin)
    text = json.dumps(summary(prediction), indent=1, ensure_ascii=False) + "\n"
    writers["summary.json"] = lambda path: path.write_text(text, encoding="utf-8")
    return write_together(writers, out)


def _table(task: str, classes: int, model: str) -> ClassTable:
    try:
        return TABLES[task, classes]
    except KeyError:
        known = ", ".join(f"{name} with {count} classes" for name, count in TABLES)
        raise BundleError(
            f"predicts {task} with {classes} classes", where=model, expected=known
        ) from None
