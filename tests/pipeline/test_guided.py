"""A denoiser that sees the aerial image: how much say it has, and what is told of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lcapp.errors import RunError
from lcapp.families.door import open_card
from lcapp.families.tsrdiff.model import TSRDiffModel, load
from lcapp.pipeline.outputs import summary
from lcapp.pipeline.predict import predict
from lcapp.scene.collection import open_collection
from lcapp.types import Floats, Prediction, Run, Scene
from tests.initial import write_initial_bundle
from tests.scenes import with_parts

BETULA = "Betula_spec._1_15679"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> TSRDiffModel:
    folder = tmp_path_factory.mktemp("bundles") / "guided"
    write_initial_bundle(folder, "smallest", guided=True)
    return load(folder)


@pytest.fixture(scope="module")
def scene(treesat_folder: Path) -> Scene:
    return open_collection(treesat_folder).scene(BETULA)


@pytest.fixture(scope="module")
def flown_elsewhere(scene: Scene) -> Scene:
    turned = np.ascontiguousarray(scene.aerial.pixels[:, ::-1])
    return with_parts(scene, aerial=replace(scene.aerial, pixels=turned))


def run(scene: Scene, model: TSRDiffModel, **options: float) -> Prediction:
    return predict(scene, model, Run(steps=2, device="cpu", **options))  # type: ignore[arg-type]


def series(prediction: Prediction) -> Floats:
    assert prediction.super_resolved is not None
    return prediction.super_resolved.reflectance


def test_with_a_guide_the_aerial_image_makes_the_months_and_without_it_it_does_not(
    model: TSRDiffModel, scene: Scene, flown_elsewhere: Scene
) -> None:
    one, other = (series(run(each, model)) for each in (scene, flown_elsewhere))
    assert np.nanmax(np.abs(one - other)) > 0.01
    # Where the series lies is told by the aerial image.
    alone = {"guide": 0.0, "registration": False}
    one, other = (series(run(each, model, **alone)) for each in (scene, flown_elsewhere))
    np.testing.assert_array_equal(one, other)


def test_between_the_two_the_months_are_mixed_and_both_chains_are_counted(
    model: TSRDiffModel, scene: Scene
) -> None:
    without, part, whole = (run(scene, model, guide=share) for share in (0.0, 0.25, 1.0))
    expected = 0.75 * series(without) + 0.25 * series(whole)
    np.testing.assert_allclose(series(part), expected, atol=1e-5)
    assert part.record.evaluations == 2 * whole.record.evaluations


def test_a_denoiser_that_finds_nothing_to_add_leaves_guided_upsampling(
    model: TSRDiffModel, scene: Scene
) -> None:
    """Without noise and with an answer of 0 nothing is added to what the residual is taken from."""
    folder = model.path
    quiet = load(folder)
    quiet.network.denoiser.start_at_zero()
    found = run(scene, quiet, noise=0.0).super_resolved
    assert found is not None
    np.testing.assert_allclose(found.reflectance, found.guided, atol=1e-5)
    assert np.nanmax(np.abs(found.guided - found.bicubic)) > 0.02
    plain = run(scene, quiet, noise=0.0, guide=0.0).super_resolved
    assert plain is not None
    np.testing.assert_allclose(plain.reflectance, plain.bicubic, atol=1e-5)


def test_the_agreement_of_each_month_is_told(model: TSRDiffModel, scene: Scene) -> None:
    found = run(scene, model)
    assert found.super_resolved is not None
    agreement = found.super_resolved.agreement.mean(axis=1)
    for month in summary(found)["months"]:
        told = month["agreement"]
        if month["present"]:
            assert told == pytest.approx(float(agreement[month["month"] - 1]), abs=1e-3)
        else:
            assert told is None


@pytest.mark.parametrize("options", [{"guide": 1.5}, {"guide": -0.1}, {"noise": 2.0}])
def test_a_say_outside_0_to_1_is_refused(
    model: TSRDiffModel, scene: Scene, options: dict[str, float]
) -> None:
    with pytest.raises(RunError, match=f"{next(iter(options))} is .*expected 0 to 1"):
        run(scene, model, **options)


def test_a_bundle_from_before_there_were_guides_has_no_such_option(tmp_path: Path) -> None:
    for name, guided in (("before", False), ("after", True)):
        write_initial_bundle(tmp_path / name, "smallest", guided=guided)
        assert ("guide" in open_card(tmp_path / name).options) == guided
    text = (tmp_path / "before" / "config.json").read_text()
    assert '"base"' not in text
