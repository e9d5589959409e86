"""Phase 1: E_C learns to classify, alone (paper, 4.2; METHOD.md section 5)."""

from torch import Tensor

from lcapp.evaluate.scores import Scores
from lcapp.models import TSRDiff
from lcapp.train.batch import Batch
from lcapp.train.config import TrainConfig
from lcapp.train.learner import Learner
from lcapp.train.losses import focal


class Pretraining(Learner):
    """E_C and its classification head at the SR grid, by the focal loss (eq. 8).

    Args:
        network: With its pre-training head; its other parts stay as they are.
        config: Of the run.
        iterations: Length of this phase.
        evaluated: Class ids that count for the mIoU.
    """

    def __init__(
        self, network: TSRDiff, config: TrainConfig, iterations: int, evaluated: tuple[int, ...]
    ) -> None:
        super().__init__(config.optimiser, iterations)
        self.encoder, self.head = network.encoder_c, network.pretrain_head
        # Not a submodule: the parts that are not trained here must not reach DDP or checkpoints.
        self._network = (network,)
        self._losses = config.objective.losses
        self.scores = Scores(network.config.classes, evaluated)

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """Mean focal loss of the batch."""
        loss, _ = self._loss(batch)
        self.report("train", {"loss": loss}, len(batch.scene_ids))
        return loss

    def validation_step(self, batch: Batch, index: int) -> None:
        """Loss and hits on held-out scenes."""
        loss, logits = self._loss(batch)
        self.scores.update(logits.argmax(1), batch.sr_labels)
        self.report("validation", {"loss": loss}, len(batch.scene_ids))

    def on_validation_epoch_end(self) -> None:
        """Scores over all held-out scenes."""
        self.report("validation", self.scores.compute(), 1)
        self.scores.reset()

    def _loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        logits = self._network[0].pretrain(
            batch.series, batch.day_offsets, batch.present, batch.levels
        )
        losses = self._losses
        return focal(logits, batch.sr_labels, losses.gamma, losses.label_smoothing).mean(), logits
