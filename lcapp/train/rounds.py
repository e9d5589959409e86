"""How a phase is cut into rounds, and what happens between two: checkpoint, bundle, picture.

A round is Lightning's epoch: so many iterations, then a validation. Checkpoints are written at its
end only, where no loader is half-way through, so that a run goes on exactly as if it had not been
killed.
"""

import os
import pickle
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import lightning as L
import torch

from lcapp.errors import RunError
from lcapp.train.data.batch import collate
from lcapp.train.data.examples import Examples
from lcapp.train.phase import Plan, Told

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
    """After each round of the last phase: a bundle, and a picture where the phase draws one.

    Args:
        out: The run's folder.
        plan: Of the run.
        simulated: The scenes are simulated; told in the bundle.
        validation: Held-out scenes, of which the first is drawn.
    """

    def __init__(self, out: Path, plan: Plan, simulated: bool, validation: Examples) -> None:
        self._out, self._plan = out, plan
        self._simulated, self._validation = simulated, validation

    def on_validation_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Draw the picture while the network is in evaluation mode."""
        draw = self._plan.phases[-1].draw
        if trainer.is_global_zero and draw is not None:
            path = self._out / "pictures" / f"{trainer.global_step:07d}.png"
            draw(path, pl_module, collate([self._validation[0]]).to(pl_module.device))

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: Any) -> None:
        """Write the bundle; the last time, say which classes no scene has shown."""
        shares = pl_module.class_shares.compute().tolist()  # by all processes together
        if not trainer.is_global_zero:
            return
        plan, config, done = self._plan, self._plan.config, trainer.global_step
        class_shares = dict(zip(plan.table.names, shares, strict=True))
        unseen = ", ".join(name for name, share in class_shares.items() if not share)
        provenance = (
            f"Trained by `python -m lcapp train` for {done} of {pl_module.iterations} iterations "
            f"on {'simulated scenes' if self._simulated else 'scenes'} of the folder "
            f"{Path(config.data.collection).name}, seed {config.seed}."
            + (f" Never seen in training: {unseen}." if unseen else "")
            + plan.origins()
        )
        figures = {
            "iterations": done,
            "validation_scenes": len(self._validation),
            "class_shares": {name: round(share, 5) for name, share in class_shares.items()},
        } | {
            name: round(float(value), 5)
            for name, value in sorted(trainer.callback_metrics.items())
            if name.startswith("validation/")
        }
        plan.write(self._out / "bundle", Told(self._out.name, provenance, figures))
        if unseen and done == pl_module.iterations:
            print(f"never seen in training: {unseen}", file=sys.stderr, flush=True)
