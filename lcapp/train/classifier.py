"""Training by a loss of classes alone: any network that gives each pixel a class."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torchmetrics import Metric

from lcapp.evaluate.scores import Scores
from lcapp.train.class_losses import class_loss
from lcapp.train.config import TrainConfig
from lcapp.train.data.batch import Batch
from lcapp.train.learner import Learner


class ClassShares(Metric):
    """Share of each class in the labels that were trained on; kept in checkpoints.

    The paper's data set ranges from 1.1 % (other) to 19.8 % (herbaceous vegetation; 5.1).

    Args:
        classes: K.
    """

    counts: Tensor

    def __init__(self, classes: int) -> None:
        super().__init__()
        empty = torch.zeros(classes, dtype=torch.float64)
        self.add_state("counts", empty, dist_reduce_fx="sum", persistent=True)

    def update(self, labels: Tensor) -> None:
        """Class ids, int64, of any shape; `NO_CLASS` does not count."""
        # Class by class: to count all at once, a GPU first looks for the highest and is waited for.
        counts = [(labels == one).sum() for one in range(len(self.counts))]
        self.counts += torch.stack(counts)

    def compute(self) -> Tensor:
        """(K,) sum 1."""
        return self.counts / self.counts.sum()


class Classifier(Learner, ABC):
    """A network that gives each pixel a class (eq. 8).

    Args:
        config: Of the run.
        iterations: Length of this phase.
        classes: K.
        evaluated: Class ids that count for the mIoU.
    """

    def __init__(
        self, config: TrainConfig, iterations: int, classes: int, evaluated: tuple[int, ...]
    ) -> None:
        super().__init__(config.optimiser, iterations)
        self._losses = config.objective.losses
        self.scores = Scores(classes, evaluated)

    @abstractmethod
    def answer(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Logits B K H W of the scenes, and their labels B H W."""

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """Mean loss of the batch."""
        loss = self._loss(*self.answer(batch))
        self.report("train", {"loss": loss}, len(batch.scene_ids))
        return loss

    def validation_step(self, batch: Batch, index: int) -> None:
        """Loss and hits on held-out scenes."""
        logits, labels = self.answer(batch)
        self.scores.update(logits.argmax(1), labels)
        self.report("validation", {"loss": self._loss(logits, labels)}, len(batch.scene_ids))

    def on_validation_epoch_end(self) -> None:
        """Scores over all held-out scenes."""
        self.report("validation", self.scores.compute(), 1)
        self.scores.reset()

    def _loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return class_loss(self._losses, logits, labels).mean()


class MapClassifier(Classifier):
    """A network that gives each pixel of the aerial image a class.

    Args:
        network: All of it is trained.
        logits: Class scores B K H W that it gives to a batch.
        config: Of the run.
        iterations: Length of this phase.
        classes: K.
        evaluated: Class ids that count for the mIoU.
        each: Several of them, of networks that learn beside each other, each by its own loss;
            None: `logits` is learnt by.
    """

    def __init__(
        self,
        network: nn.Module,
        logits: Callable[[Batch], Tensor],
        config: TrainConfig,
        iterations: int,
        classes: int,
        evaluated: tuple[int, ...],
        each: Callable[[Batch], Sequence[Tensor]] | None = None,
    ) -> None:
        super().__init__(config, iterations, classes, evaluated)
        self.network, self._logits = network, logits
        self._each = each or (lambda batch: [logits(batch)])
        self.class_shares = ClassShares(classes)

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """Mean loss of the batch, and of the networks."""
        self.class_shares.update(batch.labels)
        losses = [self._loss(logits, batch.labels) for logits in self._each(batch)]
        loss = torch.stack(losses).mean()
        self.report("train", {"loss": loss}, len(batch.scene_ids))
        return loss

    def answer(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Class scores and labels on the grid of the aerial image."""
        return self._logits(batch), batch.labels
