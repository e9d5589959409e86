"""What happens between two rounds: checkpoint, bundle, picture.

A round is Lightning's epoch: so many iterations, then a validation. Checkpoints are written at its
end only, where no loader is half-way through, so that a run goes on exactly as if it had not been
killed.
"""

import os
import pickle
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import lightning as L
import torch

from lcapp.classes import ClassTable
from lcapp.errors import RunError
from lcapp.families.tsrdiff.weights import save
from lcapp.hub.config import BundleConfig
from lcapp.prepare import InputSpec
from lcapp.train.aerial import AerialTraining
from lcapp.train.config import TrainConfig
from lcapp.train.data.batch import collate
from lcapp.train.data.examples import Examples
from lcapp.train.tsrdiff.first_weights import origins
from lcapp.train.tsrdiff.joint import JointTraining
from lcapp.train.tsrdiff.pictures import write_picture

_UNREADABLE = (EOFError, pickle.UnpicklingError)
"""What torch raises besides for a damaged file; nothing is unpickled but tensors and numbers."""


@dataclass(frozen=True)
class Rounds:
    """How a phase is cut.

    Attributes:
        rounds: How many.
        per_round: Iterations of each.
    """

    rounds: int
    per_round: int

    @classmethod
    def of(cls, iterations: int, longest: int) -> Self:
        """Rounds of one length, at most `longest`, that hold at least `iterations`."""
        rounds = -(-iterations // longest)
        return cls(rounds, -(-iterations // rounds))

    @property
    def iterations(self) -> int:
        """Of all rounds."""
        return self.rounds * self.per_round


class Checkpoint(L.Callback):
    """The state of the training after each round, replaced as a whole.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def rounds_done(self) -> int:
        """Rounds after which it was written; 0 without a file.

        Raises:
            RunError: It cannot be read.
        """
        if not self.path.is_file():
            return 0
        try:
            state = torch.load(self.path, weights_only=True, map_location="cpu", mmap=True)
            return int(state["epoch"]) + 1
        except (OSError, RuntimeError, LookupError, TypeError, ValueError, *_UNREADABLE) as error:
            raise RunError(
                f"cannot be read: {error}",
                where=self.path,
                advice="remove it; its phase then starts anew",
            ) from error

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Write beside, then move: a kill leaves the last one."""
        beside = self.path.with_suffix(".part")
        trainer.save_checkpoint(beside)
        if trainer.is_global_zero:
            os.replace(beside, self.path)


class Bundles(L.Callback):
    """After each round of the joint phase, or of the aerial baseline: a bundle and a picture.

    The picture shows the series beside the map; the baseline, which reads none, has no picture.

    Args:
        out: The run's folder.
        config: The run's settings, told in the bundle.
        spec: Bands and scalings.
        table: Classes.
        simulated: The scenes are simulated; told in the bundle.
        validation: Held-out scenes, of which the first is drawn.
    """

    def __init__(
        self,
        out: Path,
        config: TrainConfig,
        spec: InputSpec,
        table: ClassTable,
        simulated: bool,
        validation: Examples,
    ) -> None:
        self._out, self._config, self._spec, self._table = out, config, spec, table
        self._simulated, self._validation = simulated, validation

    def on_validation_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Draw the picture while the network is in evaluation mode."""
        if trainer.is_global_zero and isinstance(pl_module, JointTraining):
            path = self._out / "pictures" / f"{trainer.global_step:07d}.png"
            batch = collate([self._validation[0]]).to(pl_module.device)
            write_picture(path, pl_module, batch, self._spec, self._table)

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Write the bundle; the last time, say which classes no scene has shown."""
        assert isinstance(pl_module, JointTraining | AerialTraining)
        shares = pl_module.class_shares.compute()  # by all processes together
        if not trainer.is_global_zero:
            return
        pairs = zip(self._table.names, shares.tolist(), strict=True)
        unseen = [name for name, share in pairs if not share]
        config, network = self._config, pl_module.network
        figures = {
            name: round(float(value), 5)
            for name, value in sorted(trainer.callback_metrics.items())
            if name.startswith("validation/")
        }
        kind = "simulated scenes" if self._simulated else "scenes"
        description = BundleConfig(
            name=self._out.name,
            variant=config.network.variant,
            network=asdict(network.config),
            inputs=self._spec,
            classes=self._table.name,
            diffusion=config.diffusion,
            trained=True,
            provenance=(
                f"Trained by `python -m lcapp train` for {trainer.global_step} of "
                f"{pl_module.iterations} iterations on {kind} of the folder "
                f"{Path(config.data.collection).name}, seed {config.seed}."
                + (f" Never seen in training: {', '.join(unseen)}." if unseen else "")
                + origins(config)
            ),
            licence="not stated",
            figures={
                "iterations": trainer.global_step,
                "class_shares": dict(
                    zip(self._table.names, (round(x, 5) for x in shares.tolist()), strict=True)
                ),
                **figures,
            },
        )
        save(self._out / "bundle", network, description)
        if unseen and trainer.global_step == pl_module.iterations:
            print(f"never seen in training: {', '.join(unseen)}", file=sys.stderr, flush=True)
