"""The agreement of maps counted over batches, scenes and processes (torchmetrics)."""

import math

import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.functional.classification import multiclass_confusion_matrix

from lcapp.evaluate.agreement import Agreement, Counts
from lcapp.types import Bytes


class Scores(Metric):
    """mIoU and OA from one confusion matrix.

    Args:
        classes: K.
        evaluated: Class ids that count; "other" is trained as a class but does not (METHOD.md
            section 5).
    """

    matrix: Tensor

    def __init__(self, classes: int, evaluated: tuple[int, ...]) -> None:
        super().__init__()
        self._evaluated = evaluated
        empty = torch.zeros(classes, classes, dtype=torch.long)
        self.add_state("matrix", empty, dist_reduce_fx="sum")

    def update(self, predicted: Tensor, reference: Tensor) -> None:
        """Class ids of maps and references, int64, of one shape."""
        self.matrix += multiclass_confusion_matrix(
            predicted, reference, num_classes=len(self.matrix)
        )

    def compute(self) -> dict[str, Tensor]:
        """`miou` over the evaluated classes that occur, and `oa`; both 0..1, 0 without a pixel."""
        found = Agreement(self.matrix.cpu().numpy(), self._evaluated)
        return {
            name: torch.tensor(0.0 if math.isnan(value) else value, device=self.matrix.device)
            for name, value in (("miou", found.miou()), ("oa", found.oa))
        }


def confusion_matrix(predicted: Bytes, reference: Bytes, classes: int) -> Counts:
    """K K pixels, rows the reference, columns the map; both class ids below K."""
    counted = multiclass_confusion_matrix(
        torch.from_numpy(predicted).long(),
        torch.from_numpy(reference).long(),
        num_classes=classes,
        validate_args=True,
    )
    matrix: Counts = counted.numpy()
    return matrix
