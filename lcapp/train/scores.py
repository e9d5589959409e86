"""What is counted over scenes and processes beside the agreement of maps: months and classes."""

import torch
from torch import Tensor
from torchmetrics import Metric


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
