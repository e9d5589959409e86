"""One run's super-resolved year beside its rivals: what a page shows of a single scene."""

from collections.abc import Mapping

from lcapp.evaluate.by_month import SUPER_RESOLVED
from lcapp.evaluate.records import SeriesFigures
from lcapp.families.family import Ready
from lcapp.pipeline.evaluation.scene import Judge, case_of
from lcapp.types import Prediction, Scene, Truth


def judged_year(
    scene: Scene, ready: Ready, truth: Truth | None, prediction: Prediction
) -> Mapping[str, SeriesFigures]:
    """The figures of the super-resolved year and of those that need no network.

    Args:
        scene: As read.
        ready: As the model took it.
        truth: Where it is known.
        prediction: With a super-resolved series.

    Raises:
        SceneError: A truth of another place or of other bands.
    """
    found, card = prediction.super_resolved, prediction.record.model
    assert found is not None
    judge = Judge(case_of(scene, ready, truth, card), found, card)
    return {SUPER_RESOLVED: judge.of(found.reflectance), **dict(judge.rivals())}
