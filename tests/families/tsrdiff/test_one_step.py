"""One step with a network that answers 0: what a prediction is, worked out from its settings."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.noise import KeyedNoise
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.model import TSRDiffModel, load
from lcapp.families.tsrdiff.weights import save
from lcapp.pipeline.predict import predict
from lcapp.prepare import scale
from lcapp.scene.collection import open_collection
from lcapp.types import Floats, Run, Scene
from tests.initial import SMALLEST, write_initial_bundle
from tests.train.conftest import write_area

STEP = Run("ddim", steps=1, seed=3, device="cpu")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A tile of 128 pixels with four months."""
    root = tmp_path_factory.mktemp("flair2")
    write_area(root, "train", "D001_2021", 1, 128, 1)
    collection = open_collection(root)
    return collection.scene(collection.ids[0])


@pytest.fixture
def silent(tmp_path: Path) -> Path:
    """A bundle whose eps_w answers 0 whatever it sees."""
    path = tmp_path / "silent"
    write_initial_bundle(path, "smallest")
    config = load(path).config
    network = build(SMALLEST, seed=0, training_parts=False)
    network.denoiser.start_at_zero()
    save(path, network, config)
    return path


def with_diffusion(path: Path, diffusion: DiffusionConfig) -> TSRDiffModel:
    """The bundle with these settings, read again from its files."""
    bundle = load(path)
    save(path, bundle.network, replace(bundle.config, diffusion=diffusion))
    return load(path)


def detail(model: TSRDiffModel, scene: Scene) -> dict[int, Floats]:
    """Calendar month to C Hs Ws: twice what was added to bicubic, scaled: the residual."""
    found = predict(scene, model, STEP).super_resolved
    assert found is not None
    scalings = [model.config.inputs.scaling(band) for band in found.bands]

    def scaled(month: Floats) -> Floats:
        return np.stack([scale(*pair) for pair in zip(month, scalings, strict=True)])

    return {
        month.month: 2 * (scaled(one) - scaled(base))
        for month, one, base in zip(found.months, found.reflectance, found.bicubic, strict=True)
        if month.present
    }


@pytest.mark.parametrize("deviation", [0.1, 0.4])
def test_the_noise_is_what_the_bundles_deviation_says_of_an_answer_of_0(
    silent: Path, scene: Scene, deviation: float
) -> None:
    """Where it was ignored, an answer of 0 was no noise: x_k itself, clamped to +-1."""
    diffusion = DiffusionConfig(residual_deviation=deviation)
    found = detail(with_diffusion(silent, diffusion), scene)
    schedule = CosineSchedule(diffusion)
    first = schedule.first_fast_step
    signal = float(schedule.alphas_bar[first])
    # The best linear guess of x_0 from x_k.
    share = signal**0.5 * deviation**2 / (signal * deviation**2 + 1 - signal)
    keyed = KeyedNoise(STEP.seed, scene.id)
    assert len(found) == 4
    for month, residual in found.items():
        noise = keyed(month, len(schedule), residual.shape)
        np.testing.assert_allclose(residual, share * noise.numpy(), atol=1e-4)


def test_without_a_deviation_an_answer_of_0_is_no_noise(silent: Path, scene: Scene) -> None:
    for residual in detail(with_diffusion(silent, DiffusionConfig()), scene).values():
        assert np.abs(residual).max() == pytest.approx(1, abs=1e-4)
        assert np.median(np.abs(residual)) == pytest.approx(1, abs=1e-4)


def test_the_rounds_of_the_bundle_bring_a_prediction_to_agree_with_its_measurement(
    silent: Path, scene: Scene
) -> None:
    off = []
    for rounds in (0, 3):
        diffusion = DiffusionConfig(residual_deviation=0.4, back_projections=rounds)
        found = predict(scene, with_diffusion(silent, diffusion), STEP).super_resolved
        assert found is not None
        off.append(float(np.nanmean(found.lr_consistency)))
    assert off[1] < 0.3 * off[0]


def test_scenes_alike_but_for_their_names_have_noise_of_their_own(
    silent: Path, scene: Scene
) -> None:
    model = with_diffusion(silent, DiffusionConfig(residual_deviation=0.4))
    one, other = detail(model, scene), detail(model, replace(scene, id=f"{scene.id}-other"))
    again = detail(model, scene)
    for month, residual in one.items():
        np.testing.assert_array_equal(residual, again[month])
        alike = np.corrcoef(residual.ravel(), other[month].ravel())[0, 1]
        assert abs(alike) < 0.2
    # And so have the months of one scene.
    months = np.stack([residual.ravel() for residual in one.values()])
    assert np.abs(np.corrcoef(months) - np.eye(len(months))).max() < 0.2
