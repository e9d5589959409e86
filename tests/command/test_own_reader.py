"""A kind of source that lcapp does not know, on the command line after one line in `READERS`."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio

from lcapp.__main__ import main
from lcapp.classes import COSIA
from lcapp.scene import collection as collections
from lcapp.sensors import AERIAL
from lcapp.types import Reference, Scene
from tests.families.flairhub.made import LC_A, small_config, write_published
from tests.scene.test_own_reader import Squared, Squares

SOURCE = "squares://somewhere/800000,6500000"


class Address(Squared):
    """Squares at an address, all of them water."""

    kind = "address"

    def __init__(self, source: str) -> None:
        super().__init__(source.replace("//somewhere/", ""))

    def scene(self, scene_id: str, names: object = None) -> Scene:
        labels = np.full((64, 64), COSIA.index("water"), np.uint8)
        scene = super().scene(scene_id, names)
        return replace(scene, references={COSIA.name: Reference(labels, COSIA)})


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collections, "READERS", [*collections.READERS, Address])


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a model that reads the aerial image alone."""
    folder = tmp_path_factory.mktemp("weights")
    return write_published(folder / LC_A, small_config("LC-A", [AERIAL]))


def test_its_scenes_are_predicted(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("predict", "--collection", SOURCE, "--scene", "square/7", "--model", weights)
    assert main([*map(str, arguments), "--out", str(tmp_path / "out"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["scene"], told["collection"]) == ("square/7", "800000,6500000")
    with rasterio.open(tmp_path / "out" / "landcover.tif") as file:
        assert file.shape == (64, 64)
        assert file.bounds.left == pytest.approx(800_089.6)


def test_its_scenes_are_evaluated_and_only_those_that_are_chosen_are_listed(
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = []
    monkeypatch.setattr(Squares, "__len__", lambda self: 200)
    monkeypatch.setattr(
        Squares, "__getitem__", lambda self, place: asked.append(place) or f"square/{place}"
    )
    arguments = ("evaluate", "--collection", SOURCE, "--split", "all", "--limit", 2)
    arguments += ("--model", weights, "--samples", 0, "--device", "cpu", "--out", tmp_path)
    assert main([*map(str, arguments), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["scenes"] == ["square/0", "square/100"]
    assert set(asked) == {0, 100}
    water = COSIA.index("water")
    confusion = np.array(told["classes"][0]["confusion"])
    assert confusion[water].sum() == confusion.sum() == 2 * 64**2
