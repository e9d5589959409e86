"""Phase 2: everything but E_C learns together (paper, 4.2, eq. 7)."""

from dataclasses import replace
from typing import Self

import torch
from torch import Tensor
from torchmetrics import Metric

from lcapp.diffusion.noise import KeyedNoise
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.evaluate.scores import Scores
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.train.classifier import ClassShares
from lcapp.train.config import TrainConfig
from lcapp.train.data.batch import Batch
from lcapp.train.learner import Learner
from lcapp.train.tsrdiff.known import sample_series
from lcapp.train.tsrdiff.objective import Outcome, objective

SAMPLE_SEED = 0
"""Seed of the validation's samples: the same noise each time, so that figures compare."""


class MonthlyMean(Metric):
    """Mean of a value for each calendar month."""

    total: Tensor
    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", torch.zeros(12, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("count", torch.zeros(12, dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, values: Tensor, months: Tensor) -> None:
        """Values (N,) of the calendar indices 0..11 in `months` (N,)."""
        self.total.index_add_(0, months, values.to(self.total))
        self.count.index_add_(0, months, torch.ones_like(values, dtype=self.count.dtype))

    def compute(self) -> Tensor:
        """(12,) NaN where a month never occurred."""
        return (self.total / self.count).float()


class JointTraining(Learner):
    """The whole network by the total loss; E_C is frozen and stays in evaluation mode.

    Validation classifies twice: with E_SR reading one-step estimates, as in training, and full
    samples, as in use. `miou_one_step` minus `miou` is the gap of METHOD.md's fault 10;
    `month_shift_MM` is the mean of SR - x_u of a calendar month in the network's range, from
    samples, and `month_shift_one_step_MM` from the estimates (fault 11).

    Args:
        network: Pre-trained E_C, D_SR built.
        config: Of the run.
        iterations: Length of this phase.
        evaluated: Class ids that count for the mIoU.
    """

    def __init__(
        self, network: TSRDiff, config: TrainConfig, iterations: int, evaluated: tuple[int, ...]
    ) -> None:
        super().__init__(config.optimiser, iterations)
        self.network = network
        network.encoder_c.requires_grad_(False)
        # Here as well as in `train`: Lightning leaves the modes as it finds them.
        network.encoder_c.eval()
        self.objective = config.objective
        self.frozen = config.objective.denoiser == "frozen"
        self.losses = config.objective.losses
        if self.frozen:
            network.denoiser.requires_grad_(False)
            self.losses = replace(self.losses, reconstruction=0)
        self.schedule = CosineSchedule(config.diffusion)
        classes = network.config.classes
        self.scores = Scores(classes, evaluated)
        self.scores_one_step = Scores(classes, evaluated)
        self.class_shares = ClassShares(classes)
        self.shift = MonthlyMean()
        self.shift_one_step = MonthlyMean()

    def train(self, mode: bool = True) -> Self:
        """Training mode for all but E_C, whose batch statistics are frozen with its weights."""
        super().train(mode)
        self.network.encoder_c.eval()
        return self

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """Mean total loss of the scenes of the batch."""
        self.class_shares.update(batch.labels)
        outcome = objective(self.network, batch, self.schedule, self.objective)
        loss = outcome.terms.total(self.losses).mean()
        values = {"loss": loss, "clamped": outcome.clamped.mean()}
        self.report("train", values | _means(outcome), len(batch.scene_ids))
        return loss

    def validation_step(self, batch: Batch, index: int) -> None:
        """Losses with fixed draws, and both ways of classifying."""
        # Else `scores_one_step` would hold scenes that E_SR reads from samples.
        batch = replace(batch, few_step=torch.zeros_like(batch.few_step))
        outcome = objective(self.network, batch, self.schedule, self.objective)
        sr = self.sample(batch, outcome)
        values = {"loss": outcome.terms.total(self.losses).mean()}
        self.report("validation", values | _means(outcome), len(batch.scene_ids))
        self.scores_one_step.update(outcome.logits.argmax(1), batch.labels)
        self.scores.update(self.classify(batch, sr).argmax(1), batch.labels)
        x_u = outcome.known.x_u
        self.shift.update((sr - x_u).mean((1, 2, 3)), batch.months)
        self.shift_one_step.update((outcome.sr - x_u).mean((1, 2, 3)), batch.months)

    def on_validation_epoch_end(self) -> None:
        """Scores and shifts over all held-out scenes."""
        figures: dict[str, Tensor] = {}
        for suffix, scores, shift in (
            ("", self.scores, self.shift),
            ("_one_step", self.scores_one_step, self.shift_one_step),
        ):
            figures |= {f"{name}{suffix}": value for name, value in scores.compute().items()}
            for month, value in enumerate(shift.compute(), start=1):
                if value.isfinite():
                    figures[f"month_shift{suffix}_{month:02d}"] = value
            scores.reset()
            shift.reset()
        self.report("validation", figures, 1)

    def classify(self, batch: Batch, sr: Tensor) -> Tensor:
        """Class scores B K H W of a series that is super-resolved already, N C Hs Ws."""
        features = self.network.encode_sr(batch.by_month(sr), batch.day_offsets, batch.present)
        return self.network.classify(batch.aerial, features).logits

    def sample(self, batch: Batch, outcome: Outcome) -> Tensor:
        """A full sample of every scene's series, as in use: N C Hs Ws."""
        noises = {at: KeyedNoise(SAMPLE_SEED, one) for at, one in enumerate(batch.scene_ids)}
        objective = self.objective
        _, sr = sample_series(
            self.network,
            batch,
            noises,
            outcome.known,
            self.schedule,
            objective.sampler,
            objective.validation_steps,
        )
        return sr


def _means(outcome: Outcome) -> dict[str, Tensor]:
    return {name: values.mean() for name, values in outcome.terms.used().items()}
