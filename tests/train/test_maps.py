"""Every classifier learns by the one command, and its bundle is a model like any other."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from lcapp.__main__ import main
from lcapp.classes import FLAIR2, NO_CLASS
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.errors import RunError, SceneError
from lcapp.families.classifier.network import build
from lcapp.families.classifier.sizes import VARIANTS
from lcapp.families.door import open_card, open_model
from lcapp.families.tsrdiff import catalogue
from lcapp.families.tsrdiff.sizes import UTAE_D_VARIANTS
from lcapp.prepare import InputSpec
from lcapp.scene.collection import open_collection
from lcapp.scene.rasters.plain import write_geotiff
from lcapp.sensors import AERIAL, SENTINEL2
from lcapp.train.class_losses import class_loss, dice
from lcapp.train.config import (
    DataConfig,
    LossConfig,
    MachineConfig,
    NetworkOptions,
    OptimiserConfig,
    TrainConfig,
)
from lcapp.train.data.batch import Batch, collate
from lcapp.train.data.draws import Draws
from lcapp.train.data.examples import Examples, scenes_of
from lcapp.train.learner import learning_rate_share
from lcapp.train.rounds import Checkpoint
from lcapp.train.run import Run
from lcapp.train.tsrdiff.objective import objective
from tests.train.conftest import write_area

SCENE = "D012_2021/Z1_NN/IMG_000030"
FAST = "u-tt"
FAMILIES = [*VARIANTS, "u-tae-d"]
TRIED = [one if one == FAST else pytest.param(one, marks=pytest.mark.slow) for one in FAMILIES]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tiles to train on, one to validate, one to test."""
    root = tmp_path_factory.mktemp("scenes")
    write_area(root, "train", "D001_2021", 2, 128, 1)
    write_area(root, "train", "D004_2021", 1, 128, 2)
    write_area(root, "test", "D012_2021", 1, 128, 3)
    return root


@pytest.fixture(scope="module", params=TRIED)
def bundle(
    request: pytest.FixtureRequest, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Two passes over the scenes, on the command line."""
    out = tmp_path_factory.mktemp("run") / request.param
    options = ("--family", request.param, "--variant", "demo", "--collection", folder)
    options += ("--out", out, "--accelerator", "cpu", "--batch", 2, "--iterations", 2)
    options += ("--round", 1, "--pretrain-passes", 1, "--validation-steps", 1)
    assert main(["train", *map(str, options)]) == 0
    return out / "bundle"


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]):
    """Runs a verb; gives its answer."""

    def run(*arguments: object) -> object:
        assert main([*map(str, arguments), "--json"]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    return run


def test_its_bundle_is_a_model_like_any_other(
    bundle: Path, folder: Path, tmp_path: Path, answer
) -> None:
    name, card = bundle.parent.name, open_card(bundle)
    assert (card.family, card.variant, card.trained) == (name, "demo", True)
    assert card.figures["iterations"] == 2
    reads_series = name == "u-tae-d" or VARIANTS[name]["demo"].reads_series
    assert card.reads == ((AERIAL, SENTINEL2) if reads_series else (AERIAL,))
    assert card.denoises == (name == "u-tae-d")
    assert open_model(bundle).parameters()[0] > 1e5
    shown = ("--collection", folder, "--scene", SCENE, "--device", "cpu", "--steps", 2)
    told = answer("predict", *shown, "--model", bundle, "--out", tmp_path / "p")
    assert told["family"] == name
    assert ("steps" in told) == card.denoises
    with rasterio.open(tmp_path / "p" / "landcover.tif") as file:
        assert file.shape == (128, 128)
        assert file.read(1).max() < 13
    options = ("--collection", folder, "--device", "cpu", "--steps", 2, "--samples", 0)
    told = answer(
        "evaluate", *options, "--seeds", 0, "--model", bundle, "--out", tmp_path / "evaluated"
    )
    assert told["classes"][0]["method"] == card.name
    assert np.sum(told["classes"][0]["confusion"]) == 128 * 128


def test_its_windows_are_a_zone(bundle: Path, folder: Path, tmp_path: Path, answer) -> None:
    scene = open_collection(folder).scene(SCENE)
    order = [scene.aerial.bands.index(band) for band in ("red", "green", "blue", "nir")]
    write_geotiff(tmp_path / "a.tif", scene.aerial.pixels[order], scene.aerial.grid)
    series = scene.sentinel2
    bands = [series.bands.index(band) for band in ("B4", "B3", "B2", "B8")]
    np.save(tmp_path / "s.npy", series.values[:, bands])
    np.save(tmp_path / "m.npy", np.stack([series.snow, series.cloud], axis=1))
    (tmp_path / "d.txt").write_text("\n".join(date.isoformat() for date in series.dates))
    files = ("--aerial", tmp_path / "a.tif")
    if SENTINEL2 in open_card(bundle).reads:
        files += ("--series", tmp_path / "s.npy", "--dates", tmp_path / "d.txt")
        files += ("--masks", tmp_path / "m.npy")
    windows = ("--window", 104, "--overlap", 24, "--device", "cpu", "--out", tmp_path / "out")
    told = answer("zone", *files, "--model", bundle, *windows)
    assert (told["windows_in_all"], told["without_class"]) == (4, 0)
    with rasterio.open(tmp_path / "out" / "landcover.tif") as file:
        assert file.shape == (128, 128)


@pytest.fixture(scope="module")
def batch(folder: Path) -> Batch:
    """One scene."""
    data = DataConfig(str(folder), augment=False)
    draws = Draws.of_run(TrainConfig(data))
    collection = open_collection(folder)
    ids = scenes_of(collection, "train", data)[:1]
    return collate([Examples(collection, ids, InputSpec(), FLAIR2, data, draws)[0]])


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_one_scene_is_learnt_by_heart(name: str, batch: Batch) -> None:
    """A U-TAE alone sees edges between pixels of 10 m, and gets no further than these."""
    if name == "u-tae-d":
        config = TrainConfig(DataConfig(""))
        schedule = CosineSchedule(config.diffusion)
        network = catalogue.build(UTAE_D_VARIANTS["demo"], 0).train()

        def step() -> tuple[Tensor, Tensor]:
            found = objective(network, batch, schedule, config.objective)
            return found.logits, found.terms.total(config.objective.losses).mean()

    else:
        network = build(VARIANTS[name]["demo"], 0).train()

        def step() -> tuple[Tensor, Tensor]:
            each = network.each(batch)
            losses = [class_loss(LossConfig(), one, batch.labels).mean() for one in each]
            return torch.stack(each).mean(0), torch.stack(losses).mean()

    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3)
    accuracy, wanted = 0.0, 0.75 if name == "u-tae" else 0.95
    for _ in range(150):
        logits, loss = step()
        accuracy = float((logits.argmax(1) == batch.labels).float().mean())
        if accuracy > wanted:
            break
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
    assert accuracy > wanted


def test_dice_of_each_scene_is_that_of_its_own_classes() -> None:
    """One scene of two pixels of class 0, found by 0.5 and 0.75; one without a label."""
    shares = torch.tensor([[[0.5, 0.75]], [[0.25, 0.25]], [[0.25, 0.0]]]).expand(2, 3, 1, 2)
    labels = torch.tensor([[[0, 0]], [[NO_CLASS, NO_CLASS]]])
    found = dice(shares.clamp(min=1e-12).log(), labels)
    assert found.tolist() == pytest.approx([1 - 2 * 1.25 / (1.25 + 2), 0.0])
    labels = torch.tensor([[[0, 2]], [[0, NO_CLASS]]])
    found = dice(shares.clamp(min=1e-12).log(), labels)
    both = (1 - 2 * 0.5 / (1.25 + 1) + 1 - 0.0 / (0.25 + 1)) / 2
    assert found.tolist() == pytest.approx([both, 1 - 2 * 0.5 / (0.5 + 1)], abs=1e-6)


def test_the_other_loss_is_cross_entropy_and_dice() -> None:
    logits = torch.randn(2, 4, 3, 5, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(30).reshape(2, 3, 5) % 4
    found = class_loss(LossConfig(classes="cross-entropy+dice"), logits, labels)
    plain = cross_entropy(logits, labels, reduction="none").mean((1, 2))
    assert torch.allclose(found, plain + dice(logits, labels))


def test_a_polynomial_takes_the_learning_rate_to_a_thousandth() -> None:
    config = OptimiserConfig(decay="polynomial", warmup=0)
    shares = [learning_rate_share(step, config, 100) for step in (0, 50, 100)]
    assert shares == pytest.approx([1.0, 0.001 + 0.999 * 0.5**0.9, 0.001])


def settings(folder: Path, **other: object) -> TrainConfig:
    config = TrainConfig(
        DataConfig(str(folder)),
        network=NetworkOptions("demo"),
        family="u-tae",
        batch=2,
        iterations=4,
        round=2,
    )
    return replace(config, **other)


def test_a_killed_run_goes_on_as_if_it_had_not_been_killed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what is left out by chance: U-TAE has dropout."""
    whole = Run(settings(folder), tmp_path / "whole", MachineConfig("cpu")).train()
    torch.manual_seed(5)
    stopped = tmp_path / "stopped"

    class Killed(Exception):
        pass

    def kill(self: Checkpoint, trainer: object, module: object) -> None:
        write(self, trainer, module)
        raise Killed

    write = Checkpoint.on_train_epoch_end
    monkeypatch.setattr(Checkpoint, "on_train_epoch_end", kill)
    run = Run(settings(folder), stopped, MachineConfig("cpu"))
    with pytest.raises(Killed):
        run.train()
    monkeypatch.setattr(Checkpoint, "on_train_epoch_end", write)
    assert Run(settings(folder), stopped, MachineConfig("cpu")).train() == stopped / "bundle"
    name = "model.safetensors"
    assert (stopped / "bundle" / name).read_bytes() == (whole / name).read_bytes()


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (
            {"network": NetworkOptions()},
            "no size 'tiny' of u-tae; expected --variant paper or demo",
        ),
        ({"iterations": 0}, "0 iterations"),
    ],
)
def test_what_cannot_be_trained_is_refused(
    other: dict, said: str, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(RunError, match=said):
        Run(settings(folder, **other), tmp_path / "run", MachineConfig("cpu"))
    assert not (tmp_path / "run").exists()


def test_a_folder_of_one_class_is_refused(folder: Path, tmp_path: Path) -> None:
    spoilt = shutil.copytree(folder, tmp_path / "scenes")
    for mask in (spoilt / "flair_labels_train" / "D001_2021").rglob("MSK_*.tif"):
        with rasterio.open(mask, "r+") as dataset:
            dataset.write(np.full((1, 128, 128), 5, np.uint8))
    with pytest.raises(SceneError, match="2 scenes to train on hold 'water' alone"):
        Run(settings(spoilt), tmp_path / "run", MachineConfig("cpu"))
