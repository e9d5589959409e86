"""How well class maps agree with their references: all figures of one confusion matrix.

Pixels whose reference is not evaluated ("other") are left out; a pixel of an evaluated class that
was given to another, evaluated or not, is an error (METHOD.md section 5).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lcapp.classes import ClassTable

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
        matrix: K K, pixels; rows are the reference, columns the map.
        evaluated: Class ids that count.
    """

    matrix: Counts
    evaluated: tuple[int, ...]

    @property
    def iou(self) -> NDArray[np.float64]:
        """K, intersection over union, 0..1; NaN for a class in neither map or not evaluated."""
        hits, in_reference, in_map = self._counts()
        return self._ratio(hits, in_reference + in_map - hits)

    @property
    def f1(self) -> NDArray[np.float64]:
        """K, harmonic mean of precision and recall, 0..1; NaN as in `iou`."""
        hits, in_reference, in_map = self._counts()
        return self._ratio(2 * hits, in_reference + in_map)

    @property
    def oa(self) -> float:
        """Share of right pixels, 0..1; NaN without an evaluated pixel."""
        hits, in_reference, _ = self._counts()
        ids = list(self.evaluated)
        counted = in_reference[ids].sum()
        return float(hits[ids].sum() / counted) if counted else math.nan

    def miou(self, among: Sequence[int] | None = None) -> float:
        """Mean of `iou` over the classes that have one.

        Args:
            among: Class ids to average over; by default all.

        Returns:
            0..1; NaN where none of them has an IoU.
        """
        iou = self.iou if among is None else self.iou[list(among)]
        known = iou[np.isfinite(iou)]
        return float(known.mean()) if known.size else math.nan

    def _counts(self) -> tuple[Counts, Counts, Counts]:
        """K each: hits, pixels of the reference, pixels of the map on evaluated references."""
        rows = self.matrix[list(self.evaluated)]
        return self.matrix.diagonal(), self.matrix.sum(1), rows.sum(0)

    def _ratio(self, above: Counts, below: Counts) -> NDArray[np.float64]:
        ratio = np.full(len(self.matrix), math.nan)
        known = np.isin(np.arange(len(self.matrix)), self.evaluated) & (below > 0)
        ratio[known] = above[known] / below[known]
        return ratio


def evaluated(table: ClassTable) -> tuple[int, ...]:
    """The class ids of a table that count."""
    return tuple(index for index, one in enumerate(table.classes) if one.evaluated)


def by_season(table: ClassTable) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The evaluated classes that differ in their year, and the others."""
    ids = evaluated(table)
    seasonal = tuple(index for index in ids if table.names[index] in SEASONAL)
    return seasonal, tuple(index for index in ids if index not in seasonal)


def one_class_for_all(matrix: Counts, ids: Sequence[int]) -> Counts:
    """The matrix of a map that gives every pixel the most frequent evaluated reference class.

    It is what can be had without looking: the best overall accuracy of any constant map.

    Args:
        matrix: K K, of any map of the same references.
        ids: Evaluated classes.
    """
    pixels = matrix.sum(1)  # K
    most_frequent = max(ids, key=lambda index: int(pixels[index]))
    constant = np.zeros_like(matrix)
    constant[:, most_frequent] = pixels
    return constant
