"""The agreement of maps counted over batches, scenes and processes (torchmetrics)."""

import math

import numpy as np
import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.functional.classification import multiclass_confusion_matrix

from lcapp.classes import NO_CLASS
from lcapp.evaluate.agreement import Agreement
from lcapp.types import Bools, Bytes

EDGE_REACH_M = 1.0
"""From an edge between two labels, to each side: pixels within it are boundary pixels."""


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
        """Class ids of maps and references, int64, of one shape; `NO_CLASS` is no reference."""
        known = reference != NO_CLASS
        self.matrix += multiclass_confusion_matrix(
            predicted[known], reference[known], num_classes=len(self.matrix)
        )

    def compute(self) -> dict[str, Tensor]:
        """`miou` over the evaluated classes that occur, and `oa`; both 0..1, 0 without a pixel."""
        found = Agreement(self.matrix.cpu().numpy(), self._evaluated)
        return {
            name: torch.tensor(0.0 if math.isnan(value) else value, device=self.matrix.device)
            for name, value in (("miou", float(found.miou())), ("oa", float(found.oa)))
        }


def near_edges(labels: Bytes, gsd: float) -> Bools:
    """The pixels within `EDGE_REACH_M` of an edge between two labels, H W.

    An edge runs between pixels, half a pixel from the centres beside it: at 0.2 m, five pixels on
    each side of a straight one are near it.

    Args:
        labels: H W, class ids.
        gsd: Metres a pixel.
    """
    reach = EDGE_REACH_M / gsd + 0.5  # centre to centre of a pixel of another class
    whole = int(reach)
    near = np.zeros(labels.shape, np.bool_)
    for down in range(whole + 1):
        for right in range(-whole, whole + 1):
            if not (down or right > 0) or math.hypot(down, right) > reach:
                continue  # pairs the other way round are the same pairs
            here = np.s_[: -down or None, max(-right, 0) : -max(right, 0) or None]
            there = np.s_[down:, max(right, 0) : -max(-right, 0) or None]
            other = labels[here] != labels[there]
            near[here] |= other
            near[there] |= other
    return near
