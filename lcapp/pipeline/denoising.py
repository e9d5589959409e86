"""A run watched step by step: what the months are on their way from noise."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lcapp.families.family import Model
from lcapp.pipeline.predict import predict
from lcapp.prepare import Scaling, unscale
from lcapp.types import Bools, Denoised, Floats, Progress, Run, Wanted

MOST = 16
"""Steps that are kept, of however many; one of twelve months takes 2 MB."""


@dataclass(frozen=True, eq=False)
class Step:
    """One step.

    Attributes:
        k: The timestep, the noisiest first.
        noisy: M C Hs Ws, reflectance, NaN where absent: the months with the noise of x_k.
        estimate: M C Hs Ws, what the network takes them to be.
    """

    k: int
    noisy: Floats
    estimate: Floats


def denoised(
    ready: Any,
    model: Model,
    run: Run,
    *,
    on_step: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> tuple[Step, ...]:
    """The steps of a run, evenly spread and with the first and the last.

    Args:
        ready: From `model.prepare`, of a series.
        model: One that denoises.
        run: Options.
        on_step: As of `predict`.
        cancel: Likewise.

    Raises:
        LcappError: As `predict`.
    """
    scalings = [Scaling(low, high) for _, (low, high) in model.card.value_ranges]
    kept = set(np.linspace(0, run.steps - 1, min(run.steps, MOST)).round().astype(int).tolist())
    steps: list[Step] = []
    seen = 0

    def watch(one: Denoised) -> None:
        nonlocal seen
        if seen in kept:
            months = [_months(part, ready.present, scalings) for part in (one.noisy, one.estimate)]
            steps.append(Step(one.k, *months))
        seen += 1

    wanted = Wanted(super_resolved=False, explanation=False, maps=False)
    predict(ready, model, run, on_step=on_step, cancel=cancel, wanted=wanted, watch=watch)
    return tuple(steps)


def _months(scaled: Floats, present: Bools, scalings: list[Scaling]) -> Floats:
    """T C H W, scaled -> M C H W, reflectance."""
    months = np.full((len(present), *scaled.shape[1:]), np.nan, np.float32)
    bands = [unscale(scaled[:, band], to) for band, to in enumerate(scalings)]
    months[present] = np.stack(bands, axis=1)
    return months
