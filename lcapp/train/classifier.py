"""Training by a focal loss alone: E_C before the joint training, and the aerial baseline."""

from abc import ABC, abstractmethod

from torch import Tensor

from lcapp.evaluate.scores import Scores
from lcapp.train.config import TrainConfig
from lcapp.train.data.batch import Batch
from lcapp.train.learner import Learner
from lcapp.train.tsrdiff.losses import focal


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
