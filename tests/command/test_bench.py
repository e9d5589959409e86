"""The verb `bench`: what it makes of several runs, and one real measurement."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lcapp.__main__ import main
from lcapp.command.bench import BENCH, summary
from lcapp.types.prediction import RunRecord

RUN = RunRecord(
    *("a", "made", False, "tiny", "tiny", "0" * 64, False, "ddim", 4, 0, "cpu", 12),
    {"prepare": 1.0, "encode": 0.5, "super_resolve": 8.0, "classify": 2.0, "total": 12.0},
    *(900.0, 44, ()),
)


def test_several_runs_become_medians_and_the_highest_memory() -> None:
    slow = replace(RUN, seconds=dict.fromkeys(RUN.seconds, 100.0), peak_memory_mb=950.0)
    found = summary([RUN, slow, RUN])
    assert found["seconds"] == {
        "scene": 12.0,
        "window": 11.0,
        "prepare": 1.0,
        "step": 2.0,
        "classify": 2.0,
    }
    assert (found["runs"], found["peak_memory_mb"]) == (3, 950.0)


def test_a_model_without_steps_takes_no_time_for_them() -> None:
    aerial = replace(RUN, seconds={"prepare": 1.0, "classify": 2.0, "total": 4.0})
    assert summary([aerial])["seconds"]["step"] == 0.0


def test_a_real_scene_is_measured(treesat_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--collection", str(treesat_folder), "--model", "tiny", "--steps", "1"]
    assert main(["bench", *asked, "--device", "cpu", "--repeats", "1", "--json"]) == 0
    (row,) = answer = json.loads(capsys.readouterr().out)
    assert (row["model"], row["device"], row["pixels"], row["runs"]) == (
        "tiny",
        "cpu",
        [304, 304],
        1,
    )
    assert row["denoiser_evaluations"] == row["months"] > 0
    seconds = row["seconds"]
    assert seconds["scene"] > seconds["window"] > seconds["step"] > 0
    assert row["machine"] in BENCH.show(answer)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--repeats", "0"], "repeats is 0; expected at least 1"),
        (["--model", "nowhere"], "nowhere"),
        (["--device", "tpu:7"], "tpu:7"),
    ],
)
def test_what_cannot_be_measured_is_told_in_one_line(
    asked: list[str], said: str, treesat_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "--collection", str(treesat_folder), *asked]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
