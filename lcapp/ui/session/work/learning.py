"""What the page Learn computes: the toy, two films of one month, and pictures of a step.

Everything that is drawn is kept by what it depends on, the language among it: its titles are texts.
"""

import threading
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from lcapp.language import current, message, tr
from lcapp.prepare import Scaling
from lcapp.sensors import AERIAL
from lcapp.types import Prediction, Progress
from lcapp.types.watched import Toy
from lcapp.ui.session import cache
from lcapp.ui.session.state import View
from lcapp.ui.session.work import runs
from lcapp.ui.session.work.runs import Choice
from lcapp.ui.session.work.seeds import FILM
from lcapp.ui.session.work.tasks import Kind, Task, Tell
from lcapp.views.attention.fused import Fused
from lcapp.views.attention.fused import fused as fused_by
from lcapp.views.learn import looks, noising, sensors, toy
from lcapp.views.learn.looks import Gaze
from lcapp.views.learn.noising import Walk
from lcapp.views.learn.slides import Slides

LONG_WAY = ("ddim", 12)
"""Sampler and steps of a walk that takes a little noise away at each step."""

_TOY_SEED = 0

TOY: Kind[int, Toy] = Kind(
    name=message("toy"),
    computes=True,
    kept=2,
    begins=message("Starting the training"),
    told=lambda now: tr("{done} of {total} rounds of training", done=now.done, total=now.total),
    cancelled=message("The training was cancelled."),
)


def find_toy() -> Task[Toy] | None:
    """The toy, whatever its state."""
    return cache.tasks().find(TOY, _TOY_SEED)


def start_toy() -> Task[Toy]:
    """Train it, or return the task that does: one for all sessions, it is the same for all."""

    def work(tell: Tell, cancel: threading.Event) -> Toy:
        from lcapp.diffusion.toy import trained_toy  # here: the page opens without torch

        runs.leave_a_core()
        return trained_toy(
            _TOY_SEED,
            on_step=lambda done, total: tell(Progress("train", done, total)),
            cancel=cancel,
        )

    return cache.tasks().start(TOY, _TOY_SEED, work)


def walks_wanted(choice: Choice, view: View) -> tuple[Choice, Choice]:
    """The run's own seed and another one, by the way that the view asks for.

    Raises:
        SceneError: The scene has gone.
    """
    found = choice.view
    if view.long_way:
        sampler, steps = LONG_WAY
        found = replace(found, sampler=sampler, steps=steps)
    other = view.other_seed if view.other_seed is not None else choice.run.seed + 1
    return tuple(
        runs.opened(replace(found, seed=seed), choice.collection, choice.model)
        for seed in (choice.run.seed, other)
    )  # type: ignore[return-value]


def walks(wanted: tuple[Choice, Choice], month: int) -> tuple[Walk, Walk] | None:
    """A month of both films; None while one of them is not there."""
    tasks = [FILM.find(one) for one in wanted]
    first, second = (None if task is None else task.result for task in tasks)
    if first is None or second is None:
        return None
    return tuple(
        Walk(
            one.run.seed,
            tuple((s.k, s.noisy[month - 1], s.estimate[month - 1]) for s in film),
        )
        for one, film in zip(wanted, (first, second), strict=True)
    )  # type: ignore[return-value]


def year_slides(choice: Choice, prediction: Prediction) -> Slides:
    """Step 1 (SceneError: the series does not cover the patch)."""
    return _year(choice, prediction, choice.key, current())


@st.cache_resource(show_spinner=False, max_entries=4)
def _year(_choice: Choice, _prediction: Prediction, key: Any, language: str) -> Slides:
    year = cache.year(_choice.scene, _choice.key.content)
    sr = _prediction.super_resolved
    assert year is not None
    assert sr is not None
    return sensors.year_slides(_choice.scene, year, sr, _prediction.land_cover)


def gap_slides(choice: Choice, prediction: Prediction, month: int) -> Slides:
    """Step 2 of a present month."""
    return _gap(choice, prediction, month, choice.key, current())


@st.cache_resource(show_spinner=False, max_entries=4)
def _gap(_choice: Choice, _prediction: Prediction, month: int, key: Any, language: str) -> Slides:
    sr = _prediction.super_resolved
    assert sr is not None
    return sensors.gap_slides(_choice.scene, sr, month)


def noising_slides(
    choice: Choice, prediction: Prediction, month: int, what: str
) -> tuple[Slides, tuple[int, ...], int, int]:
    """Step 3 of a present month.

    Args:
        choice: What has been chosen.
        prediction: Its result.
        month: 1..12.
        what: As of `noising.clean`.

    Returns:
        The slides, k of each stop, the k from which on there is more noise than signal, and K.
    """
    return _noising(choice, prediction, month, what, choice.key, current())


@st.cache_resource(show_spinner=False, max_entries=4)
def _noising(
    _choice: Choice, _prediction: Prediction, month: int, what: str, key: Any, language: str
) -> tuple[Slides, tuple[int, ...], int, int]:
    from lcapp.diffusion.forward import forward  # here: the page opens without torch

    sr, card = _prediction.super_resolved, _choice.card
    assert sr is not None
    scalings = [Scaling(low, high) for _, (low, high) in card.value_ranges]
    x0 = noising.clean(sr, month, scalings, what)
    found = forward(x0, _choice.scene.id, month, _choice.run.seed, card.schedule)
    drawn = noising.noising_slides(found, sr.bands, scalings, what)
    return drawn, found.k, noising.meeting(found), len(found.signal_share)


def denoising_slides(
    wanted: tuple[Choice, Choice], pair: tuple[Walk, Walk], bands: tuple[str, ...], month: int
) -> Slides:
    """Step 4 of a present month."""
    return _denoising(pair, bands, month, tuple(one.key for one in wanted), current())


@st.cache_resource(show_spinner=False, max_entries=4)
def _denoising(
    _pair: tuple[Walk, Walk], bands: tuple[str, ...], month: int, key: Any, language: str
) -> Slides:
    return noising.denoising_slides(*_pair, bands)


@st.cache_resource(show_spinner=False, max_entries=8)
def _toy(_toy: Toy, steps: int | None, language: str) -> Slides:
    return toy.learning_slides(_toy) if steps is None else toy.path_slides(_toy, steps)


def toy_slides(trained: Toy, steps: int | None) -> Slides:
    """The paths of the toy's samplers with so many steps; None: how it learnt."""
    return _toy(trained, steps, current())


def gaze(choice: Choice, prediction: Prediction, month: int, stage: int, head: int | None) -> Gaze:
    """Step 5."""
    return _gaze(choice, prediction, month, stage, head, choice.key, current())


@st.cache_resource(show_spinner=False, max_entries=4)  # 9 MB each at the most
def _gaze(
    _choice: Choice,
    _prediction: Prediction,
    month: int,
    stage: int,
    head: int | None,
    key: Any,
    language: str,
) -> Gaze:
    sr, told = _prediction.super_resolved, _prediction.explanation
    assert sr is not None
    assert told is not None
    return looks.gaze(told, _prediction.land_cover, _choice.scene, sr, month, stage, head)


def fused(choice: Choice, prediction: Prediction) -> Fused:
    """Step 6."""
    told, cover = prediction.explanation, prediction.land_cover
    assert told is not None
    reference = choice.scene.references.get(cover.table.name)
    labels = None if reference is None else np.asarray(reference.labels)
    return fused_by(cover, told, labels)


def lack_of(choice: Choice, prediction: Prediction | None) -> str | None:
    """Why the steps cannot be shown of this scene and model; None where they can."""
    if prediction is None:
        return tr("Run the model (at the left): the steps are made of its result.")
    if AERIAL not in choice.scene.images:
        return tr("This patch has no aerial image: choose another one at the left.")
    if prediction.super_resolved is None or prediction.explanation is None:
        return tr(
            "This model reads no series, so there is nothing to denoise: choose one that does, "
            "such as demo."
        )
    if not any(month.present for month in prediction.super_resolved.months):
        return tr("No month of this patch is clear: choose another one at the left.")
    return None
