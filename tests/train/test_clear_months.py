"""A tile without a clear month is left out before a run begins, and stays left out."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lcapp.errors import RunError, SceneError
from lcapp.hub.config import read_config
from lcapp.prepare import InputSpec
from lcapp.scene.collection import open_collection
from lcapp.train import run as of_runs
from lcapp.train.clear import without_clear_month
from lcapp.train.config import MachineConfig, TrainConfig
from lcapp.train.run import TRAINERS, Run
from tests.train.conftest import WriteScenes
from tests.train.convolutions import NAME, Convolutions, settings

CPU = MachineConfig("cpu")
CLOUDY = ("D001_2021", "D014_2020")


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRAINERS, NAME, Convolutions)


def cover(folder: Path, domain: str, percent: int) -> None:
    """Cloud over the whole year of a domain."""
    (path,) = folder.glob(f"flair_sen_*/{domain}/*/sen/*_masks.npy")
    masks = np.load(path)
    masks[:, 1] = percent
    np.save(path, masks)


@pytest.fixture
def folder(write_scenes: WriteScenes) -> Path:
    """To train on three tiles, one of them under cloud; of two held out one."""
    domains = {"D001_2021": 1, "D002_2021": 2, "D004_2021": 1, "D014_2020": 1}
    root = write_scenes(domains, 128)
    for domain in CLOUDY:
        cover(root, domain, 100)
    return root


def config(folder: Path) -> TrainConfig:
    return replace(settings(folder), iterations=2, round=1)


def domains(ids: object) -> set[str]:
    return {one.partition("/")[0] for one in ids}


def test_a_run_does_without_them_to_its_end_and_says_so(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It used to stop at the first of them, after hours, and again whenever it went on."""
    run = Run(config(folder), tmp_path / "run", CPU)
    assert domains(run.setup.training.ids) == {"D002_2021"}
    assert domains(run.setup.validation.ids) == {"D004_2021"}
    said = capsys.readouterr().err
    assert said.startswith("left out, without a clear month: D001_2021/")
    assert said.count("\n") == 1
    figures = read_config(run.train()).figures
    assert figures["iterations"] == 2
    assert figures["validation_scenes"] == 1


def test_a_run_that_goes_on_leaves_out_the_same_without_looking_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    first = Run(config(folder), out, CPU)
    assert domains(json.loads((out / "left_out.json").read_text())) == set(CLOUDY)
    for domain in CLOUDY:
        cover(folder, domain, 0)  # another year of masks meanwhile: no other scenes in this run
    with monkeypatch.context() as patched:
        patched.setattr(of_runs, "without_clear_month", None)
        again = Run(config(folder), out, CPU)
    assert again.setup.training.ids == first.setup.training.ids
    assert again.setup.validation.ids == first.setup.validation.ids
    # Killed between the two files, or begun before there was the second: it looks.
    (out / "left_out.json").unlink()
    assert len(Run(config(folder), out, CPU).setup.training) == 3
    assert json.loads((out / "left_out.json").read_text()) == []


@pytest.mark.parametrize("content", ["[", "{}", "[1]"])
def test_a_damaged_list_is_refused(folder: Path, tmp_path: Path, content: str) -> None:
    out = tmp_path / "run"
    Run(config(folder), out, CPU)
    (out / "left_out.json").write_text(content)
    with pytest.raises(RunError, match=r"left_out\.json: cannot be read.*remove it"):
        Run(config(folder), out, CPU)


def test_where_no_scene_is_left_nothing_is_begun(folder: Path, tmp_path: Path) -> None:
    cover(folder, "D002_2021", 100)
    with pytest.raises(SceneError, match="no scene to train on has a clear month"):
        Run(config(folder), tmp_path / "run", CPU)
    cover(folder, "D002_2021", 0)
    cover(folder, "D004_2021", 100)
    with pytest.raises(RunError, match="0 validation scenes for 1 processes"):
        Run(config(folder), tmp_path / "run", CPU)
    assert not (tmp_path / "run").exists()


def test_several_processes_find_the_same_scenes_in_the_same_order(folder: Path) -> None:
    collection, spec = open_collection(folder), InputSpec()
    found = without_clear_month(collection, collection.ids, spec, workers=2)
    assert found == without_clear_month(collection, collection.ids, spec)
    assert found == tuple(one for one in collection.ids if one.startswith(CLOUDY))


def test_a_validation_looks_at_no_more_than_200_scenes_unless_more_are_asked_for(
    small_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is sampled in every round: all 13 000 of FLAIR #2 would take longer than the round."""
    ids = [f"D004_2021/{number}" for number in range(13_000)]
    monkeypatch.setattr(of_runs, "scenes_of", lambda collection, split, data: ids)
    monkeypatch.setattr(of_runs, "without_clear_month", lambda *args: ())
    monkeypatch.setattr(of_runs, "check_labels", lambda *args: None)
    found = Run(settings(small_folder), tmp_path / "one", CPU).setup.validation.ids
    assert found == ids[::65]  # 200 of them, evenly over all
    every = settings(small_folder)
    every = replace(every, data=replace(every.data, validation_scenes=0))
    assert len(Run(every, tmp_path / "two", CPU).setup.validation) == 13_000
