"""Leaving out months: what changes is what a run without the month says, pixel by pixel."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from lcapp.classes import NO_CLASS
from lcapp.errors import Cancelled, SceneError
from lcapp.families.door import open_model
from lcapp.families.family import Model
from lcapp.pipeline.occlusion import leave_out_months
from lcapp.pipeline.predict import predict
from lcapp.prepare import without_month
from lcapp.scene.collection import open_collection
from lcapp.types import CloudRule, Prediction, Prepared, Progress, Scene


@pytest.fixture(scope="module")
def model() -> Model:
    return open_model("demo")


@pytest.fixture(scope="module")
def ready(simulated_folder, model: Model) -> Prepared:
    """A tile's upper part, of 128 x 256 pixels, with three months present."""
    collection = open_collection(simulated_folder)
    scene = collection.scene(collection.ids[0])
    prepared = model.prepare(_wide(scene), CloudRule())
    present = [month.month for month in prepared.months if month.present]
    for month in present[3:]:
        prepared = without_month(prepared, month)
    return prepared


def _wide(scene: Scene) -> Scene:
    aerial = scene.aerial
    grid = aerial.grid.cut(slice(40, 168), slice(0, 256))
    images = {
        name: replace(one, pixels=one.pixels[:, 40:168, :256], grid=grid)
        for name, one in scene.images.items()
    }
    return replace(scene, grid=grid, images=images, references={}, seen=None)


@pytest.fixture(scope="module")
def prediction(ready: Prepared, model: Model) -> Prediction:
    return predict(ready, model, replace(model.card.run(), device="cpu"))


def test_each_month_is_left_out_in_turn(
    ready: Prepared, model: Model, prediction: Prediction
) -> None:
    told: list[Progress] = []
    found = leave_out_months(ready, model, prediction, on_step=told.append)
    cover = prediction.land_cover
    assert found.change.shape == (12, 128, 256)
    second = int(np.flatnonzero(ready.present)[1])
    alone = predict(without_month(ready, second + 1), model, prediction.record.run).land_cover
    for row, col in ((10, 200), (100, 20), (127, 255)):
        index = cover.class_map[row, col]
        expected = alone.probabilities[index, row, col] - cover.probabilities[index, row, col]
        assert found.change[second, row, col] == pytest.approx(expected, abs=1e-6)
    np.testing.assert_array_equal(found.class_maps[second], alone.class_map)
    assert np.abs(found.change[second]).max() > 0.01
    absent = ~ready.present
    assert np.isnan(found.change[absent]).all()
    assert (found.class_maps[absent] == NO_CLASS).all()
    assert [one.done for one in told] == list(range(1, told[-1].total + 1))
    assert told[0].stage.startswith("without ")


def test_a_cancel_ends_it_within_a_step(
    ready: Prepared, model: Model, prediction: Prediction
) -> None:
    cancel, told = threading.Event(), []

    def stop(now: Progress) -> None:
        told.append(now)
        cancel.set()

    with pytest.raises(Cancelled):
        leave_out_months(ready, model, prediction, on_step=stop, cancel=cancel)
    assert len(told) <= 2


def test_a_month_that_is_left_out_is_absent_and_the_others_stay(ready: Prepared) -> None:
    first = int(np.flatnonzero(ready.present)[0])
    found = without_month(ready, first + 1)
    assert found.present.sum() == ready.present.sum() - 1
    assert np.isnan(found.series[first]).all()
    assert np.isnan(found.day_offsets[first])
    assert found.months[first].reason == "left out"
    others = np.arange(12) != first
    np.testing.assert_array_equal(found.series[others], ready.series[others])
    assert ready.present[first]


def test_an_absent_month_and_the_only_one_cannot_be_left_out(ready: Prepared) -> None:
    first, second, third = (int(one) + 1 for one in np.flatnonzero(ready.present))
    with pytest.raises(SceneError, match="is absent"):
        without_month(without_month(ready, first), first)
    with pytest.raises(SceneError, match="only present month"):
        without_month(without_month(without_month(ready, first), second), third)
