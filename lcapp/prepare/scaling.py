"""Digital numbers, reflectance and the network's range; each map beside its inverse."""

import numpy as np
from numpy.typing import NDArray

from lcapp.prepare.inputs import Scaling
from lcapp.sensors import DIGITAL_NUMBERS_PER_REFLECTANCE
from lcapp.types import Floats

Numbers = NDArray[np.floating] | NDArray[np.integer]


def scale(values: Numbers, scaling: Scaling) -> Floats:
    """Bring physical values to [-1, 1], linearly and without clipping.

    Clipping would cut off the near infrared of every green meadow (METHOD.md, fault 9).

    Args:
        values: Of any shape, in the unit of `scaling`; NaN stays NaN.
        scaling: The physical range of one band.
    """
    span = scaling.high - scaling.low
    scaled: Floats = ((values - scaling.low) * (2.0 / span) - 1.0).astype(np.float32)
    return scaled


def unscale(values: Numbers, scaling: Scaling) -> Floats:
    """The inverse of `scale`."""
    span = scaling.high - scaling.low
    physical: Floats = ((values + 1.0) * (span / 2.0) + scaling.low).astype(np.float32)
    return physical


def to_reflectance(digital_numbers: Numbers, offsets: Numbers) -> Floats:
    """(digital number - offset) / 10000 (METHOD.md section 2).

    Args:
        digital_numbers: T C H W.
        offsets: T, 0 or 1000 by processing baseline.

    Returns:
        T C H W, surface reflectance, about 0..1.
    """
    offsets = offsets[:, None, None, None]  # T -> T 1 1 1
    reflectance: Floats = ((digital_numbers - offsets) / DIGITAL_NUMBERS_PER_REFLECTANCE).astype(
        np.float32
    )
    return reflectance


def to_digital_numbers(reflectance: Numbers, offsets: Numbers) -> Floats:
    """The inverse of `to_reflectance`; not rounded."""
    offsets = offsets[:, None, None, None]  # T -> T 1 1 1
    numbers: Floats = (reflectance * DIGITAL_NUMBERS_PER_REFLECTANCE + offsets).astype(np.float32)
    return numbers
