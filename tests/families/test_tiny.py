"""A family is a module and a line in two tables: everything else works with it as it is."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import torch

from lcapp.__main__ import main
from lcapp.errors import SceneError
from lcapp.evaluate.agreement import confusion_matrix
from lcapp.families.door import cards, open_card, open_model
from lcapp.families.family import FAMILIES
from lcapp.hub.config import bundle_hash
from lcapp.pipeline.predict import predict
from lcapp.pipeline.zone.blend import NO_CLASS
from lcapp.scene.collection import open_collection
from lcapp.scene.rasters.plain import write_geotiff
from lcapp.sensors import AERIAL, HEIGHTS, SENTINEL2
from lcapp.train.run import TRAINERS
from lcapp.types import Run, Scene
from tests.families.tiny import TinyPlan
from tests.scene.roi import NAME, write_roi
from tests.train.conftest import write_area

SCENE = "D012_2021/Z1_NN/IMG_000030"


@pytest.fixture(autouse=True, scope="module")
def _registered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The two lines, and a folder of bundles that this module may add to."""
    weights = tmp_path_factory.mktemp("own") / "weights"
    shutil.copytree(Path(os.environ["LCAPP_WEIGHTS"]) / "tiny", weights / "tiny")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FAMILIES, "tiny", "tests.families.tiny")
        patch.setitem(TRAINERS, "tiny", TinyPlan)
        patch.setenv("LCAPP_WEIGHTS", str(weights))
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tiles to train on, one to validate, one to test."""
    root = tmp_path_factory.mktemp("scenes")
    write_area(root, "train", "D001_2021", 2, 104, 1)
    write_area(root, "train", "D004_2021", 1, 104, 2)
    write_area(root, "test", "D012_2021", 1, 104, 3)
    return root


@pytest.fixture(scope="module")
def bundle(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained on the command line."""
    out = tmp_path_factory.mktemp("run") / "meadow"
    options = ("--family", "tiny", "--collection", folder, "--out", out, "--accelerator", "cpu")
    options += ("--batch", 2, "--iterations", 20, "--round", 20, "--learning-rate", 0.02)
    assert main(["train", *map(str, options)]) == 0
    return out / "bundle"


@pytest.fixture(scope="module")
def scene(folder: Path) -> Scene:
    return open_collection(folder).scene(SCENE)


@pytest.fixture(scope="module")
def class_map(bundle: Path, scene: Scene) -> np.ndarray:
    return predict(scene, open_model(bundle), Run(device="cpu")).land_cover.class_map


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]):
    """Runs a verb; gives its answer."""

    def run(*arguments: object) -> object:
        assert main([*map(str, arguments), "--json"]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture(scope="module")
def evaluated(folder: Path, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Beside a TSRDiff, in one evaluation."""
    out = tmp_path_factory.mktemp("evaluated")
    arguments = ("evaluate", "--collection", folder, "--model", bundle, "tiny", "--seeds", 0)
    arguments += ("--samples", 1, "--steps", 1, "--device", "cpu", "--out", out)
    assert main(list(map(str, arguments))) == 0
    return out


def test_it_is_trained_into_a_bundle_that_says_what_it_is(bundle: Path) -> None:
    card = open_card(bundle)
    assert (card.family, card.trained, card.options) == ("tiny", True, ())
    assert (card.reads, set(card.uses)) == ((AERIAL,), HEIGHTS)
    assert card.lacks({SENTINEL2}) == "the scene has no AERIAL_RGBI"
    assert card.figures["iterations"] == 20
    model = open_model(bundle)
    assert model.card.hash == bundle_hash(bundle)
    parameters = 5 * 8 * 9 + 8 + 8 * 13 + 13
    assert model.parameters() == (parameters, parameters)


def test_a_scene_is_predicted_by_its_network(
    folder: Path, bundle: Path, scene: Scene, tmp_path: Path, answer
) -> None:
    out = tmp_path / "out"
    told = answer(
        *("predict", "--collection", folder, "--scene", SCENE, "--model", bundle, "--out", out)
    )
    names = ["confidence.tif", "landcover.tif", "summary.json"]
    assert sorted(one.name for one in out.iterdir()) == names
    assert told["family"] == "tiny"
    assert {"sampler", "steps", "months", "series_effect"}.isdisjoint(told)
    heights = scene.ndsm / 25.5 - 1  # 0..51 m on -1..1
    seen = np.concatenate([scene.aerial.pixels / 127.5 - 1, heights[None]]).astype(np.float32)
    model = open_model(bundle)
    order = [*scene.aerial.bands, "ndsm"]
    channels = [order.index(band) for band in model.config.inputs.aerial_bands]
    with torch.inference_mode():
        logits = model.network(torch.from_numpy(seen[channels])[None])[0].numpy()
    with rasterio.open(out / "landcover.tif") as file:
        found = file.read(1)
    assert (found == logits.argmax(0)).mean() > 0.999  # equal but for rounding
    assert len(np.unique(found)) > 1


def test_what_its_card_does_not_name_it_does_not_see(bundle: Path, scene: Scene) -> None:
    model = open_model(bundle)
    lacking = "The scene has no band 'ndsm'"
    notes = predict(scene, model, Run(device="cpu")).record.notes
    assert not any(note.startswith(lacking) for note in notes)
    model.card = replace(model.card, uses=())
    notes = predict(scene, model, Run(device="cpu")).record.notes
    assert any(note.startswith(lacking) for note in notes)
    model.card = replace(model.card, reads=(AERIAL, "SPOT_RGBI"))
    with pytest.raises(SceneError, match="there is no SPOT_RGBI"):
        predict(scene, model, Run(device="cpu"))


def test_it_is_evaluated_beside_another_family(
    evaluated: Path, bundle: Path, scene: Scene, class_map: np.ndarray
) -> None:
    told = json.loads((evaluated / "evaluation.json").read_text())
    name = open_card(bundle).name
    assert [(row["method"], row["steps"]) for row in told["classes"]] == [
        (name, None),
        ("tiny", 1),
        ("tiny, series set to 0", None),
        ("majority class", None),
    ]
    expected = confusion_matrix(class_map, scene.reference.labels, 13)
    assert np.array_equal(told["classes"][0]["confusion"], expected)
    assert told["classes"][0]["parameters"] == open_model(bundle).parameters()[0]
    assert {row["method"] for row in told["series"]} == {"tiny"}
    assert told["untrained"] == ["tiny"]


def test_released_it_goes_by_its_name_like_any_bundle(
    bundle: Path, evaluated: Path, folder: Path, tmp_path: Path, answer
) -> None:
    out = Path(os.environ["LCAPP_WEIGHTS"]) / "meadow"
    options = ("--evaluation", evaluated, "--licence", "CC-BY-4.0", "--out", out)
    told = answer("release", bundle, *options)
    assert (told["name"], told["figures"]["held_out"]["steps"]) == ("meadow", None)
    assert cards()["meadow"].licence == "CC-BY-4.0"
    bundles = {one["name"]: one for one in answer("info")["bundles"]}
    assert bundles["meadow"] == {"name": "meadow", "variant": "tiny", "trained": True}
    assert "tiny" in bundles
    assert {one["name"] for one in answer("models", "--variant", "tiny")} == {"tiny"}
    told = answer("predict", "--collection", folder, "--model", "meadow", "--out", tmp_path / "o")
    assert told["bundle"] == {"name": "meadow", "hash": open_model(out).card.hash, "trained": True}


def test_it_is_measured(bundle: Path, folder: Path, answer) -> None:
    options = ("--collection", folder, "--device", "cpu", "--repeats", 1)
    mine, other = answer("bench", "--model", bundle, "tiny", *options, "--steps", 1)
    assert (mine["denoiser_evaluations"], mine["steps"], mine["seconds"]["step"]) == (0, None, None)
    assert mine["seconds"]["classify"] > 0
    assert (other["model"], other["steps"]) == ("tiny", 1)


def test_a_geotiff_is_classified_as_a_zone_without_a_trace_of_its_windows(
    bundle: Path, scene: Scene, tmp_path: Path, answer
) -> None:
    order = [scene.aerial.bands.index(band) for band in ("red", "green", "blue", "nir")]
    write_geotiff(tmp_path / "a.tif", scene.aerial.pixels[order], scene.aerial.grid)
    write_geotiff(tmp_path / "h.tif", scene.ndsm[None], scene.aerial.grid)
    options = ("--aerial", tmp_path / "a.tif", "--ndsm", tmp_path / "h.tif", "--model", bundle)
    windows = ("--window", 64, "--overlap", 16, "--device", "cpu", "--out", tmp_path / "out")
    assert answer("zone", *options, *windows)["windows_in_all"] == 4
    with rasterio.open(tmp_path / "out" / "landcover.tif") as file:
        mosaic = file.read(1)
    answer("predict", *options, "--device", "cpu", "--out", tmp_path / "whole")
    with rasterio.open(tmp_path / "whole" / "landcover.tif") as file:
        assert (file.read(1) == mosaic).mean() > 0.999


def test_a_region_is_classified_as_a_zone(bundle: Path, tmp_path: Path, answer) -> None:
    write_roi(tmp_path / "hub", 1, 2, (AERIAL,))
    options = ("--collection", tmp_path / "hub", "--roi", NAME, "--model", bundle)
    told = answer("zone", *options, "--device", "cpu", "--out", tmp_path / "out")
    assert (told["zone"], told["size"], told["without_class"]) == (NAME, [512, 1024], 0)
    with rasterio.open(tmp_path / "out" / "landcover.tif") as file:
        assert file.read(1).max() < NO_CLASS
