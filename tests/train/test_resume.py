"""A run that is killed, truly, and begun again with the same command."""

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lcapp.errors import RunError
from lcapp.train.config import DataConfig, MachineConfig, ObjectiveConfig, TrainConfig
from lcapp.train.rounds import Checkpoint
from lcapp.train.run import Run

ROOT = Path(__file__).resolve().parents[2]
ROUND = 4
"""Iterations; two rounds in each phase."""


def start(folder: Path, out: Path, log: Path) -> subprocess.Popen[bytes]:
    """The command, in a process of its own."""
    arguments = (
        *("--collection", folder, "--out", out, "--accelerator", "cpu", "--batch", 2),
        *("--variant", "demo"),
        *("--pretrain-passes", 4, "--iterations", 2 * ROUND, "--round", ROUND),
        *("--few-step-share", 0.5, "--few-steps", 2, "--noise", "month"),
        *("--validation-scenes", 1),
    )
    return subprocess.Popen(
        [sys.executable, "-m", "lcapp", "train", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=log.open("ab"),
    )


def finish(running: subprocess.Popen[bytes], log: Path) -> None:
    assert running.wait(timeout=240) == 0, log.read_text()


def kill_in_second_round(running: subprocess.Popen[bytes], out: Path, phase: str) -> None:
    """SIGKILL as soon as an iteration after the phase's first checkpoint has left a row."""
    row, checkpoint = f"{phase},{ROUND},train/loss", out / "checkpoints" / f"{phase}.ckpt"
    figures = out / "metrics.csv"
    last_moment = time.monotonic() + 240
    while not (figures.is_file() and row in figures.read_text() and checkpoint.is_file()):
        assert running.poll() is None, "the run ended by itself"
        assert time.monotonic() < last_moment
        time.sleep(0.002)
    running.send_signal(signal.SIGKILL)
    assert running.wait(timeout=60) == -signal.SIGKILL
    assert Checkpoint(checkpoint).rounds_done() == 1, "killed too late to show anything"


@pytest.fixture(scope="module")
def runs(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run that was left alone, and one that was killed in both phases and went on."""
    whole, killed = (tmp_path_factory.mktemp(name) / "run" for name in ("whole", "killed"))
    log = killed.parent / "log.txt"
    beside = start(small_folder, whole, log)
    kill_in_second_round(start(small_folder, killed, log), killed, "pretraining")
    assert not (killed / "pretrained.safetensors").exists()
    kill_in_second_round(start(small_folder, killed, log), killed, "joint")
    # What a kill in the middle of writing a checkpoint leaves.
    (killed / "checkpoints" / "joint.part").write_bytes(b"half a checkpoint")
    finish(start(small_folder, killed, log), log)
    finish(beside, log)
    return whole, killed


@pytest.mark.slow
def test_a_run_killed_in_both_phases_has_the_figures_of_one_that_was_not(
    runs: tuple[Path, Path],
) -> None:
    """Seen to fail with a stream that begins anew after the kill."""
    whole, killed = ((run / "metrics.csv").read_text().splitlines() for run in runs)
    assert killed == whole
    assert sum(row.startswith("joint,") and ",train/loss," in row for row in whole) == 2 * ROUND


@pytest.mark.slow
def test_a_killed_run_ends_in_the_same_bundle_and_encoder(runs: tuple[Path, Path]) -> None:
    for name in ("bundle/model.safetensors", "bundle/config.json", "pretrained.safetensors"):
        whole, killed = ((run / name).read_bytes() for run in runs)
        assert killed == whole, name


@pytest.mark.slow
def test_a_killed_run_leaves_no_half_written_file_behind(runs: tuple[Path, Path]) -> None:
    whole, killed = (
        {str(one.relative_to(run)) for one in run.rglob("*") if "tensorboard" not in one.parts}
        for run in runs
    )
    assert killed == whole


def settings(folder: Path) -> TrainConfig:
    return TrainConfig(
        DataConfig(str(folder), validation_scenes=1),
        objective=ObjectiveConfig(validation_steps=2),
        batch=2,
        pretrain_passes=1,
        iterations=1,
        round=1,
    )


def saved(state: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def with_pickle(content: bytes) -> bytes:
    """A checkpoint whose archive is whole and whose table of contents is not."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", content)
        archive.writestr("archive/version", "3")
        archive.writestr("archive/byteorder", "little")
    return buffer.getvalue()


STATE = {"epoch": 4, "weights": torch.zeros(1000)}
DAMAGES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "no checkpoint": lambda: b"hello" * 100,
    "cut off": lambda: saved(STATE)[:2000],
    "zeroed inside": lambda: with_pickle(bytes(100)),
    "asks for a function to be called": lambda: with_pickle(b"cos\nsystem\n(S'true'\ntR."),
    "of something else": lambda: saved({"weights": torch.zeros(1)}),
    "a list": lambda: saved([1]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_is_refused_and_named(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "joint.ckpt"
    path.write_bytes(DAMAGES[damage]())
    with pytest.raises(RunError, match=r"joint\.ckpt: cannot be read.*remove it"):
        Checkpoint(path).rounds_done()


def test_a_checkpoint_counts_the_rounds_before_it_and_none_without_a_file(tmp_path: Path) -> None:
    path = tmp_path / "joint.ckpt"
    assert Checkpoint(path).rounds_done() == 0
    path.write_bytes(saved(STATE))
    assert Checkpoint(path).rounds_done() == 5


def test_a_run_with_a_damaged_checkpoint_stops_before_it_trains(
    small_folder: Path, tmp_path: Path
) -> None:
    config = replace(settings(small_folder), pretrain_passes=0)
    Run(config, tmp_path, MachineConfig("cpu"))
    path = tmp_path / "checkpoints" / "joint.ckpt"
    path.parent.mkdir()
    path.write_bytes(b"damaged")
    with pytest.raises(RunError, match="cannot be read"):
        Run(config, tmp_path, MachineConfig("cpu")).train()
    assert path.read_bytes() == b"damaged"
    assert not (tmp_path / "metrics.csv").exists()
