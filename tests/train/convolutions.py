"""A family of networks that is not the project's own: two layers, trained in a second or two."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from lcapp.classes import ClassTable
from lcapp.evaluate.agreement import evaluated
from lcapp.prepare import InputSpec
from lcapp.train.classifier import MapClassifier
from lcapp.train.config import DataConfig, MachineConfig, TrainConfig
from lcapp.train.data.batch import Batch
from lcapp.train.phase import Phase, Plan
from lcapp.train.run import Run


@dataclass(frozen=True)
class Sizes:
    """None that could differ."""


class Convolutions(Plan):
    """Two layers over the aerial image; the first learns alone before both learn together."""

    variant, sizes = "convolutions", Sizes()

    def __init__(self, config: TrainConfig, spec: InputSpec, table: ClassTable) -> None:
        super().__init__(config, spec, table)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.stem = nn.Conv2d(len(spec.aerial_bands), len(table.names), 3, padding=1)
            self.network = nn.Sequential(self.stem, nn.ReLU(), nn.Conv2d(len(table.names), 13, 1))

    @property
    def phases(self) -> Sequence[Phase]:
        learner, passes = self._learner, self.config.pretrain_passes
        stem = Phase("stem", partial(learner, self.stem), self.stem, passes, "stem.safetensors")
        whole = Phase("whole", partial(learner, self.network), self.network, squares=True)
        return [stem, whole] if passes else [whole]

    def _learner(self, network: nn.Module, iterations: int) -> MapClassifier:
        def logits(batch: Batch) -> Tensor:
            return network(batch.aerial)

        classes = evaluated(self.table)
        return MapClassifier(network, logits, self.config, iterations, 13, classes)


NAME = "convolutions"


def settings(folder: Path) -> TrainConfig:
    """One pass of the first phase, two rounds of the second."""
    return TrainConfig(
        DataConfig(str(folder)), family=NAME, batch=2, pretrain_passes=1, iterations=4, round=2
    )


def train(config: TrainConfig, out: Path) -> Path:
    """The run's bundle; the family must be registered."""
    return Run(config, out, MachineConfig("cpu")).train()
