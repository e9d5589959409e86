"""A scene and a model in, a prediction out."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from lcapp.errors import RunError
from lcapp.families.family import Answer, Model, Ready
from lcapp.record import check
from lcapp.types import (
    EVERYTHING,
    Bools,
    Course,
    Denoised,
    Explanation,
    LandCover,
    Prediction,
    Progress,
    Run,
    RunRecord,
    Scene,
    Wanted,
)


def predict(
    scene: Scene | Ready,
    model: Model,
    run: Run | None = None,
    *,
    on_step: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    wanted: Wanted = EVERYTHING,
    watch: Callable[[Denoised], None] | None = None,
) -> Prediction:
    """Predict the maps of a scene, and what else the model has to say.

    The same scene, weights and options give the same result on the same device.

    Args:
        scene: The scene; or, where it is predicted more than once, what `model.prepare` made of
            it, by the rule of the run.
        model: From `families.door.open_model`.
        run: Options; by default `Card.run`.
        on_step: Called after each unit of work, in the calling thread.
        cancel: Set it from another thread; the run stops before its next denoising step.
        wanted: All of it, or less in less time.
        watch: Called at each step of denoising, where anything is denoised.

    Raises:
        SceneError: The scene lacks something the model needs.
        BundleError: The model's weights cannot be used.
        RunError: Options, device or memory do not allow the run.
        Cancelled: `cancel` was set.
    """
    from lcapp.models.logits import probabilities
    from lcapp.pipeline.device import PeakMemory, choose_device

    run = run or model.card.run()
    check(run)
    device = choose_device(run.device)
    run = replace(run, device=str(device))
    course = Course(on_step=on_step, cancel=cancel, watch=watch)
    with PeakMemory(device) as peak:
        ready, answer, run = answered(scene, model, run, course, wanted)
        maps = {
            name: LandCover(probabilities(answer.logits[name]), table, ready.grid)
            for name, table in model.card.maps
            if name in answer.logits
        }
        explanation = _where_seen(answer.explanation, ready.seen)
    record = RunRecord(
        scene=ready.scene_id,
        collection=ready.collection,
        simulated=ready.simulated,
        model=model.card,
        run=run,
        seconds=course.timings(),
        peak_memory_mb=peak.mb,
        evaluations=answer.evaluations,
        notes=ready.notes,
        sources=scene.sources if isinstance(scene, Scene) else (),
        registration=getattr(ready, "registration", None),  # of families that move a series
    )
    return Prediction(maps, record, answer.super_resolved, explanation)


def answered(
    scene: Scene | Ready, model: Model, run: Run, course: Course, wanted: Wanted
) -> tuple[Ready, Answer, Run]:
    """What the model says of a scene, on the device that the run names.

    Returns:
        The scene as the model took it, its answer, NaN where there is no image, and the run with
        the micro-batch it took.

    Raises:
        LcappError: As `predict`.
    """
    import torch

    from lcapp.pipeline.device import choose_device, free_memory_mb

    with course.stage("prepare"):
        ready: Ready = prepared(scene, model, run) if isinstance(scene, Scene) else scene
        available_mb = run.memory_limit_mb
        if available_mb is None:
            available_mb = free_memory_mb(choose_device(run.device))
        cost = model.cost(ready, run, available_mb)
        course.total = cost.units
    course.step("prepare")
    run = replace(run, micro_batch=cost.micro_batch)
    with course.apart("load"):
        model.load()  # here: weights that are made in inference mode are computed with otherwise
    with torch.inference_mode():
        answer = model.predict(ready, run, course, wanted)
    for name, table in model.card.maps:
        if name not in answer.logits and not wanted.maps:
            continue
        found, expected = (
            answer.logits[name].shape,
            (len(table), ready.grid.height, ready.grid.width),
        )
        if found != expected:
            raise ValueError(f"{model.card.name}: expected logits of {expected}, got {found}")
    if not all(np.isfinite(logits).all() for logits in answer.logits.values()):
        raise RunError(
            "the network gave values that are no numbers",
            where=f"{ready.scene_id} with {model.card.name}",
            advice="check the model's weights and the values of the scene",
        )
    if (seen := ready.seen) is not None:
        gap = np.float32(np.nan)
        only = {name: np.where(seen, one, gap) for name, one in answer.logits.items()}
        answer = replace(answer, logits=only)
    return ready, answer, run


def _where_seen(told: Explanation | None, seen: Bools | None) -> Explanation | None:
    """The explanation, its map without the series as empty as the map itself."""
    if told is None or seen is None:
        return told
    alone = told.without_series
    chances = np.where(seen, alone.probabilities, np.float32(np.nan))
    return replace(told, without_series=LandCover(chances, alone.table, alone.grid))


def prepared(scene: Scene, model: Model, run: Run) -> Any:
    """As the model takes it, which sees what its card names and nothing else.

    Raises:
        SceneError: The scene lacks something the model needs.
    """
    card = model.card
    names = (*card.reads, *(name for name in card.uses if name in scene.holds))
    return model.prepare(scene.only(names), run.rule, run.registration)
