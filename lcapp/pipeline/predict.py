"""A scene and a bundle in, a prediction out (paper, section 4.1, inference)."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from lcapp.classes import TABLES
from lcapp.errors import RunError
from lcapp.families.tsrdiff.cost import plan
from lcapp.prepare import CloudRule, prepare
from lcapp.types import Explanation, LandCover, Prepared, Progress, Scene
from lcapp.types.prediction import Prediction, RunRecord
from lcapp.types.run import Course

if TYPE_CHECKING:  # torch takes seconds to import: only a run pays for it
    from lcapp.hub.bundle import Bundle

_AERIAL_ONLY = (
    "The network reads the aerial image alone (the aerial baseline): the series is shown as it was "
    "measured, brought to 1.6 m by bicubic interpolation, and has no say in the map."
)


def predict(
    scene: Scene,
    bundle: "Bundle",
    sampler: str = "ddim",
    steps: int = 10,
    seed: int = 0,
    device: str = "auto",
    on_step: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    *,
    micro_batch: int | None = None,
    memory_limit_mb: float | None = None,
    cloud_rule: CloudRule | None = None,
) -> Prediction:
    """Super-resolve the series of a scene, fuse it with the aerial image and classify.

    The same scene, bundle, sampler, steps and seed give the same result on the same device;
    the micro-batch changes it by rounding only.

    Args:
        scene: The scene; needs a series with at least one clear date.
        bundle: Loaded weights.
        sampler: `ancestral`, `ddim` or `dpm++`.
        steps: Denoising steps.
        seed: Seed of the noise.
        device: `auto`, `cpu`, `cuda` or `cuda:N`. On a GPU the networks run in bfloat16.
        on_step: Called after each unit of work, in the calling thread.
        cancel: Set it from another thread; the run stops before its next denoising step.
        micro_batch: Epochs to put through the networks at once; by default as many as fit.
        memory_limit_mb: What the run may take; by default what the device has free.
        cloud_rule: When an acquisition counts as clear.

    Raises:
        SceneError: The scene lacks something the bundle needs.
        RunError: Options, device or memory do not allow the run.
        Cancelled: `cancel` was set.
    """
    import torch

    from lcapp.families.tsrdiff import stages
    from lcapp.pipeline import device as devices

    where = devices.choose_device(device)
    spec = bundle.config.inputs
    network = bundle.network.to(where)
    reads_series = network.config.reads_series
    course = Course(total=steps + 3 if reads_series else 2, on_step=on_step, cancel=cancel)
    with (
        devices.PeakMemory(where) as peak,
        torch.inference_mode(),
        devices.mixed_precision(where),
    ):
        with course.stage("prepare"):
            prepared = prepare(scene, spec, cloud_rule or CloudRule())
            chunk = plan(
                prepared,
                bundle.config,
                sampler=sampler,
                steps=steps,
                micro_batch=micro_batch,
                available_mb=(
                    devices.free_memory_mb(where) if memory_limit_mb is None else memory_limit_mb
                ),
            ).micro_batch
        course.step("prepare")

        present = prepared.present
        x_u = stages.upsampled_series(prepared)  # M 4 Hs Ws
        upsampled = torch.from_numpy(x_u[present]).to(where)  # T 4 Hs Ws
        if reads_series:
            series = stages.read_series(
                bundle,
                prepared,
                upsampled,
                sampler=sampler,
                steps=steps,
                seed=seed,
                chunk=chunk,
                course=course,
            )
        else:
            series = stages.SeriesRead.unread(upsampled)

        with course.stage("classify"):
            course.check()
            aerial = torch.from_numpy(prepared.aerial)[None].to(where)  # 1 5 H W
            classified = network.classify(aerial, series.features, without_series=True)
            assert classified.logits_without_series is not None
            probabilities = stages.probabilities(classified.logits)
            if not np.isfinite(probabilities).all():
                raise RunError(
                    "the network gave values that are no numbers",
                    where=f"{scene.id} with {bundle.config.name}",
                    advice="check the bundle's weights and the values of the scene",
                )
            super_resolved = stages.describe(
                prepared, spec, stages.to_numpy(series.sr), x_u, stages.to_numpy(series.clamped)
            )
            explanation = Explanation(
                temporal_weights=stages.month_weights(series.temporal_weights, present),
                conditioning_weights=stages.month_weights(series.conditioning_weights, present),
                pooling_weights=stages.month_weights(series.pooling_weights, present),
                without_series=LandCover(
                    stages.probabilities(classified.logits_without_series),
                    TABLES[bundle.config.classes],
                    prepared.hr_grid,
                ),
            )
            attended = {
                stage: (stages.to_numpy(query[0]), stages.to_numpy(key[0]))  # heads H W d
                for stage, (query, key) in classified.attention.stages.items()
            }
        course.step("classify")

    record = RunRecord(
        scene=scene.id,
        collection=scene.collection,
        simulated=scene.simulated,
        model=bundle.config.variant,
        bundle=bundle.config.name,
        bundle_hash=bundle.hash,
        trained=bundle.config.trained,
        sampler=sampler,
        steps=steps,
        seed=seed,
        device=str(where),
        micro_batch=chunk,
        seconds=course.timings(),
        peak_memory_mb=peak.mb,
        denoiser_evaluations=series.evaluations,
        notes=(*_notes(scene, prepared), *(() if reads_series else (_AERIAL_ONLY,))),
    )
    return Prediction(
        super_resolved=super_resolved,
        land_cover=LandCover(probabilities, TABLES[bundle.config.classes], prepared.hr_grid),
        explanation=explanation,
        record=record,
        queries={stage: query for stage, (query, _) in attended.items()},
        keys={stage: key for stage, (_, key) in attended.items()},
    )


def _notes(scene: Scene, prepared: Prepared) -> tuple[str, ...]:
    """What was assumed on the way from the files to the result, without repetition."""
    neutral = tuple(
        f"The scene has no band {band!r}: it holds the neutral value that stands for "
        '"not there" in the bundle\'s description.'
        for band in prepared.neutral_bands
    )
    return tuple(dict.fromkeys((*scene.notes, *prepared.notes, *neutral)))
