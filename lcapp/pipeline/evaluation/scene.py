"""One scene through one network: the figures that an evaluation keeps of it."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from lcapp import __version__
from lcapp.errors import RunError, SceneError
from lcapp.evaluate.fidelity import series_figures
from lcapp.evaluate.records import Matrix, SceneRecord, SeriesFigures
from lcapp.evaluate.scores import confusion_matrix
from lcapp.families.family import Model, Ready
from lcapp.models.back_projection import back_project
from lcapp.pipeline.device import choose_device
from lcapp.pipeline.evaluation.choice import Settings
from lcapp.pipeline.predict import predict
from lcapp.prepare import (
    InputSpec,
    Scaling,
    aerial_at_sr,
    footprint_windows,
    labels_of,
    nearest_month,
)
from lcapp.types import (
    Bytes,
    Card,
    Floats,
    LandCover,
    Prepared,
    Progress,
    Run,
    Scene,
    SuperResolved,
    Truth,
)

RIVAL_ROUNDS = 3
"""Of back-projection for the bicubic year: what agreement with Sentinel-2 gives without a network,
which itself may use it (`DiffusionConfig.back_projections`)."""


@dataclass(frozen=True, eq=False)
class Case:
    """A scene with all that it is compared with.

    Attributes:
        ready: As the model takes it.
        labels: H W, ids of the network's table; None without labels.
        truth: M C Hs Ws, reflectance in the order of the network's bands; None where unknown.
        aerial: C Hs Ws at 1.6 m, 0..1; None where its size or bands do not compare.
    """

    ready: Ready
    labels: Bytes | None
    truth: Floats | None
    aerial: Floats | None


def case_of(scene: Scene, ready: Ready, truth: Truth | None, card: Card) -> Case:
    """Bring what a scene is compared with to the model's classes, bands and grid.

    Raises:
        SceneError: Labels that the model's table does not know; a truth of other bands or of
            another place.
    """
    bands = tuple(band for band, _ in card.value_ranges)
    return Case(
        ready=ready,
        labels=None if scene.reference is None else labels_of(scene, card.table),
        truth=_in_order(truth, scene, bands) if truth and bands else None,
        aerial=_aerial(scene, bands) if bands else None,
    )


def seeds_of(case: Case, settings: Settings) -> tuple[int, ...]:
    """The seeds that a scene is predicted with: those of the maps, then those of samples alone."""
    maps = settings.seeds if case.labels is not None else ()
    return tuple(dict.fromkeys((*maps, *range(settings.samples))))


def evaluate_scene(
    case: Case,
    model: Model,
    settings: Settings,
    steps: int,
    on_step: Callable[[Progress], None] | None = None,
) -> SceneRecord:
    """Predict with every seed and count.

    Args:
        case: The scene.
        model: The model.
        settings: What to predict.
        steps: Denoising steps.
        on_step: Called as by `predict`.
    """
    fused: list[tuple[str, Matrix]] = []
    without_series: Matrix = ()
    bicubic, rival = None, None
    samples: list[SeriesFigures] = []
    years: list[Floats] = []
    for seed in seeds_of(case, settings):
        run = Run(
            settings.sampler,
            steps,
            seed,
            guide=settings.guide,
            noise=settings.noise,
            rule=settings.rule,
            device=settings.device,
        )
        prediction = predict(case.ready, model, run, on_step=on_step)
        if case.labels is not None and seed in settings.seeds:
            fused.append((str(seed), _counted(prediction.land_cover, case.labels)))
            if not without_series:  # no noise reaches it: one seed tells
                told = prediction.explanation
                alone = told.without_series if told else prediction.land_cover
                without_series = _counted(alone, case.labels)
        found = prediction.super_resolved
        if seed in range(settings.samples) and found is not None:
            judge = partial(_judged, found=found, case=case, card=model.card)
            if not samples:  # no noise reaches x_u
                bicubic, rival = judge(found.bicubic), judge(_back_projected(found))
            samples.append(judge(found.reflectance))
            years.append(found.reflectance)
    return SceneRecord(
        key=key_of(case, model.card, settings, steps),
        scene=case.ready.scene_id,
        fused=tuple(fused),
        without_series=without_series,
        bicubic=bicubic,
        back_projected=rival,
        samples=tuple(samples),
        mean=judge(np.mean(years, axis=0)) if len(years) > 1 else None,
    )


def _judged(year: Floats, found: SuperResolved, case: Case, card: Card) -> SeriesFigures:
    ranges = [Scaling(low, high) for _, (low, high) in card.value_ranges]
    assert isinstance(case.ready, Prepared)  # what super-resolves a series prepares its months
    nearest = nearest_month(case.ready)
    return series_figures(year, found, ranges, case.truth, case.aerial, nearest)


def key_of(case: Case, card: Card, settings: Settings, steps: int) -> str:
    """A hash of all that a scene's figures depend on: its pixels, the weights, the settings."""
    # bfloat16 on a GPU gives other figures than float32 on a CPU.
    device = choose_device(settings.device).type
    told = (
        __version__,
        case.ready.scene_id,
        card.hash,
        replace(settings, steps=(steps,), device=device),
    )
    digest = hashlib.sha256(repr(told).encode())
    for array in (*_arrays(case.ready), case.labels, case.truth):
        if array is not None:
            digest.update(np.ascontiguousarray(array).tobytes())
        digest.update(b"|")
    return digest.hexdigest()


def _arrays(ready: Ready) -> Iterator[Any]:
    """What a model sees of a scene."""
    for one in fields(ready):  # type: ignore[arg-type]
        value = getattr(ready, one.name)
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, Mapping):
            yield from (value[name] for name in sorted(value))


def _aerial(scene: Scene, bands: tuple[str, ...]) -> Floats | None:
    try:
        scaled = aerial_at_sr(scene, InputSpec(series_bands=bands))
    except (SceneError, RunError):  # its size or bands do not compare: one figure less
        return None
    unit: Floats = ((scaled + 1) / 2).astype(np.float32)  # [-1, 1] -> 0..1
    return unit


def _back_projected(found: SuperResolved) -> Floats:
    """M C Hs Ws, the bicubic year brought to agree with Sentinel-2."""
    bicubic, measured = torch.from_numpy(found.bicubic), torch.from_numpy(found.monthly)
    windows = footprint_windows(found.lr_grid, found.sr_grid, found.bands)
    year: Floats = back_project(bicubic, measured, windows, RIVAL_ROUNDS).numpy()
    return year


def _counted(found: LandCover, labels: Bytes) -> Matrix:
    seen = found.classified  # a label where there is no image says nothing about the map
    matrix = confusion_matrix(found.class_map[seen], labels[seen], len(found.table))
    return tuple(tuple(row) for row in matrix.tolist())


def _in_order(truth: Truth, scene: Scene, bands: tuple[str, ...]) -> Floats:
    """M C Hs Ws with the model's bands, after a look at where it lies."""
    own, wanted = truth.grid, scene.grid.coarser()
    apart = np.abs(np.subtract(own.bounds, wanted.bounds)).max()
    if (own.height, own.width) != (wanted.height, wanted.width) or apart > wanted.gsd / 2:
        raise SceneError(
            f"the truth has {own.height} x {own.width} pixels from {own.bounds[:2]} on",
            where=scene.id,
            expected=f"{wanted.height} x {wanted.width} pixels from {wanted.bounds[:2]} on",
            advice="simulate the collection again",
        )
    missing = [band for band in bands if band not in truth.bands]
    if missing:
        raise SceneError(
            f"the truth has no band {missing[0]}",
            where=scene.id,
            expected=f"the bands of this model: {', '.join(bands)}",
        )
    return truth.reflectance[:, [truth.bands.index(band) for band in bands]]
