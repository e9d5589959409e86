"""The verb `bench`: what it makes of several runs, and real measurements."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from affine import Affine

from lcapp.__main__ import main
from lcapp.command import bench
from lcapp.command.bench import BENCH, beside_the_first, summary
from lcapp.families.door import open_card
from lcapp.families.family import Answer
from lcapp.sensors import AERIAL, SPECTRAL_AERIAL_BANDS
from lcapp.types import (
    EVERYTHING,
    Card,
    CloudRule,
    Cost,
    Course,
    Grid,
    Image,
    Run,
    RunRecord,
    Scene,
    Wanted,
)
from tests.scenes import scene_of


@pytest.fixture
def record() -> RunRecord:
    seconds = {"prepare": 1.0, "encode": 0.5, "super_resolve": 8.0, "classify": 2.0, "total": 12.0}
    run = Run(steps=4, device="cpu")
    return RunRecord("a", "made", False, open_card("tiny"), run, seconds, 900.0, 44, ())


def test_several_runs_become_medians_and_the_highest_memory(record: RunRecord) -> None:
    slow = replace(record, seconds=dict.fromkeys(record.seconds, 100.0), peak_memory_mb=950.0)
    window = replace(record, seconds={"total": 7.0})
    found = summary([record, slow, record], [slow, window, window])
    assert found["seconds"] == {
        "scene": 12.0,
        "window": 7.0,
        "prepare": 1.0,
        "step": 2.0,
        "classify": 2.0,
    }
    assert (found["runs"], found["peak_memory_mb"]) == (3, 950.0)


def test_a_model_that_denoises_nothing_has_no_step(record: RunRecord) -> None:
    aerial = replace(record, seconds={"prepare": 1.0, "total": 4.0}, evaluations=0)
    found = summary([aerial], [aerial])
    assert (found["steps"], found["seconds"]["step"]) == (None, None)
    row = {**found, "machine": "one", "threads": 1, "pixels": [9, 9], "ratio": 1.0}
    assert "ddim" not in BENCH.show([row])


def test_ratios_are_to_the_first_model_on_the_same_device() -> None:
    measured = [("cpu", 2.0), ("cuda", 0.5), ("cpu", 3.0), ("cuda", 0.25)]
    rows = [{"device": device, "seconds": {"scene": seconds}} for device, seconds in measured]
    assert [row["ratio"] for row in beside_the_first(rows)] == [1.0, 1.0, 1.5, 0.5]


class Told:
    """A model that is asked and says nothing worth knowing."""

    def __init__(self, card: Card) -> None:
        self.card = replace(card, name="told", reads=(AERIAL,))
        self.asked: list[Wanted] = []
        self.prepared = 0

    def prepare(self, scene: Scene, rule: CloudRule, registration: bool = True) -> SimpleNamespace:
        assert scene.holds == {AERIAL}
        assert rule.max_cover_percent == 7.0
        self.prepared += 1
        return SimpleNamespace(
            seen=None, scene_id="a", collection="made", simulated=False, grid=scene.grid, notes=()
        )

    def cost(self, prepared: object, run: Run, available_mb: float | None = None) -> Cost:
        return Cost(evaluations=0, micro_batch=1, memory_mb=1.0, units=1)

    def load(self) -> None:
        """Nothing to read."""

    def predict(self, prepared: object, run: Run, course: Course, wanted: Wanted) -> Answer:
        self.asked.append(wanted)
        ((name, table),) = self.card.maps
        return Answer({name: np.zeros((len(table), 2, 3), np.float32)})


def test_a_window_is_asked_for_its_maps_alone_and_prepared_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    grid = Grid("EPSG:2154", Affine.identity(), 2, 3)
    scene = scene_of("a", Image(np.zeros((4, 2, 3), np.uint8), SPECTRAL_AERIAL_BANDS, grid))
    told = Told(open_card("tiny"))
    found = SimpleNamespace(ids=("a",), scene=lambda *_: scene)
    monkeypatch.setattr(bench, "opened", lambda name: told)
    monkeypatch.setattr(bench, "collection", lambda options: found)
    asked = ["--device", "cpu", "--repeats", "2", "--max-cover", "7", "--json"]
    assert main(["bench", *asked]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["model"], row["pixels"], row["runs"]) == ("told", [2, 3], 2)
    assert told.asked == [EVERYTHING] * 3 + [Wanted(False, False)] * 2
    assert told.prepared == 1 + 2


def test_a_real_scene_is_measured(treesat_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--collection", str(treesat_folder), "--model", "tiny", "--steps", "1"]
    assert main(["bench", *asked, "--device", "cpu", "--repeats", "1", "--json"]) == 0
    (row,) = answer = json.loads(capsys.readouterr().out)
    assert (row["model"], row["pixels"]) == ("tiny", [304, 304])
    assert row["denoiser_evaluations"] > 0
    seconds = row["seconds"]
    assert seconds["scene"] > seconds["prepare"] + seconds["step"] + seconds["classify"] > 0
    assert seconds["window"] > 0
    assert row["machine"] in BENCH.show(answer)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--repeats", "0"], "repeats is 0; expected at least 1"),
        (["--model", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_measured_is_told_in_one_line(
    asked: list[str], said: str, treesat_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "--collection", str(treesat_folder), *asked]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
