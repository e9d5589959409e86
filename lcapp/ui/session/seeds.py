"""A run looked at more closely: with several seeds, and step by step."""

import threading
from dataclasses import dataclass, replace
from typing import Any

from lcapp.diffusion.config import SAMPLERS
from lcapp.evaluate.spread import Spread, spread_of
from lcapp.pipeline.denoising import Step, denoised
from lcapp.pipeline.predict import predict
from lcapp.types import SERIES_ALONE, Floats, Progress, Run
from lcapp.ui.session import cache, runs
from lcapp.ui.session.runs import Choice, RunKey
from lcapp.ui.session.tasks import Kind, Task, Tell

SAMPLES = 6
"""Seeds; more would tell more, and keep the others waiting."""


@dataclass(frozen=True)
class SeedsKey:
    """What the samples depend on.

    Attributes:
        run: The run; its own seed is that of the first.
        samples: How many.
    """

    run: RunKey
    samples: int


SEEDS: Kind[SeedsKey, Spread] = Kind(
    name="spread over seeds",
    computes=True,
    kept=6,
    begins="Loading the model",
    told=lambda now: f"{now.done} of {now.total} steps done, {now.stage}",
    cancelled="The samples were cancelled; there is no spread.",
)


def can_be_sampled(choice: Choice) -> bool:
    """Whether another seed gives another result."""
    asks = SAMPLERS[choice.run.sampler].asks
    return "seed" in choice.card.options and asks and choice.run.noise > 0


def find(choice: Choice) -> Task[Spread] | None:
    """The samples of these settings, whatever their state."""
    return cache.tasks().find(SEEDS, SeedsKey(choice.key, SAMPLES))


def start(choice: Choice, ready: Any) -> Task[Spread]:
    """Draw the samples, or return the task that does.

    Args:
        choice: The settings; seeds follow theirs.
        ready: From `runs.prepared`.
    """

    def work(tell: Tell, cancel: threading.Event) -> Spread:
        runs.leave_a_core()
        years: list[Floats] = []
        for number in range(SAMPLES):

            def told(now: Progress, number: int = number) -> None:
                done, total = number * now.total + now.done, SAMPLES * now.total
                tell(Progress(f"seed {number + 1} of {SAMPLES}", done, total))

            run = replace(choice.run, seed=choice.run.seed + number)
            found = predict(
                ready, choice.model, run, on_step=told, cancel=cancel, wanted=SERIES_ALONE
            ).super_resolved
            assert found is not None
            years.append(found.reflectance)
        return spread_of(years)

    return cache.tasks().start(SEEDS, SeedsKey(choice.key, SAMPLES), work)


FILM_STEPS = 8
"""Denoising steps of a film, where the run itself takes fewer."""

DENOISING: Kind[RunKey, tuple[Step, ...]] = Kind(
    name="film of the denoising",
    computes=True,
    kept=4,
    begins="Loading the model",
    told=lambda now: f"{now.done} of {now.total} steps done",
    cancelled="The film was cancelled.",
)


def film_run(choice: Choice) -> Run:
    """The run with enough steps to be watched."""
    run = choice.run
    if SAMPLERS[run.sampler].whole_schedule:
        return run
    return replace(run, steps=max(run.steps, FILM_STEPS))


def find_film(choice: Choice) -> Task[tuple[Step, ...]] | None:
    """The film of these settings, whatever its state."""
    return cache.tasks().find(DENOISING, choice.key)


def start_film(choice: Choice, ready: Any) -> Task[tuple[Step, ...]]:
    """Watch a run, or return the task that does.

    Args:
        choice: The settings.
        ready: From `runs.prepared`.
    """

    def work(tell: Tell, cancel: threading.Event) -> tuple[Step, ...]:
        runs.leave_a_core()
        return denoised(ready, choice.model, film_run(choice), on_step=tell, cancel=cancel)

    return cache.tasks().start(DENOISING, choice.key, work)
