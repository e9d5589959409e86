"""Training by a focal loss alone: any network that gives each pixel a class."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchmetrics import Metric

from lcapp.classes import NO_CLASS
from lcapp.evaluate.scores import Scores
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
        """Mean focal loss of the batch."""
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
        return focal(logits, labels, self._losses.gamma, self._losses.label_smoothing).mean()


class MapClassifier(Classifier):
    """A network that gives each pixel of the aerial image a class.

    Args:
        network: All of it is trained.
        logits: Class scores B K H W that it gives to a batch.
        config: Of the run.
        iterations: Length of this phase.
        classes: K.
        evaluated: Class ids that count for the mIoU.
    """

    def __init__(
        self,
        network: nn.Module,
        logits: Callable[[Batch], Tensor],
        config: TrainConfig,
        iterations: int,
        classes: int,
        evaluated: tuple[int, ...],
    ) -> None:
        super().__init__(config, iterations, classes, evaluated)
        self.network, self._logits = network, logits
        self.class_shares = ClassShares(classes)

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """Mean focal loss of the batch."""
        self.class_shares.update(batch.labels)
        return super().training_step(batch, index)

    def answer(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Class scores and labels on the grid of the aerial image."""
        return self._logits(batch), batch.labels


def focal(
    logits: Tensor, labels: Tensor, gamma: float = 2.0, label_smoothing: float = 0.0
) -> Tensor:
    """Focal loss (eq. 8), mean over the labelled pixels of each scene.

    The equation leaves gamma open; 2 is ours. Its mean runs over a scene's pixels, not the
    mini-batch's. The gradient flows through the modulating factor too. Where smoothing gives the
    other classes a share of the target, theirs is plain cross-entropy without the factor.

    Args:
        logits: B K H W, class scores.
        labels: B H W, int64 in 0..K-1; `NO_CLASS` where nothing is to be learnt.
        gamma: Focusing parameter; 0 is cross-entropy.
        label_smoothing: The true class's target is 1 minus it; each other class gets it / (K - 1).

    Returns:
        (B,); 0 for a scene without a label.

    Raises:
        ValueError: Labels of another shape, or outside 0..K-1.
    """
    classes = logits.shape[1]
    if labels.shape != (len(logits), *logits.shape[2:]):
        shapes = f"{tuple(logits.shape)} and {tuple(labels.shape)}"
        raise ValueError(f"expected logits B K H W and labels B H W, got {shapes}")
    known = labels != NO_CLASS  # B H W
    labels = labels.where(known, 0)
    bounds = torch.stack((*labels.aminmax(), known.all())).tolist()
    lowest, highest, all_known = (int(bound) for bound in bounds)
    if lowest < 0 or highest >= classes:
        wrong = lowest if lowest < 0 else highest
        raise ValueError(f"expected labels in 0..{classes - 1}, got {wrong}")
    log_p = F.log_softmax(float32_at_least(logits), dim=1)  # B K H W
    log_true = log_p.gather(1, labels.long().unsqueeze(1)).squeeze(1)  # B H W
    # -expm1 keeps digits where p is near 1; the bound keeps the power's slope finite for gamma < 1.
    missing = (-torch.expm1(log_true)).clamp(min=torch.finfo(log_p.dtype).tiny)
    loss = (label_smoothing - 1) * missing**gamma * log_true
    if label_smoothing:
        others = log_p.sum(1) - log_true
        loss = loss - label_smoothing / (classes - 1) * others
    if all_known:
        return loss.flatten(1).mean(1)
    return loss.where(known, 0.0).flatten(1).sum(1) / known.flatten(1).sum(1).clamp(min=1)


def float32_at_least(values: Tensor) -> Tensor:
    """Half precision lifted to float32; the rest as it is."""
    return values.to(torch.promote_types(values.dtype, torch.float32))
