"""What every family has of a run, seen on one that a line in `TRAINERS` has registered."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from lcapp.__main__ import main
from lcapp.classes import FLAIR2
from lcapp.hub.config import read_config
from lcapp.prepare import InputSpec
from lcapp.scene.reader import SIMULATED
from lcapp.train.classifier import MapClassifier
from lcapp.train.config import OptimiserConfig
from lcapp.train.data.batch import Batch
from lcapp.train.run import TRAINERS
from tests.train.convolutions import NAME, Convolutions, settings, train


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRAINERS, NAME, Convolutions)


def test_a_family_of_a_test_trains_by_its_registration_alone(
    small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    options = (
        *("train", "--family", NAME, "--collection", small_folder, "--out", out, "--json"),
        *("--batch", 2, "--pretrain-passes", 2, "--iterations", 30, "--round", 15),
        *("--learning-rate", 0.05, "--accelerator", "cpu"),
    )
    arguments = [str(option) for option in options]
    assert main(arguments) == 0
    said = capsys.readouterr()
    answer = json.loads(said.out)
    assert answer["out"] == str(out)
    assert answer["bundle"] == str(out / "bundle")
    assert answer["figures"]["iterations"] == 30
    assert answer["figures"]["validation/oa"] > 0.5  # 1 in 13 by chance
    assert "whole 30/30" in said.err
    never = "never seen in training: pervious surface, impervious surface"
    assert said.err.count(never) == 1
    assert said.err.splitlines()[-1].startswith(never)
    rows = [row.split(",") for row in (out / "metrics.csv").read_text().splitlines()]
    losses = [row[0] for row in rows if row[2] == "train/loss"]
    assert losses == ["stem"] * 4 + ["whole"] * 30  # 2 passes over 4 scenes, 2 at once
    assert set(load_file(out / "stem.safetensors")) == {"weight", "bias"}
    whole = out / "bundle/model.safetensors"
    assert set(load_file(whole)) == {"0.weight", "0.bias", "2.weight", "2.bias"}
    before = whole.read_bytes()
    assert main(arguments) == 0
    assert whole.read_bytes() == before


def test_a_bundle_trained_on_simulated_scenes_says_so(small_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "scenes"
    shutil.copytree(small_folder, folder)
    (folder / SIMULATED).touch()
    bundle = train(replace(settings(folder), iterations=1), tmp_path / "run")
    assert "on simulated scenes of the folder scenes" in read_config(bundle).provenance


def test_squares_are_seen_in_the_last_phase_until_its_last_rounds_and_else_whole_scenes(
    small_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    step = MapClassifier.training_step

    def note(self: MapClassifier, batch: Batch, index: int) -> torch.Tensor:
        seen.append(batch.aerial.shape[-1])
        return step(self, batch, index)

    monkeypatch.setattr(MapClassifier, "training_step", note)
    config = settings(small_folder)
    data = replace(config.data, square=104, whole_rounds=1)
    train(replace(config, data=data, iterations=3, round=1), tmp_path / "run")
    assert seen == [128, 128, 104, 104, 128]


def test_two_batches_an_iteration_see_the_scenes_of_one_twice_as_large(
    small_folder: Path, tmp_path: Path
) -> None:
    """Which they are is told by the shares of the classes in the labels that were trained on."""
    told = []
    for batch, accumulate in ((4, 1), (2, 2)):
        config = replace(settings(small_folder), batch=batch, accumulate=accumulate, iterations=1)
        bundle = train(config, tmp_path / str(batch))
        told.append(read_config(bundle).figures)
    assert told[0]["class_shares"] == told[1]["class_shares"]
    assert told[0]["iterations"] == told[1]["iterations"] == 1


@pytest.mark.parametrize(("clip_norm", "moves"), [(0.0, True), (1e-20, False)])
def test_the_norm_of_the_gradient_is_bounded_where_it_is_asked_for(
    clip_norm: float, moves: bool, small_folder: Path, tmp_path: Path
) -> None:
    """Adam divides a gradient by its own size, but not one far below its epsilon."""
    optimiser = OptimiserConfig("adam", 0.01, warmup=0, clip_norm=clip_norm)
    config = replace(settings(small_folder), iterations=1, optimiser=optimiser)
    train(config, tmp_path / "run")
    before = Convolutions(config, InputSpec(), FLAIR2).stem.state_dict()
    after = load_file(tmp_path / "run/stem.safetensors")
    moved = max(float((after[name] - before[name]).abs().max()) for name in before)
    assert moved > 0.005 if moves else moved < 1e-6


def test_a_kill_between_the_last_checkpoint_of_a_phase_and_its_file_loses_nothing(
    small_folder: Path, tmp_path: Path
) -> None:
    run, config = tmp_path / "run", settings(small_folder)
    bundle = train(config, run)
    kept = ("stem.safetensors", "metrics.csv", "bundle/model.safetensors")
    before = {name: (run / name).read_bytes() for name in kept}
    shutil.rmtree(bundle)
    (run / "stem.safetensors").unlink()
    (run / "checkpoints" / "whole.ckpt").unlink()
    train(config, run)
    assert {name for name in kept if (run / name).read_bytes() != before[name]} == set()


def test_a_family_that_nobody_has_registered_is_refused(
    small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--family", "none", "--collection", small_folder, "--out", tmp_path / "run")
    assert main(["train", *map(str, arguments)]) == 2
    told = capsys.readouterr().err
    assert "family is 'none'; expected 'tsrdiff' or 'u-tae-d' or 'u-net'" in told
    assert not (tmp_path / "run").exists()
