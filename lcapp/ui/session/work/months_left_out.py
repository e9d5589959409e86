"""The same run with each month left out in turn: what a month is worth to the map."""

import threading
from typing import Any

from lcapp.language import message
from lcapp.types import Occlusion, Prediction
from lcapp.ui.session.work import runs
from lcapp.ui.session.work.runs import Choice, Closer, RunKey
from lcapp.ui.session.work.tasks import Kind, Tell


def _leave_out(
    choice: Choice, of: tuple[Any, Prediction], tell: Tell, cancel: threading.Event
) -> Occlusion:
    from lcapp.pipeline.occlusion import leave_out_months

    ready, prediction = of
    return leave_out_months(ready, choice.model, prediction, on_step=tell, cancel=cancel)


OCCLUSION: Kind[RunKey, Occlusion] = Kind(
    name=message("leaving out of months"),
    computes=True,
    kept=4,  # one of a 512 x 512 patch takes some 16 MB
    begins=message("Loading the model"),
    told=runs.steps_told,
    cancelled=message("Cancelled; what a month is worth is not known."),
)

LEFT_OUT = Closer(OCCLUSION, _leave_out, Occlusion)
"""What each month is worth; made of the scene as the model takes it, and the run's result."""
