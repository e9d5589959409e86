"""The same run with each month left out in turn: what a month is worth to the map."""

import threading
from typing import Any

from lcapp.types import Occlusion, Prediction
from lcapp.ui.session import cache, runs
from lcapp.ui.session.runs import Choice, RunKey
from lcapp.ui.session.tasks import Kind, Task, Tell

OCCLUSION: Kind[RunKey, Occlusion] = Kind(
    name="leaving out of months",
    computes=True,
    kept=4,  # one of a 512 x 512 patch takes some 16 MB
    begins="Loading the model",
    told=lambda now: f"{now.done} of {now.total} steps done, {now.stage}",
    cancelled="Cancelled; what a month is worth is not known.",
)


def find(choice: Choice) -> Task[Occlusion] | None:
    """That of these settings, whatever its state."""
    return cache.tasks().find(OCCLUSION, choice.key)


def start(choice: Choice, ready: Any, prediction: Prediction) -> Task[Occlusion]:
    """Leave the months out, or return the task that does.

    Args:
        choice: The settings.
        ready: From `runs.prepared`.
        prediction: The result of these settings.
    """

    def work(tell: Tell, cancel: threading.Event) -> Occlusion:
        from lcapp.pipeline.occlusion import leave_out_months

        runs.leave_a_core()
        return leave_out_months(ready, choice.model, prediction, on_step=tell, cancel=cancel)

    return cache.tasks().start(OCCLUSION, choice.key, work)
