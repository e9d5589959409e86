"""A family that is not the project's own trains by one line in `TRAINERS`."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from lcapp.__main__ import main
from lcapp.classes import ClassTable
from lcapp.diffusion.config import DiffusionConfig
from lcapp.evaluate.agreement import evaluated
from lcapp.hub.bundle import save
from lcapp.hub.config import BundleConfig
from lcapp.prepare import InputSpec
from lcapp.train.classifier import MapClassifier
from lcapp.train.config import TrainConfig
from lcapp.train.data.batch import Batch
from lcapp.train.phase import Phase, Plan, Told
from lcapp.train.run import TRAINERS


class Convolutions(Plan):
    """Two layers over the aerial image; the first learns alone before both learn together."""

    def __init__(self, config: TrainConfig, spec: InputSpec, table: ClassTable) -> None:
        super().__init__(config, spec, table)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.stem = nn.Conv2d(len(spec.aerial_bands), len(table.names), 3, padding=1)
            self.network = nn.Sequential(self.stem, nn.ReLU(), nn.Conv2d(len(table.names), 13, 1))

    @property
    def phases(self) -> Sequence[Phase]:
        return [
            Phase(
                "stem",
                partial(self._learner, self.stem),
                self.stem,
                self.config.pretrain_passes,
                "stem.safetensors",
            ),
            Phase("whole", partial(self._learner, self.network), self.network),
        ]

    def _learner(self, network: nn.Module, iterations: int) -> MapClassifier:
        def logits(batch: Batch) -> Tensor:
            return network(batch.aerial)

        classes = evaluated(self.table)
        return MapClassifier(network, logits, self.config, iterations, 13, classes)

    def write(self, bundle: Path, told: Told) -> None:
        config = BundleConfig(
            name=told.name,
            variant="convolutions",
            network={},
            inputs=self.spec,
            classes=self.table.name,
            diffusion=DiffusionConfig(),
            trained=True,
            provenance=told.provenance,
            licence="not stated",
            figures=told.figures,
        )
        save(bundle, self.network, config)


def test_a_family_of_a_test_trains_by_its_registration_alone(
    small_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(TRAINERS, "convolutions", Convolutions)
    out = tmp_path / "run"
    arguments = (
        *("train", "--family", "convolutions", "--collection", small_folder, "--out", out),
        *("--batch", 2, "--pretrain-passes", 2, "--iterations", 30, "--round", 15, "--json"),
        *("--learning-rate", 0.05, "--square", 104, "--accelerator", "cpu"),
    )
    assert main([*map(str, arguments)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["figures"]["validation/oa"] > 0.5  # 1 in 13 by chance
    assert (
        "for 30 of 30 iterations"
        in json.loads((out / "bundle/config.json").read_text())["provenance"]
    )
    rows = [row.split(",") for row in (out / "metrics.csv").read_text().splitlines()]
    seen = {
        phase: sum(row[0] == phase and row[2] == "train/loss" for row in rows)
        for phase in ("stem", "whole")
    }
    assert seen == {"stem": 4, "whole": 30}  # 2 passes over 4 scenes, 2 at once
    stem, whole = load_file(out / "stem.safetensors"), load_file(out / "bundle/model.safetensors")
    assert set(stem) == {"weight", "bias"}
    assert set(whole) == {"0.weight", "0.bias", "2.weight", "2.bias"}
    bundle = (out / "bundle/model.safetensors").read_bytes()
    assert main([*map(str, arguments)]) == 0
    assert (out / "bundle/model.safetensors").read_bytes() == bundle


def test_a_family_that_nobody_has_registered_is_refused(
    small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--family", "none", "--collection", small_folder, "--out", tmp_path / "run")
    assert main(["train", *map(str, arguments)]) == 2
    assert "family is 'none'; expected 'tsrdiff'" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
