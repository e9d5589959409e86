"""The dates of a series laid onto each other.

Two dates of one place agree in their edges, though fields change their colours: where the
correlation of their gradients is highest, they lie on each other. Values would not do: a field that
has become brighter pulls its edges into it. For each pair of dates the peak is taken to be a
parabola, of the height that Gaussian noise gives it (-n/2 log(1 - c^2) of a correlation c, so that
a pair that does not agree has little to say); all pairs together, and a prior of each date's shift,
are one linear system. What is common to all dates this cannot tell, and leaves at 0.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lcapp.prepare.windows import moving_matrix
from lcapp.types import Bools, Floats, Series

PRIOR = 2.0
"""Metres, deviation of a date's own shift on each axis."""

INDEPENDENT = 0.1
"""Share of the pixels that count as independent: errors of neighbours, bands and directions go
together. So the stated deviation is that of the errors on simulated scenes with known shifts."""

SMALLEST = 12
"""LR pixels along a crop below which the dates stay where they are."""

_ROUNDS, _STEP = 2, 0.75
"""Gradients of pixels are flatter than those of the image: a whole step goes too far."""

_RIM = 3
"""LR pixels along the border, which what lies beyond it is missing from."""

_FLAT = 1e-4
"""Reflectance; a band whose gradients are less tells nothing."""

Doubles = NDArray[np.float64]


def shifts_among(reflectance: Floats, gsd: float) -> tuple[Doubles, Doubles]:
    """By how much each date lies off the mean of all.

    Args:
        reflectance: T C h w, clear dates; NaN where there is no datum.
        gsd: Metres of a pixel.

    Returns:
        T 2, metres to the east and to the north; and T 2, their deviations. All 0 and the prior's
        where there is one date, or the crop is too small.
    """
    count, _, height, width = reflectance.shape
    shifts = np.zeros((count, 2))
    if count < 2 or min(height, width) < SMALLEST:
        return shifts, np.full((count, 2), PRIOR)
    images = _filled(reflectance)
    for _ in range(_ROUNDS):
        moved = [_moved(image, -shift / gsd) for image, shift in zip(images, shifts, strict=True)]
        curvature, slope = _pairs(np.stack(moved) if shifts.any() else images)
        curvature = curvature / gsd**2 + np.eye(2 * count) / PRIOR**2
        now = shifts.T.ravel()
        step = np.linalg.solve(curvature, slope / gsd - now / PRIOR**2)
        shifts = (now + _STEP * step).reshape(2, count).T
    spread = np.linalg.inv(curvature).reshape(2, count, 2, count)
    # Of what a date has beyond the mean: the mean itself is not known here.
    beyond = np.eye(count) - 1 / count
    variances = [np.diag(beyond @ spread[axis, :, axis] @ beyond) for axis in (0, 1)]
    return shifts - shifts.mean(axis=0), np.sqrt(np.stack(variances, axis=1))


def together(series: Series, clear: Bools, shifts: Doubles) -> Floats:
    """The values of a series with its clear dates moved onto each other: T C h w.

    Args:
        series: The crop.
        clear: T; the others stay as they are.
        shifts: Of the clear dates, as `shifts_among` gives them.
    """
    values = series.values.copy()
    for at, shift in zip(np.flatnonzero(clear), shifts, strict=True):
        if shift.any():
            gap = ~np.isfinite(values[at])
            moved = _moved(_filled(values[at][None])[0], -shift / series.grid.gsd)
            values[at] = np.where(gap, np.float32(np.nan), moved)
    return values


def _filled(images: Floats) -> Floats:
    """T C h w, gaps at the mean of their band."""
    gaps = ~np.isfinite(images)
    counts = np.maximum((~gaps).sum(axis=(2, 3), keepdims=True), 1)
    means = np.where(gaps, 0, images).sum(axis=(2, 3), keepdims=True) / counts
    return np.where(gaps, means, images).astype(np.float32)


def _moved(image: Floats, by: Sequence[float] | Doubles) -> Floats:
    """C h w, moved by pixels to the east and north; the border is repeated."""
    height, width = image.shape[1:]
    rows, cols = moving_matrix(height, -by[1]), moving_matrix(width, by[0])
    return (rows @ image @ cols.T).astype(np.float32, copy=False)  # type: ignore[no-any-return]


def _pairs(images: Floats) -> tuple[Doubles, Doubles]:
    """The parabolas of all pairs, as one: 2T x 2T and 2T, east first, in pixels.

    The logarithm of the likelihood is slope . s - s . curvature . s / 2.
    """
    count = len(images)
    curvature, slope = np.zeros((2, 2, count, count)), np.zeros((2, count, count))
    for band in range(images.shape[1]):
        down, right = np.gradient(images[:, band], axis=(1, 2))
        edges = np.stack([right, down], axis=1)  # T 2 h w
        south, east = np.gradient(edges, axis=(2, 3))
        inner = (..., slice(_RIM, -_RIM), slice(_RIM, -_RIM))
        flat = edges[inner].reshape(count, -1)  # T n
        size = np.sqrt((flat**2).sum(axis=1, keepdims=True)) + _FLAT * np.sqrt(flat.shape[1])
        flat = flat / size
        towards = [one[inner].reshape(count, -1) / size for one in (east, -south)]
        pixels = INDEPENDENT * flat.shape[1] / 2 / images.shape[1]
        alike = (flat @ flat.T).astype(np.float64)
        bend = np.stack([[one @ other.T for other in towards] for one in towards])
        bend = (bend + bend.transpose(0, 1, 3, 2)) / 2  # 2 2 T T
        # Of fields that are brighter on the one date and darker on the other, the dip is the peak.
        weight = pixels * alike * abs(alike) / (1.02 - alike**2)
        peaked = np.sign(alike) * (bend[0, 0] + bend[1, 1]) / 2 > np.hypot(
            (bend[0, 0] - bend[1, 1]) / 2, bend[0, 1]
        )
        weight = np.where(peaked & ~np.eye(count, dtype=bool), weight, 0.0)
        curvature += weight * bend
        for axis, one in enumerate(towards):
            rise = one @ flat.T
            slope[axis] += weight * (rise - rise.T) / 2
    # A date's own noise is in all of its pairs: they tell as much as two images would.
    told = curvature[0, 0] + curvature[1, 1]
    partners = np.maximum(told.sum(axis=1) / np.maximum(told.max(axis=1), 1e-9), 1.0)
    share = 2 / np.maximum(np.sqrt(np.outer(partners, partners)), 1.0)
    curvature, slope = curvature * share, slope * share
    whole = np.zeros((2, count, 2, count))
    for row in (0, 1):
        for col in (0, 1):
            one = curvature[row, col]
            whole[row, :, col] = np.diag(one.sum(axis=1)) - one
    return whole.reshape(2 * count, 2 * count), slope.sum(axis=2).ravel()
