"""Faults 4 (the series not augmented with the rest) and 8 (a random split), in whole runs.

`test_one_transform` and `test_fixed_split` have the same faults planted at their source.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from torch import Tensor

from lcapp.prepare import SYMMETRIES, Symmetry
from lcapp.train.classifier import MapClassifier
from lcapp.train.config import MachineConfig, TrainConfig
from lcapp.train.data.batch import Batch
from lcapp.train.run import TRAINERS, Run
from lcapp.types import Prepared
from tests.faults.test_one_transform import check_the_mark_meets_itself
from tests.train import convolutions
from tests.train.conftest import write_area

CPU = MachineConfig("cpu")
HELD_OUT = {"D004_2021"}


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRAINERS, convolutions.NAME, convolutions.Convolutions)


class Killed(Exception):
    """In place of a power cut."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two domains to train on and an official validation domain, two tiles each."""
    root = tmp_path_factory.mktemp("flair2")
    for seed, domain in enumerate(("D001_2021", "D002_2021", *HELD_OUT), start=1):
        write_area(root, "train", domain, 2, 128, seed)
    return root


def settings(folder: Path, seed: int) -> TrainConfig:
    """Two rounds of one iteration, of a small network: the split is none of its business."""
    return replace(
        convolutions.settings(folder), pretrain_passes=0, iterations=2, round=1, seed=seed
    )


def validated(folder: Path, out: Path, seed: int) -> tuple[set[str], set[str]]:
    """The scenes of the first round's validation, and of the second's after a kill between."""
    found: list[set[str]] = [set(), set()]
    steps = 0
    train, validate = MapClassifier.training_step, MapClassifier.validation_step

    def watched(self: MapClassifier, batch: Batch, index: int) -> None:
        found[self.current_epoch].update(batch.scene_ids)
        validate(self, batch, index)

    def killed_once(self: MapClassifier, batch: Batch, index: int) -> Tensor:
        nonlocal steps
        steps += 1
        if steps == 2:
            raise Killed
        return train(self, batch, index)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MapClassifier, "validation_step", watched)
        patch.setattr(MapClassifier, "training_step", killed_once)
        with pytest.raises(Killed):
            Run(settings(folder, seed), out, CPU).train()
        Run(settings(folder, seed), out, CPU).train()
    assert steps == 3
    return found[0], found[1]


def check_the_same_scenes_are_held_out(folder: Path, out: Path) -> None:
    other_seed = Run(settings(folder, 7), out / "other", CPU).setup.validation.ids
    first, resumed = validated(folder, out / "run", 0)
    moved = [len(first ^ one) for one in (resumed, set(other_seed))]
    assert not any(moved), f"held out differently: {moved}"
    assert {one.split("/")[0] for one in first} == HELD_OUT
    assert len(first) == 2


def test_the_same_scenes_are_held_out_after_a_resume_and_whatever_the_seed(
    folder: Path, tmp_path: Path
) -> None:
    check_the_same_scenes_are_held_out(folder, tmp_path)


def at_random(drawn: random.Random) -> Callable[..., str]:
    """A tile in two, whatever its domain."""
    return lambda *_: "validation" if drawn.random() < 0.5 else "train"


def test_seen_to_fail_with_a_split_drawn_at_each_start(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: half of the tiles at random at each start. Of six tiles, two changed sides at the
    resume and one with the other seed."""
    monkeypatch.setattr("lcapp.train.data.examples.split_of", at_random(random.Random(0)))
    with pytest.raises(AssertionError, match=r"held out differently: \[2, 1\]"):
        check_the_same_scenes_are_held_out(folder, tmp_path)


def test_seen_to_fail_when_the_series_turns_and_its_windows_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Planted: the windows of the scene as it lies. The marks lay 3 to 5 SR pixels apart in six of
    the seven symmetries. The last maps left to bottom and top to right, where the crop's margins
    are nearly the same."""
    whole = Symmetry.prepared

    def own_windows(self: Symmetry, prepared: Prepared) -> Prepared:
        return replace(whole(self, prepared), windows=prepared.windows)

    monkeypatch.setattr(Symmetry, "prepared", own_windows)
    for symmetry in SYMMETRIES[1:-1]:
        with pytest.raises(AssertionError, match="SR pixels apart"):
            check_the_mark_meets_itself(symmetry)
