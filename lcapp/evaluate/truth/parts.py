"""The error of parts of an image: changed pixels, land-cover classes. PSNR as in `fidelity`."""

import math
from collections.abc import Sequence

import numpy as np

from lcapp.classes import NO_CLASS
from lcapp.evaluate.records import ClassError
from lcapp.types import Bools, Bytes, Floats

PSNR_CEILING = 100.0
"""dB; equal images, whose PSNR is infinite, count as this: no mean survives an infinite term."""


def decibels(squared: float) -> float:
    """PSNR of a mean squared error on a range of 1."""
    return min(-10 * math.log10(squared), PSNR_CEILING) if squared > 0 else PSNR_CEILING


def psnr_within(squared: Floats, part: Bools) -> float | None:
    """PSNR over some pixels in dB; None without one.

    Args:
        squared: H W, squared error on a range of 0..1, mean over the bands.
        part: H W, which pixels.
    """
    return decibels(float(squared[part].mean(dtype=np.float64))) if part.any() else None


def by_class(
    squared: Floats, labels: Bytes, names: Sequence[str]
) -> tuple[tuple[str, ClassError], ...]:
    """The error summed over the pixels of each class that occurs, in the table's order.

    Args:
        squared: H W, as in `psnr_within`.
        labels: H W, class ids; `NO_CLASS` where there is no image.
        names: Of the table.
    """
    known = labels != NO_CLASS
    pixels = np.bincount(labels[known], minlength=len(names))
    total = np.bincount(labels[known], weights=squared[known], minlength=len(names))
    return tuple(
        (names[index], ClassError(int(pixels[index]), float(total[index])))
        for index in np.flatnonzero(pixels).tolist()
    )
