"""The aerial baseline: the HR branch alone, by its focal loss (paper, Table 2, MaxViT)."""

from torch import Tensor

from lcapp.evaluate.scores import Scores
from lcapp.models import TSRDiff
from lcapp.train.batch import Batch
from lcapp.train.config import TrainConfig
from lcapp.train.learner import Learner
from lcapp.train.losses import focal
from lcapp.train.scores import ClassShares


class AerialTraining(Learner):
    """A network that reads no series.

    Args:
        network: Its fusion is of kind `none`.
        config: Of the run.
        iterations: Length of this phase.
        evaluated: Class ids that count for the mIoU.
    """

    def __init__(
        self, network: TSRDiff, config: TrainConfig, iterations: int, evaluated: tuple[int, ...]
    ) -> None:
        super().__init__(config.optimiser, iterations)
        self.network = network
        self._losses = config.objective.losses
        self.scores = Scores(network.config.classes, evaluated)
        self.class_shares = ClassShares(network.config.classes)

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """Mean focal loss of the batch (eq. 8)."""
        self.class_shares.update(batch.labels)
        loss, _ = self._loss(batch)
        self.report("train", {"loss": loss}, len(batch.scene_ids))
        return loss

    def validation_step(self, batch: Batch, index: int) -> None:
        """Loss and hits on held-out scenes."""
        loss, logits = self._loss(batch)
        self.scores.update(logits.argmax(1), batch.labels)
        self.report("validation", {"loss": loss}, len(batch.scene_ids))

    def on_validation_epoch_end(self) -> None:
        """Scores over all held-out scenes."""
        self.report("validation", self.scores.compute(), 1)
        self.scores.reset()

    def _loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        logits = self.network.classify(batch.aerial, None).logits
        losses = self._losses
        return focal(logits, batch.labels, losses.gamma, losses.label_smoothing).mean(), logits
