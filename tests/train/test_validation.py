"""What a validation of the joint training scores, and that it begins at nothing each time."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lcapp.classes import FLAIR2
from lcapp.families.tsrdiff.catalogue import build
from lcapp.prepare import InputSpec
from lcapp.scene.collection import open_collection
from lcapp.train.classifier import MapClassifier
from lcapp.train.config import DataConfig, ObjectiveConfig, TrainConfig
from lcapp.train.data.batch import Batch, collate
from lcapp.train.data.draws import Draws
from lcapp.train.data.examples import Examples
from lcapp.train.tsrdiff.joint import JointTraining
from lcapp.train.tsrdiff.objective import objective
from tests.initial import SMALLEST


@pytest.fixture(scope="module")
def batch(small_folder: Path) -> Batch:
    collection, data = open_collection(small_folder), DataConfig(str(small_folder))
    draws = Draws(0, 500, per_month=False, augment=False, few_step_share=0.0)
    examples = Examples(collection, collection.ids, InputSpec(), FLAIR2, data, draws)
    # Near the end of the schedule, where a one-step estimate is far from any sample.
    batch = collate([examples[0], examples[2]])
    return replace(batch, k=torch.full_like(batch.k, 450))


@pytest.fixture
def learner(monkeypatch: pytest.MonkeyPatch) -> JointTraining:
    objective = ObjectiveConfig(few_steps=1, validation_steps=1, few_step_share=1.0)
    config = TrainConfig(DataConfig(""), objective=objective)
    one = JointTraining(build(SMALLEST, seed=0), config, 10, tuple(range(12)))
    one.reported = {}  # type: ignore[assignment]

    def report(stage: str, values: dict[str, Tensor], scenes: int) -> None:
        one.reported.update(values)  # type: ignore[operator, union-attr]

    monkeypatch.setattr(one, "report", report)
    return one.eval()


@torch.no_grad()
def validated(learner: Any, *batches: Batch) -> dict[str, float]:
    learner.reported.clear()
    for index, batch in enumerate(batches):
        learner.validation_step(batch, index)
    learner.on_validation_epoch_end()
    return {name: float(value) for name, value in learner.reported.items()}


def test_the_one_step_score_is_of_one_step_estimates_whatever_training_reads(
    batch: Batch, learner: JointTraining
) -> None:
    few = replace(batch, few_step=torch.ones_like(batch.few_step))
    assert validated(learner, few) == validated(learner, batch)


def test_the_scores_of_a_validation_are_those_of_its_own_scenes(
    batch: Batch, learner: JointTraining
) -> None:
    """Not of all validations so far. The labels are what the network says, then all but that."""
    with torch.no_grad():
        outcome = objective(learner.network, batch, learner.schedule, learner.objective)
        answer = learner.classify(batch, learner.sample(batch, outcome)).argmax(1)
    right, wrong = (replace(batch, labels=one) for one in (answer, (answer + 1) % 12))
    assert validated(learner, wrong)["oa"] == 0.0
    first = validated(learner, right)
    assert first["oa"] == 1.0
    assert validated(learner, wrong)["oa"] == 0.0
    assert validated(learner, right) == first


def test_the_shifts_of_a_validation_are_those_of_its_own_scenes(
    batch: Batch, learner: JointTraining
) -> None:
    bright = replace(batch, aerial_on_sr=batch.aerial_on_sr + 0.5, k=torch.zeros_like(batch.k))
    first = validated(learner, batch)
    validated(learner, bright)
    again = validated(learner, batch)
    shifts = [name for name in first if name.startswith("month_shift")]
    assert len(shifts) == 8  # four months, from samples and from estimates
    assert {name: again[name] for name in shifts} == {name: first[name] for name in shifts}


def test_the_scores_of_a_classifier_begin_anew_with_each_validation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learner: Any = MapClassifier(
        nn.Identity(), lambda batch: batch.logits, TrainConfig(DataConfig("")), 1, 3, (0, 1, 2)
    )
    learner.reported = {}
    monkeypatch.setattr(learner, "report", lambda stage, values, n: learner.reported.update(values))
    labels = torch.tensor([[[0, 1, 2, 0]]])
    logits = nn.functional.one_hot(labels, 3).permute(0, 3, 1, 2).float()
    right: Any = SimpleNamespace(logits=logits, labels=labels, scene_ids=("a",))
    wrong: Any = SimpleNamespace(logits=logits, labels=(labels + 1) % 3, scene_ids=("a",))
    assert [validated(learner, one)["oa"] for one in (wrong, right, wrong)] == [0.0, 1.0, 0.0]
