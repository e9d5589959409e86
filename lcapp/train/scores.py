"""What is counted over scenes and processes: agreement, months, classes (torchmetrics)."""

import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.functional.classification import multiclass_confusion_matrix


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
        self._evaluated = list(evaluated)
        empty = torch.zeros(classes, classes, dtype=torch.long)
        self.add_state("matrix", empty, dist_reduce_fx="sum")

    def update(self, predicted: Tensor, reference: Tensor) -> None:
        """Class ids of maps and references, int64, of one shape."""
        self.matrix += multiclass_confusion_matrix(
            predicted, reference, num_classes=len(self.matrix)
        )

    def compute(self) -> dict[str, Tensor]:
        """`miou` over the evaluated classes that occur, and `oa`; both 0..1.

        Pixels whose reference is not evaluated are left out; a pixel of an evaluated class that
        was given to another, evaluated or not, is an error.
        """
        matrix = self.matrix.double()[self._evaluated]  # reference x predicted
        hits = matrix[:, self._evaluated].diagonal()
        union = matrix.sum(1) + matrix[:, self._evaluated].sum(0) - hits
        seen = union > 0
        none = matrix.new_zeros(())
        miou = (hits[seen] / union[seen]).mean() if bool(seen.any()) else none
        oa = hits.sum() / matrix.sum() if bool(matrix.any()) else none
        return {"miou": miou.float(), "oa": oa.float()}


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
        """Class ids, int64, of any shape."""
        self.counts += torch.bincount(labels.flatten(), minlength=len(self.counts))

    def compute(self) -> Tensor:
        """(K,) sum 1."""
        return self.counts / self.counts.sum()
