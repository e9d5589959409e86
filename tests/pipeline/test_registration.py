"""A prediction sets the series right, says by how much, and leaves it alone when asked to."""

import json
from pathlib import Path

import numpy as np
import pytest

from lcapp.__main__ import main
from lcapp.families.tsrdiff.model import TSRDiffModel, load
from lcapp.pipeline.outputs import summary
from lcapp.pipeline.predict import predict
from lcapp.scene.collection import open_collection
from lcapp.types import CloudRule, Run, Scene

RUN = Run("ddim", steps=1, device="cpu")


@pytest.fixture(scope="module")
def model() -> TSRDiffModel:
    return load("tiny")


@pytest.fixture(scope="module")
def scene(treesat_folder: Path) -> Scene:
    return open_collection(treesat_folder).scene("Betula_spec._1_15679")


def test_where_the_series_lay_is_told_and_its_grid_is_moved(
    scene: Scene, model: TSRDiffModel
) -> None:
    found = predict(scene, model, RUN)
    told = found.record.registration
    assert told is not None
    assert found.super_resolved is not None
    assert scene.sentinel2 is not None
    moved = np.subtract(found.super_resolved.lr_grid.bounds[:2], scene.sentinel2.grid.bounds[:2])
    assert moved == pytest.approx([-told.east, -told.north], abs=1e-6)
    written = json.loads(json.dumps(summary(found)))
    assert written["shift"]["east"] == pytest.approx(told.east, abs=0.006)
    assert written["shift"]["north"] == pytest.approx(told.north, abs=0.006)
    assert written["shift"]["decided"] is told.decided is False
    assert "nothing in the scene tells it to the metre" in written["shift"]["said"]
    assert any("where Sentinel-2 lies" in note for note in written["notes"])
    assert written["registration"] is True
    assert written["model"] == "tiny"


def test_it_can_be_left_where_it_lies(
    scene: Scene, model: TSRDiffModel, treesat_folder: Path, tmp_path: Path
) -> None:
    ready = model.prepare(scene, CloudRule(), registration=False)
    assert scene.sentinel2 is not None
    assert ready.registration is None
    assert ready.lr_grid == scene.sentinel2.grid
    asked = ["predict", "--collection", str(treesat_folder), "--scene", scene.id]
    asked += ["--model", "tiny", "--steps", "1", "--no-registration", "--device", "cpu"]
    assert main([*asked, "--out", str(tmp_path / "out")]) == 0
    written = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert written["registration"] is False
    assert "shift" not in written
    assert not any("where Sentinel-2 lies" in note for note in written["notes"])
