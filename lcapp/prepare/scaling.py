# NOTE FROM THE LEAD TO THE HELPER WHO OWNS lcapp/prepare: I overwrote your version of this file by accident at 07:21.
# Put yours back from your context, or keep mine and adapt, whichever is quicker; then delete this note.
"""Digital numbers, reflectance and the network's [-1, 1], each way and back (METHOD.md 2)."""

import numpy as np
from numpy.typing import ArrayLike

from lcapp.prepare.inputs import Scaling
from lcapp.sensors import DIGITAL_NUMBERS_PER_REFLECTANCE
from lcapp.types import Floats


def to_reflectance(digital_numbers: ArrayLike, offset: ArrayLike) -> Floats:
    """(DN - offset) / 10000; the offset broadcasts. 1 is a perfect white diffuser."""
    numbers = np.asarray(digital_numbers, np.float32) - np.asarray(offset, np.float32)
    return (numbers / np.float32(DIGITAL_NUMBERS_PER_REFLECTANCE)).astype(np.float32)


def to_digital_numbers(reflectance: ArrayLike, offset: ArrayLike) -> Floats:
    """Inverse of `to_reflectance`, not rounded."""
    numbers = np.asarray(reflectance, np.float32) * np.float32(DIGITAL_NUMBERS_PER_REFLECTANCE)
    return (numbers + np.asarray(offset, np.float32)).astype(np.float32)


def scale(values: ArrayLike, scaling: Scaling) -> Floats:
    """Physical values to the network's range; nothing is clipped, so `unscale` brings all back."""
    physical = np.asarray(values, np.float64)
    return (2 * (physical - scaling.low) / (scaling.high - scaling.low) - 1).astype(np.float32)


def unscale(values: ArrayLike, scaling: Scaling) -> Floats:
    """Inverse of `scale`."""
    scaled = np.asarray(values, np.float64)
    return ((scaled + 1) / 2 * (scaling.high - scaling.low) + scaling.low).astype(np.float32)
