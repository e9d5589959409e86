"""Phases before the joint training, and the files in which a run keeps what they have taught.

A run may take these files from another one, instead of going through the phases itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import lightning as L
from safetensors.torch import save
from torch import Tensor, nn

from lcapp.errors import RunError
from lcapp.hub.weights import check_keys, read_tensors
from lcapp.models import TSRDiff
from lcapp.scene.atomic import write_file
from lcapp.train.config import TrainConfig


@dataclass(frozen=True)
class Phase:
    """A phase that teaches one part of the network.

    Attributes:
        name: In the run's figures and checkpoints.
        file: In which a run's folder keeps the part's weights.
        part: The part of a network.
        passes: How often a run goes through the scenes in it; with 0 it is left out.
    """

    name: str
    file: str
    part: Callable[[TSRDiff], nn.Module]
    passes: Callable[[TrainConfig], int]

    def check(self, network: TSRDiff, run: Path) -> None:
        """Whether a run has been through the phase, with a part of the network's sizes.

        Raises:
            RunError: It has not.
            BundleError: The part has other sizes, or its file is damaged.
        """
        if not (run / self.file).is_file():
            raise RunError(
                f"has no {self.file}",
                where=run,
                expected="a run that has been through the phases that this one leaves out",
                advice="let it get there, or train without --phases-from",
            )
        self._read(network, run)

    def take(self, run: Path, other: Path) -> None:
        """Put into a run's folder what another run has; every process may do so."""
        write_file(run / self.file, (other / self.file).read_bytes())

    def keep(self, network: TSRDiff, run: Path, trainer: L.Trainer) -> None:
        """Write what the phase has taught, once for all processes."""
        if trainer.is_global_zero:
            state = self.part(network).state_dict()
            tensors = {name: tensor.cpu().contiguous() for name, tensor in state.items()}
            write_file(run / self.file, save(tensors))
        trainer.strategy.barrier()

    def load(self, network: TSRDiff, run: Path) -> None:
        """Give the network what the phase has taught, in place.

        Raises:
            BundleError: The part has other sizes, or its file is damaged.
        """
        self.part(network).load_state_dict(self._read(network, run))

    def _read(self, network: TSRDiff, run: Path) -> Mapping[str, Tensor]:
        file = run / self.file
        tensors = read_tensors(file)
        check_keys(self.part(network).state_dict(), tensors, file)
        return tensors


PRETRAINING = Phase(
    "pretraining",
    "pretrained.safetensors",
    part=lambda network: network.encoder_c,
    passes=lambda config: config.pretrain_passes,
)
DENOISING = Phase(
    "denoising",
    "denoiser.safetensors",
    part=lambda network: network.denoiser,
    passes=lambda config: config.denoiser_passes,
)
