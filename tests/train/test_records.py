"""`metrics.csv` of a run that may be killed, and the line on the terminal."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from lcapp.train.records import FiguresFile, ProgressLine

HEADER = "phase,iteration,figure,value"


def rows(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def log(path: Path, phase: str, iterations: range, begin: int = 0) -> None:
    figures = FiguresFile(path, phase, begin)
    for iteration in iterations:
        figures.log_metrics({"train/loss": iteration / 4, "epoch": 0}, iteration)


def test_each_figure_is_a_row_with_its_phase_and_iteration(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    FiguresFile(path, "joint", 0).log_metrics({"train/loss": 0.1, "train/hr": 2, "epoch": 0}, 7)
    assert rows(path) == [HEADER, "joint,7,train/loss,0.1", "joint,7,train/hr,2.0"]


def test_values_come_back_to_the_last_digit(tmp_path: Path) -> None:
    path, value = tmp_path / "metrics.csv", 0.1 + 0.2
    FiguresFile(path, "joint", 0).log_metrics({"train/loss": value}, 0)
    assert float(rows(path)[1].split(",")[3]) == value


def test_a_run_that_goes_on_appends_and_makes_the_rows_after_its_checkpoint_anew(
    tmp_path: Path,
) -> None:
    log(tmp_path / "killed.csv", "joint", range(8))
    log(tmp_path / "killed.csv", "joint", range(6, 10), begin=6)
    log(tmp_path / "whole.csv", "joint", range(10))
    assert rows(tmp_path / "killed.csv") == rows(tmp_path / "whole.csv")


def test_the_rows_of_the_other_phase_stay(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    log(path, "pretraining", range(5))
    log(path, "joint", range(3))
    FiguresFile(path, "joint", 1)
    assert [row.rpartition(",")[0] for row in rows(path)[1:]] == [
        *(f"pretraining,{iteration},train/loss" for iteration in range(5)),
        "joint,0,train/loss",
    ]


@pytest.mark.parametrize("lost", range(1, len("joint,3,train/loss,0.75\r\n")))
def test_a_last_row_that_a_kill_cut_off_does_no_harm(tmp_path: Path, lost: int) -> None:
    path = tmp_path / "metrics.csv"
    log(path, "joint", range(4))
    path.write_bytes(path.read_bytes()[:-lost])
    log(path, "joint", range(3, 5), begin=3)
    log(tmp_path / "whole.csv", "joint", range(5))
    assert rows(path) == rows(tmp_path / "whole.csv")


def test_progress_says_phase_iteration_loss_and_what_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 600.0])
    monkeypatch.setattr("lcapp.train.records.time.monotonic", lambda: next(clock))
    trainer = SimpleNamespace(
        global_step=100, is_global_zero=True, callback_metrics={"train/loss": 0.5}
    )
    learner, line = SimpleNamespace(iterations=1650), ProgressLine("joint")
    line.on_train_start(trainer, learner)
    trainer.global_step = 150  # 50 iterations in 600 s leave 1500 in 5 h
    line.on_train_batch_end(trainer, learner, None)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.strip() == "joint 150/1650  loss 0.5000  5 h 00 min left"
    line.on_train_batch_end(trainer, learner, None)  # the second batch of an accumulation
    assert capsys.readouterr().err == ""
