"""The aerial baseline: the HR branch alone (paper, Table 2, MaxViT)."""

from torch import Tensor

from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.train.classifier import Classifier
from lcapp.train.config import TrainConfig
from lcapp.train.data.batch import Batch
from lcapp.train.scores import ClassShares


class AerialTraining(Classifier):
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
        classes = network.config.classes
        super().__init__(config, iterations, classes, evaluated)
        self.network = network
        self.class_shares = ClassShares(classes)

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """Mean focal loss of the batch."""
        self.class_shares.update(batch.labels)
        return super().training_step(batch, index)

    def answer(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Class scores and labels on the grid of the aerial image."""
        return self.network.classify(batch.aerial, None).logits, batch.labels
