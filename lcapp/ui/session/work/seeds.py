"""A run looked at more closely: with several seeds, and step by step."""

import threading
from dataclasses import replace
from typing import Any

from lcapp.diffusion.config import SAMPLERS
from lcapp.evaluate.spread import Spread, spread_of
from lcapp.language import message, tr
from lcapp.pipeline.denoising import Step, denoised
from lcapp.pipeline.predict import predict
from lcapp.types import SERIES_ALONE, Floats, Progress, Run
from lcapp.ui.session.work import runs
from lcapp.ui.session.work.runs import Choice, Closer, RunKey
from lcapp.ui.session.work.tasks import Kind, Tell

SAMPLES = 6
"""Seeds, from that of the run on; more would tell more, and keep the others waiting."""

FILM_STEPS = 8
"""Denoising steps of a film, where the run itself takes fewer."""


def can_be_sampled(choice: Choice) -> bool:
    """Whether another seed gives another result."""
    asks = SAMPLERS[choice.run.sampler].asks
    return "seed" in choice.card.options and asks and choice.run.noise > 0


def film_run(choice: Choice) -> Run:
    """The run with enough steps to be watched."""
    run = choice.run
    if SAMPLERS[run.sampler].whole_schedule:
        return run
    return replace(run, steps=max(run.steps, FILM_STEPS))


def _draw(choice: Choice, ready: Any, tell: Tell, cancel: threading.Event) -> Spread:
    years: list[Floats] = []
    for number in range(SAMPLES):

        def told(now: Progress, number: int = number) -> None:
            done, total = number * now.total + now.done, SAMPLES * now.total
            tell(Progress(f"{number + 1}/{SAMPLES}", done, total))

        run = replace(choice.run, seed=choice.run.seed + number)
        found = predict(
            ready, choice.model, run, on_step=told, cancel=cancel, wanted=SERIES_ALONE
        ).super_resolved
        assert found is not None
        years.append(found.reflectance)
    return spread_of(years)


def _watch(choice: Choice, ready: Any, tell: Tell, cancel: threading.Event) -> tuple[Step, ...]:
    return denoised(ready, choice.model, film_run(choice), on_step=tell, cancel=cancel)


SEEDS: Kind[RunKey, Spread] = Kind(
    name=message("spread over seeds"),
    computes=True,
    kept=6,
    begins=message("Loading the model"),
    told=lambda now: tr(
        "{done} of {total} steps done, seed {seed}", done=now.done, total=now.total, seed=now.stage
    ),
    cancelled=message("The samples were cancelled; there is no spread."),
)

DENOISING: Kind[RunKey, tuple[Step, ...]] = Kind(
    name=message("film of the denoising"),
    computes=True,
    kept=4,
    begins=message("Loading the model"),
    told=runs.steps_told,
    cancelled=message("The film was cancelled."),
)

SAMPLED = Closer(SEEDS, _draw, Spread)
"""The spread over seeds."""

FILM = Closer(DENOISING, _watch, tuple[Step, ...])
"""The film of the denoising."""
