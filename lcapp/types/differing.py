"""Two maps of one place beside each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lcapp.classes import ClassTable
from lcapp.types.arrays import Bytes, Floats
from lcapp.types.grids import Grid
from lcapp.types.results import ClassArea

SAME, A_RIGHT, B_RIGHT, NEITHER, UNKNOWN = range(5)
"""What is to be said of a pixel; unknown: no reference that counts tells which of the two is right.

Pixels of one class are the same, whether that class is right or not."""


@dataclass(frozen=True, eq=False)
class Judged:
    """A map beside its reference.

    Attributes:
        table: Its classes.
        matrix: K K, pixels; rows the reference, columns the map.
        iou: K, 0..1; NaN for a class in neither, or that does not count.
        miou: Their mean, 0..1.
        oa: Overall accuracy, 0..1.
    """

    table: ClassTable
    matrix: NDArray[np.int64]
    iou: Floats
    miou: float
    oa: float


@dataclass(frozen=True, eq=False)
class Differing:
    """Two maps, A and B, compared in the classes of one table.

    Attributes:
        table: Its classes.
        class_maps: H W each, ids of the table; `NO_CLASS` where there is none.
        areas: Of each class, on each of the maps.
        grid: Of H and W.
        pixel_m2: Square metres of a pixel.
        reference: H W, ids of the table; None where there is none.
        verdict: H W, one of `SAME` ... `UNKNOWN`; `NO_CLASS` where A or B has no class.
        matrix: K K, pixels that have a class in both; rows A, columns B.
        judged: A and B beside the reference, on these pixels; None without a reference that
            counts anywhere here.
        zone: Where they differ most, such as `north-west`; None where no part stands out.
        times: How often as much as everywhere.
    """

    table: ClassTable
    class_maps: tuple[Bytes, Bytes]
    areas: tuple[tuple[ClassArea, ...], tuple[ClassArea, ...]]
    grid: Grid
    pixel_m2: float
    reference: Bytes | None
    verdict: Bytes
    matrix: NDArray[np.int64]
    judged: tuple[Judged, Judged] | None
    zone: str | None
    times: float

    @property
    def pixels(self) -> int:
        """That have a class in both."""
        return int(self.matrix.sum())

    @property
    def apart(self) -> int:
        """Pixels of two classes."""
        return self.pixels - int(np.trace(self.matrix))

    @property
    def share(self) -> float:
        """Share of the pixels that have two classes, 0..1."""
        return self.apart / max(1, self.pixels)

    @property
    def m2(self) -> float:
        """Square metres that have two classes."""
        return self.apart * self.pixel_m2

    def verdict_share(self, verdict: int) -> float:
        """Share of a verdict among the pixels of two classes, 0..1; 0 where there are none."""
        return int((self.verdict == verdict).sum()) / max(1, self.apart)

    def exchanges(self, most: int) -> tuple[tuple[int, int, float], ...]:
        """Class of A, class of B and the share of all pixels, the largest first.

        Args:
            most: How many.
        """
        apart = self.matrix.copy()
        np.fill_diagonal(apart, 0)
        largest = np.argsort(-apart, axis=None, kind="stable")[:most]
        found = (divmod(int(cell), len(self.table)) for cell in largest)
        return tuple((a, b, apart[a, b] / self.pixels) for a, b in found if apart[a, b])
