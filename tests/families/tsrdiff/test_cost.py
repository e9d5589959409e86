"""What a run is said to cost, and how it is made to fit."""

from pathlib import Path

import pytest

from lcapp.errors import RunError
from lcapp.families.door import open_model
from lcapp.families.family import Model
from lcapp.families.tsrdiff.cost import working_memory_mb
from lcapp.scene.collection import open_collection
from lcapp.types import CloudRule, Prepared, Run


@pytest.fixture(scope="module")
def model() -> Model:
    return open_model("tiny")


@pytest.fixture(scope="module")
def prepared(demo_folder: Path, model: Model) -> Prepared:
    collection = open_collection(demo_folder)
    return model.prepare(collection.scene(collection.ids[0]), CloudRule())


def test_evaluations_are_steps_times_present_months(prepared: Prepared, model: Model) -> None:
    cost = model.cost(prepared, Run(steps=7), available_mb=1e6)
    assert cost.evaluations == 7 * int(prepared.present.sum())
    assert cost.micro_batch == int(prepared.present.sum())


def test_less_memory_gives_a_smaller_micro_batch_down_to_one(
    prepared: Prepared, model: Model
) -> None:
    months = int(prepared.present.sum())
    need = {size: working_memory_mb(prepared, model.sizes, size) for size in (1, months)}
    assert need[1] < need[months]
    between = (need[1] + need[months]) / 2 / 0.8
    chosen = model.cost(prepared, Run(steps=1), available_mb=between)
    assert 1 <= chosen.micro_batch < months
    assert chosen.memory_mb <= between
    tight = model.cost(prepared, Run(steps=1), available_mb=need[1])
    assert tight.micro_batch == 1
    with pytest.raises(RunError, match=rf"about {need[1]:.0f} MB of memory"):
        model.cost(prepared, Run(steps=1), available_mb=need[1] - 1)


def test_a_micro_batch_that_does_not_fit_is_refused_with_a_smaller_one(
    prepared: Prepared, model: Model
) -> None:
    months = int(prepared.present.sum())
    enough_for_one = working_memory_mb(prepared, model.sizes, 1) + 1
    with pytest.raises(RunError, match="micro-batch of 1"):
        model.cost(prepared, Run(steps=1, micro_batch=months), available_mb=enough_for_one)
