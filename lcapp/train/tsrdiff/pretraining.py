"""Phase 1: E_C learns to classify, alone (paper, 4.2; METHOD.md section 5)."""

from torch import Tensor

from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.train.classifier import Classifier
from lcapp.train.config import TrainConfig
from lcapp.train.data.batch import Batch


class Pretraining(Classifier):
    """E_C and its classification head at the SR grid.

    Args:
        network: With its pre-training head; its other parts stay as they are.
        config: Of the run.
        iterations: Length of this phase.
        evaluated: Class ids that count for the mIoU.
    """

    def __init__(
        self, network: TSRDiff, config: TrainConfig, iterations: int, evaluated: tuple[int, ...]
    ) -> None:
        super().__init__(config, iterations, network.config.classes, evaluated)
        self.encoder, self.head = network.encoder_c, network.pretrain_head
        # Not a submodule: the parts that are not trained here must not reach DDP or checkpoints.
        self._network = (network,)

    def answer(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Class scores and labels on the SR grid."""
        logits = self._network[0].pretrain(
            batch.series, batch.day_offsets, batch.present, batch.levels
        )
        return logits, batch.sr_labels
