"""A scene and a bundle in, a prediction out (paper, section 4.1, inference)."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from lcapp.classes import TABLES
from lcapp.errors import RunError
from lcapp.pipeline.course import Course
from lcapp.pipeline.plan import plan
from lcapp.pipeline.prediction import Prediction, RunRecord
from lcapp.prepare import CloudRule, prepare
from lcapp.types import Explanation, LandCover, Prepared, Progress, Scene

if TYPE_CHECKING:  # torch takes seconds to import: only a run pays for it
    from lcapp.hub import Bundle


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

    from lcapp.diffusion import from_residual
    from lcapp.models.windows import level_windows
    from lcapp.pipeline import device as devices
    from lcapp.pipeline import stages

    where = devices.choose_device(device)
    course = Course(total=steps + 3, on_step=on_step, cancel=cancel)
    spec = bundle.config.inputs
    network = bundle.network.to(where)
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
            present = prepared.present
            series = torch.from_numpy(prepared.series[present])[None].to(where)  # 1 T 4 h w
            days = torch.from_numpy(prepared.day_offsets[present])[None].to(where)  # 1 T
            everything = torch.ones_like(days, dtype=torch.bool)  # 1 T: the absent stay here
        course.step("prepare")

        with course.stage("encode"):
            conditioning = network.condition(
                series, days, everything, level_windows([prepared.windows]), chunk=chunk
            )
        course.step("encode")

        with course.stage("super_resolve"):
            x_u = stages.upsampled_series(prepared)  # M 4 Hs Ws
            residual = stages.sample_residual(
                bundle,
                conditioning.levels,
                prepared,
                sampler=sampler,
                steps=steps,
                seed=seed,
                chunk=chunk,
                course=course,
            )
            upsampled = torch.from_numpy(x_u[present]).to(where)
            sr = from_residual(residual.x0, upsampled)  # T 4 Hs Ws

        with course.stage("classify"):
            features = network.encode_sr(sr[None], days, everything, chunk=chunk)
            course.check()
            aerial = torch.from_numpy(prepared.aerial)[None].to(where)  # 1 5 H W
            classified = network.classify(aerial, features, without_series=True)
            assert classified.logits_without_series is not None
            probabilities = stages.probabilities(classified.logits)
            if not np.isfinite(probabilities).all():
                raise RunError(
                    "the network gave values that are no numbers",
                    where=f"{scene.id} with {bundle.config.name}",
                    advice="check the bundle's weights and the values of the scene",
                )
            super_resolved = stages.describe(
                prepared, spec, stages.to_numpy(sr), x_u, stages.to_numpy(residual.clamped)
            )
            explanation = Explanation(
                temporal_weights=stages.month_weights(features.temporal_weights, present),
                conditioning_weights=stages.month_weights(conditioning.temporal_weights, present),
                pooling_weights=stages.month_weights(features.pooling_weights, present),
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
        denoiser_evaluations=residual.evaluations,
        notes=_notes(scene, prepared),
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
