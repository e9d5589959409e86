"""One scene through one network: the figures that an evaluation keeps of it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from lcapp import __version__
from lcapp.classes import TABLES
from lcapp.errors import RunError, SceneError
from lcapp.evaluate.fidelity import series_figures
from lcapp.evaluate.records import Matrix, SceneRecord, SeriesFigures
from lcapp.evaluate.scores import confusion_matrix
from lcapp.families.tsrdiff.back_projection import back_project
from lcapp.hub.bundle import Bundle
from lcapp.pipeline.device import choose_device
from lcapp.pipeline.predict import predict
from lcapp.prepare import CloudRule, InputSpec, aerial_at_sr, labels_of, nearest_month
from lcapp.types import (
    Bytes,
    Floats,
    LandCover,
    Prepared,
    Progress,
    Scene,
    SuperResolved,
    Truth,
)

RIVAL_ROUNDS = 3
"""Of back-projection for the bicubic year: what agreement with Sentinel-2 gives without a network,
which itself may use it (`DiffusionConfig.back_projections`)."""


@dataclass(frozen=True)
class Settings:
    """What is predicted for an evaluation.

    Attributes:
        sampler: `ancestral`, `ddim` or `dpm++`.
        steps: Numbers of denoising steps to compare.
        seeds: Seeds of the noise, over which class figures are averaged.
        samples: Samples of the super-resolved year, of the seeds 0, 1, ...; 0 leaves it out.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.
        rule: When an acquisition counts as clear.
    """

    sampler: str = "ddim"
    steps: tuple[int, ...] = (10,)
    seeds: tuple[int, ...] = (0, 1, 2)
    samples: int = 8
    device: str = "auto"
    rule: CloudRule = field(default_factory=CloudRule)


@dataclass(frozen=True, eq=False)
class Case:
    """A scene with all that it is compared with.

    Attributes:
        scene: As read.
        prepared: As the network takes it.
        labels: H W, ids of the network's table; None without labels.
        truth: M C Hs Ws, reflectance in the order of the network's bands; None where unknown.
        aerial: C Hs Ws at 1.6 m, 0..1; None where its size or bands do not compare.
    """

    scene: Scene
    prepared: Prepared
    labels: Bytes | None
    truth: Floats | None
    aerial: Floats | None


def case_of(scene: Scene, prepared: Prepared, truth: Truth | None, bundle: Bundle) -> Case:
    """Bring what a scene is compared with to the network's classes, bands and grid.

    Raises:
        SceneError: Labels that the network's table does not know; a truth of other bands or of
            another place.
    """
    table = TABLES[bundle.config.classes]
    return Case(
        scene=scene,
        prepared=prepared,
        labels=None if scene.reference is None else labels_of(scene, table),
        truth=None if truth is None else _in_order(truth, prepared),
        aerial=_aerial(scene, bundle.config.inputs),
    )


def seeds_of(case: Case, settings: Settings) -> tuple[int, ...]:
    """The seeds that a scene is predicted with: those of the maps, then those of samples alone."""
    maps = settings.seeds if case.labels is not None else ()
    return tuple(dict.fromkeys((*maps, *range(settings.samples))))


def evaluate_scene(
    case: Case,
    bundle: Bundle,
    settings: Settings,
    steps: int,
    on_step: Callable[[Progress], None] | None = None,
) -> SceneRecord:
    """Predict with every seed and count.

    Args:
        case: The scene.
        bundle: Loaded weights.
        settings: What to predict.
        steps: Denoising steps.
        on_step: Called as by `predict`.
    """
    spec, nearest = bundle.config.inputs, nearest_month(case.prepared)
    scalings = [spec.scaling(band) for band in case.prepared.series_bands]

    def judge(year: Floats, found: SuperResolved) -> SeriesFigures:
        return series_figures(year, found, scalings, case.truth, case.aerial, nearest)

    fused: list[tuple[str, Matrix]] = []
    without_series: Matrix = ()
    bicubic, rival = None, None
    samples: list[SeriesFigures] = []
    years: list[Floats] = []
    for seed in seeds_of(case, settings):
        prediction = predict(
            case.scene,
            bundle,
            settings.sampler,
            steps,
            seed,
            settings.device,
            on_step,
            cloud_rule=settings.rule,
        )
        found = prediction.super_resolved
        if case.labels is not None and seed in settings.seeds:
            fused.append((str(seed), _counted(prediction.land_cover, case.labels)))
            if not without_series:  # no noise reaches it: one seed tells
                alone = prediction.explanation.without_series
                without_series = _counted(alone, case.labels)
        if seed in range(settings.samples):
            if not samples:  # no noise reaches x_u
                bicubic = judge(found.bicubic, found)
                rival = judge(_back_projected(found, case.prepared), found)
            samples.append(judge(found.reflectance, found))
            years.append(found.reflectance)
    several = len(years) > 1
    return SceneRecord(
        key=key_of(case, bundle, settings, steps),
        scene=case.scene.id,
        fused=tuple(fused),
        without_series=without_series,
        bicubic=bicubic,
        back_projected=rival,
        samples=tuple(samples),
        mean=judge(np.mean(years, axis=0), found) if several else None,
    )


def key_of(case: Case, bundle: Bundle, settings: Settings, steps: int) -> str:
    """A hash of all that a scene's figures depend on: its pixels, the weights, the settings."""
    # bfloat16 on a GPU gives other figures than float32 on a CPU.
    device = choose_device(settings.device).type
    told = (
        __version__,
        case.scene.id,
        bundle.hash,
        replace(settings, steps=(steps,), device=device),
    )
    digest = hashlib.sha256(repr(told).encode())
    taken = case.prepared
    for array in (taken.aerial, taken.series, taken.day_offsets, case.labels, case.truth):
        if array is not None:
            digest.update(np.ascontiguousarray(array).tobytes())
        digest.update(b"|")
    return digest.hexdigest()


def _aerial(scene: Scene, spec: InputSpec) -> Floats | None:
    try:
        scaled = aerial_at_sr(scene, spec)
    except (SceneError, RunError):  # its size or bands do not compare: one figure less
        return None
    unit: Floats = ((scaled + 1) / 2).astype(np.float32)  # [-1, 1] -> 0..1
    return unit


def _back_projected(found: SuperResolved, prepared: Prepared) -> Floats:
    """M C Hs Ws, the bicubic year brought to agree with Sentinel-2."""
    bicubic, measured = torch.from_numpy(found.bicubic), torch.from_numpy(found.monthly)
    year: Floats = back_project(bicubic, measured, prepared.windows, RIVAL_ROUNDS).numpy()
    return year


def _counted(found: LandCover, labels: Bytes) -> Matrix:
    matrix = confusion_matrix(found.class_map, labels, len(found.table))
    return tuple(tuple(row) for row in matrix.tolist())


def _in_order(truth: Truth, prepared: Prepared) -> Floats:
    """M C Hs Ws with the network's bands, after a look at where it lies."""
    own, wanted = truth.grid, prepared.sr_grid
    apart = np.abs(np.subtract(own.bounds, wanted.bounds)).max()
    if (own.height, own.width) != (wanted.height, wanted.width) or apart > wanted.gsd / 2:
        raise SceneError(
            f"the truth has {own.height} x {own.width} pixels from {own.bounds[:2]} on",
            where=prepared.scene_id,
            expected=f"{wanted.height} x {wanted.width} pixels from {wanted.bounds[:2]} on",
            advice="simulate the collection again",
        )
    missing = [band for band in prepared.series_bands if band not in truth.bands]
    if missing:
        raise SceneError(
            f"the truth has no band {missing[0]}",
            where=prepared.scene_id,
            expected=f"the bands of this model: {', '.join(prepared.series_bands)}",
        )
    return truth.reflectance[:, [truth.bands.index(band) for band in prepared.series_bands]]
