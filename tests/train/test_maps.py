"""Every classifier learns by the one command, and its bundle is a model like any other."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio

from lcapp.__main__ import main
from lcapp.families.classifier.sizes import VARIANTS
from lcapp.families.door import open_card, open_model
from lcapp.hub.config import read_config
from lcapp.scene.collection import open_collection
from lcapp.scene.rasters.plain import write_geotiff
from lcapp.sensors import AERIAL, SENTINEL2
from lcapp.train.config import (
    DataConfig,
    MachineConfig,
    NetworkOptions,
    OptimiserConfig,
    TrainConfig,
)
from lcapp.train.run import Run
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


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", VARIANTS)
def test_one_scene_is_learnt_by_heart(name: str, tmp_path: Path) -> None:
    """A U-TAE alone sees edges between pixels of 10 m, and gets no further than these."""
    root = tmp_path / "scenes"
    root.mkdir()
    write_area(root, "train", "D001_2021", 1, 128, 1)
    for tree in root.glob("flair_*_train"):
        shutil.copytree(tree / "D001_2021", tree / "D004_2021")
    config = TrainConfig(
        DataConfig(str(root), augment=False),
        optimiser=OptimiserConfig(learning_rate=2e-3, warmup=5),
        network=NetworkOptions("demo"),
        family=name,
        batch=2,
        iterations=60,
        round=60,
    )
    bundle = Run(config, tmp_path / "run", MachineConfig("cpu")).train()
    accuracy = read_config(bundle).figures["validation/oa"]
    assert accuracy > (0.8 if name == "u-tae" else 0.97)
