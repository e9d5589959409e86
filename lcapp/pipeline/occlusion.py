"""What each month is worth to a map: leave it out, run again, and see what becomes of the classes.

A check of the weights that attention gives the months: these say what was looked at, and not what
it was good for (occlusion: Zeiler and Fergus, 2014). Every run has the seed of the first, whose
noise belongs to a month and not to its place in the series, so that the others begin alike.
"""

import calendar
import threading
from collections.abc import Callable

import numpy as np

from lcapp.classes import NO_CLASS
from lcapp.families.family import Model
from lcapp.pipeline.predict import predict
from lcapp.prepare import without_month
from lcapp.types import MAPS_ALONE, Occlusion, Prediction, Prepared, Progress


def leave_out_months(
    ready: Prepared,
    model: Model,
    prediction: Prediction,
    *,
    on_step: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> Occlusion:
    """Leave out each present month in turn, and compare the first map with the prediction's.

    Takes as many runs as there are present months.

    Args:
        ready: The scene as `model.prepare` made it.
        model: That made the prediction.
        prediction: Of this scene; its run is repeated.
        on_step: Called after each unit of work, in the calling thread.
        cancel: Set it from another thread; the run stops before its next denoising step.

    Raises:
        SceneError: There is only one present month.
        LcappError: As `predict`.
    """
    cover, run = prediction.land_cover, prediction.record.run
    present = [month.month for month in ready.months if month.present]
    change = np.full((len(ready.months), *cover.class_map.shape), np.nan, np.float32)  # M H W
    class_maps = np.full(change.shape, NO_CLASS, np.uint8)
    chosen = np.where(cover.classified, cover.class_map, 0)[None]  # 1 H W
    for number, month in enumerate(present):

        def told(now: Progress, number: int = number, month: int = month) -> None:
            if on_step is not None:
                stage = f"without {calendar.month_name[month]}"
                done, total = number * now.total + now.done, len(present) * now.total
                on_step(Progress(stage, done, total))

        without = predict(
            without_month(ready, month),
            model,
            run,
            on_step=told,
            cancel=cancel,
            wanted=MAPS_ALONE,
        ).land_cover
        chance = np.take_along_axis(without.probabilities, chosen, axis=0)[0]  # H W
        change[month - 1] = chance - cover.confidence
        class_maps[month - 1] = without.class_map
    return Occlusion(change, class_maps)
