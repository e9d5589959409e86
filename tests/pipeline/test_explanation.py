"""The explanation is part of the result: what every run says about its own answer."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from lcapp.errors import RunError
from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.model import TSRDiffModel, load
from lcapp.families.tsrdiff.sizes import VARIANTS, with_options
from lcapp.families.tsrdiff.weights import save
from lcapp.pipeline.outputs import summary
from lcapp.pipeline.predict import predict
from lcapp.scene.collection import open_collection
from lcapp.types import Prediction, Run, Scene


@pytest.fixture(scope="module")
def scene(treesat_folder: Path) -> Scene:
    return open_collection(treesat_folder).scene("Betula_spec._1_15679")


@pytest.fixture(scope="module")
def bundle() -> TSRDiffModel:
    return load("tiny")


@pytest.fixture(scope="module")
def prediction(scene: Scene, bundle: TSRDiffModel) -> Prediction:
    return predict(scene, bundle, Run("ddim", steps=1, device="cpu"))


@pytest.fixture(scope="module")
def plain(
    scene: Scene, bundle: TSRDiffModel, tmp_path_factory: pytest.TempPathFactory
) -> Prediction:
    """A bundle of another fusion and another pooling, through disk and the whole chain."""
    config = with_options(VARIANTS["tiny"], fusion="concat", pooling="attention")
    path = tmp_path_factory.mktemp("weights") / "plain"
    network = build(config, seed=1, training_parts=False)
    save(path, network, replace(bundle.config, name="plain", network=asdict(config)))
    return predict(scene, load(path), Run("ddim", steps=1, device="cpu"))


def test_e_cs_weights_lie_on_the_lr_crop_and_cover_the_present_months(
    prediction: Prediction,
) -> None:
    sr = prediction.super_resolved
    present = np.array([month.present for month in sr.months])
    sides = (sr.lr_grid.height, sr.lr_grid.width)
    for level, weights in enumerate(prediction.explanation.conditioning_weights):
        assert weights.shape == (12, *(-(-side // 2**level) for side in sides))
        np.testing.assert_allclose(weights.sum(0), 1, atol=1e-4)
        assert (weights[~present] == 0).all()
    assert len(prediction.explanation.conditioning_weights) == 3


@pytest.mark.parametrize("kind", ["prediction", "plain"])
def test_the_map_without_the_series_is_a_map_and_its_difference_is_in_the_summary(
    kind: str, request: pytest.FixtureRequest
) -> None:
    result: Prediction = request.getfixturevalue(kind)
    without = result.explanation.without_series
    assert without.grid == result.land_cover.grid
    np.testing.assert_allclose(without.probabilities.sum(0), 1, atol=1e-5)
    assert np.abs(without.probabilities - result.land_cover.probabilities).max() > 1e-5
    changed = result.changed_by_series
    assert changed.shape == result.land_cover.class_map.shape
    np.testing.assert_array_equal(changed, without.class_map != result.land_cover.class_map)
    assert summary(result)["series_effect"] == changed.mean()
    assert 0 <= summary(result)["series_effect"] <= 1
    assert "never trained so" in summary(result)["series_effect_is"]


def test_the_map_without_the_series_does_not_depend_on_its_noise(
    prediction: Prediction, scene: Scene, bundle: TSRDiffModel
) -> None:
    other = predict(scene, bundle, Run("ddim", steps=1, seed=1, device="cpu"))
    assert np.abs(other.land_cover.probabilities - prediction.land_cover.probabilities).max() > 0
    np.testing.assert_array_equal(
        other.explanation.without_series.probabilities,
        prediction.explanation.without_series.probabilities,
    )


def test_shares_of_the_pooling_are_there_where_they_are_learnt(
    prediction: Prediction, plain: Prediction
) -> None:
    assert prediction.explanation.pooling_weights == ()
    present = np.array([month.present for month in plain.super_resolved.months])
    assert len(plain.explanation.pooling_weights) == 3
    for shares in plain.explanation.pooling_weights:
        np.testing.assert_allclose(shares.sum(0), 1, atol=1e-4)
        assert (shares[~present] == 0).all()


def test_a_fusion_without_attention_says_so_when_a_pixel_is_asked_about(
    plain: Prediction,
) -> None:
    with pytest.raises(RunError, match="no attention"):
        plain.explanation.attention(row=0, col=0)
