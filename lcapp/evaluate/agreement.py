"""How well class maps agree with their references: all figures of one confusion matrix.

Pixels whose reference is not evaluated ("other") are left out; a pixel of an evaluated class that
was given to another, evaluated or not, is an error (METHOD.md section 5). With `keeps_other` they
count as in the code of the paper's authors: an evaluated class given to such a pixel is a false
alarm of that class, and overall accuracy is over all pixels, "other" being right on "other". The
mean of the IoU is over the evaluated classes in both.

A matrix may have leading axes, such as draws of a bootstrap; every figure then has them too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcapp.classes import ClassTable
from lcapp.types import Bytes

Counts = NDArray[np.int64]

SEASONAL = (
    "agricultural land",
    "plowed land",
    "herbaceous vegetation",
    "deciduous",
    "coniferous",
    "vineyard",
)
"""Classes that differ in their year, and so should gain by a series."""


@dataclass(frozen=True, eq=False)
class Agreement:
    """A confusion matrix and what follows from it.

    Attributes:
        matrix: ... K K, pixels; rows are the reference, columns the map.
        evaluated: Class ids that count.
        keeps_other: Pixels whose reference is another class count as well.
    """

    matrix: Counts
    evaluated: tuple[int, ...]
    keeps_other: bool = False

    @property
    def iou(self) -> NDArray[np.float64]:
        """... K, intersection over union, 0..1; NaN for a class in neither map or not evaluated."""
        hits, in_reference, in_map = self._counts()
        return self._ratio(hits, in_reference + in_map - hits)

    @property
    def f1(self) -> NDArray[np.float64]:
        """... K, harmonic mean of precision and recall, 0..1; NaN as in `iou`."""
        hits, in_reference, in_map = self._counts()
        return self._ratio(2 * hits, in_reference + in_map)

    @property
    def oa(self) -> NDArray[np.float64]:
        """Share of right pixels, 0..1; NaN without a pixel that counts."""
        hits, in_reference, _ = self._counts()
        ids = list(range(self.matrix.shape[-1]) if self.keeps_other else self.evaluated)
        counted = in_reference[..., ids].sum(-1)
        return _ratio(hits[..., ids].sum(-1), counted)

    def miou(self, among: Sequence[int] | None = None) -> NDArray[np.float64]:
        """Mean of `iou` over the classes that have one.

        Args:
            among: Class ids to average over; by default all.

        Returns:
            0..1; NaN where none of them has an IoU.
        """
        iou = self.iou if among is None else self.iou[..., list(among)]
        known = np.isfinite(iou)
        return _ratio(np.where(known, iou, 0).sum(-1), known.sum(-1))

    def _counts(self) -> tuple[Counts, Counts, Counts]:
        """... K each: hits, pixels of the reference, pixels of the map on references that count."""
        rows = self.matrix if self.keeps_other else self.matrix[..., list(self.evaluated), :]
        return np.diagonal(self.matrix, axis1=-2, axis2=-1), self.matrix.sum(-1), rows.sum(-2)

    def _ratio(self, above: Counts, below: Counts) -> NDArray[np.float64]:
        counts = np.isin(np.arange(self.matrix.shape[-1]), self.evaluated)
        return _ratio(above, np.where(counts, below, 0))


def _ratio(above: NDArray[Any], below: NDArray[Any]) -> NDArray[np.float64]:
    """NaN where `below` is 0."""
    ratio: NDArray[np.float64] = np.divide(
        above, below, out=np.full(np.shape(below), math.nan), where=below > 0
    )
    return ratio


def confusion_matrix(predicted: Bytes, reference: Bytes, classes: int) -> Counts:
    """K K pixels, rows the reference, columns the map.

    Args:
        predicted: Class ids of the map.
        reference: Those of the reference, of the same shape.
        classes: K.

    Raises:
        ValueError: Ids that are no classes, or maps of two shapes.
    """
    if predicted.shape != reference.shape:
        raise ValueError(f"maps of one shape, got {predicted.shape} and {reference.shape}")
    if max(predicted.max(initial=0), reference.max(initial=0)) >= classes:
        raise ValueError(f"expected class ids below {classes}")
    cells = reference.astype(np.int64) * classes + predicted
    return np.bincount(cells.ravel(), minlength=classes**2).reshape(classes, classes)


def evaluated(table: ClassTable) -> tuple[int, ...]:
    """The class ids of a table that count."""
    return tuple(index for index, one in enumerate(table.classes) if one.evaluated)


def by_season(table: ClassTable) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The evaluated classes that differ in their year, and the others."""
    ids = evaluated(table)
    seasonal = tuple(index for index in ids if table.names[index] in SEASONAL)
    return seasonal, tuple(index for index in ids if index not in seasonal)


def most_frequent(matrix: Counts, ids: Sequence[int]) -> int:
    """The evaluated class that most pixels of the reference have; the first on a tie.

    Args:
        matrix: K K, of any map of these references.
        ids: Evaluated classes.
    """
    pixels = matrix.sum(1)  # K
    return max(ids, key=lambda index: int(pixels[index]))


def one_class_for_all(matrix: Counts, index: int) -> Counts:
    """The matrix of a map that gives every pixel one class.

    With the most frequent, it is what can be had without looking: the best overall accuracy of any
    constant map.

    Args:
        matrix: ... K K, of any map of the same references.
        index: The class.
    """
    constant = np.zeros_like(matrix)
    constant[..., index] = matrix.sum(-1)
    return constant
