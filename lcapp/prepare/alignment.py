"""The radiometry of an orthophoto brought to reflectance (METHOD.md section 2; our addition).

An orthophoto is colour-balanced, not reflectance. Band by band, a line through its LR version and
the series at tau_HR turns the one into the other, in closed form: the gain is the ratio of their
spreads (as in the normalisation by mean and standard deviation: Yuan and Elvidge, 1996), the
offset the median of what is left.

A regression would not do: with noise in the aerial values its slope is too small, and with it all
texture that SR is to learn (on simulated scenes by a quarter, in real woods by up to three). Four
things keep the spreads comparable, and sane where the pixels cannot tell the gain.

- Pixels that have changed between the two dates do not count: those that lie `CHANGED` times the
  usual distance from the line of the expected gain, which maps the aerial image's whole range
  onto the band's (what `align="none"` amounts to).
- Spreads are those of means over 3 x 3 LR pixels: at 30 m it matters little that the images do not
  lie on each other to the metre.
- `PRIOR_SPREAD` is added to both (in squares), in the proportion of the expected gain. A
  homogeneous tile, or one of few LR pixels, thus keeps the expected contrast, and only its level
  is matched.
- The gain stays within a factor of `GAIN_BOUND` of the expected one.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from lcapp.prepare.windows import apply_window
from lcapp.types import Alignment, Bools, Floats, Windows

CHANGED = 3.0
"""Robust standard deviations."""

PRIOR_SPREAD = 0.05
"""Of the aerial image scaled to [-1, 1]: 6 of 255 steps."""

GAIN_BOUND = 4.0

WHOLE = 0.99
"""Share of a pixel's weights that has to lie on an image for it to be one."""

_SIDE = 3
"""Of the squares of LR pixels whose means are compared."""

_MAD_TO_SIGMA = 1.4826

Values = NDArray[np.float64]


def fit_alignment(
    aerial: Floats,
    month: Floats,
    windows: Windows,
    expected_gains: Sequence[float],
    known: Bools | None = None,
) -> Alignment:
    """Fit reflectance = gain * aerial + offset, band by band.

    Args:
        aerial: C Hs Ws, at 1.6 m, scaled to [-1, 1].
        month: C h w, reflectance on the LR crop, finite.
        windows: Of the scene.
        expected_gains: C, reflectance per unit of the scaled aerial image; positive.
        known: Hs Ws, where there is an image; None: everywhere. Somewhere there is one.

    Returns:
        The fit over the LR pixels that lie inside the footprint and on the image. Where there is
        none, the expected gains, and the levels matched on the SR grid.
    """
    rows, cols = windows.inside
    seen, flown = month[:, rows, cols], apply_window(aerial, windows.down)  # C h_in w_in
    if known is not None:
        there = np.broadcast_to(known, aerial.shape).astype(np.float32)
        flown = np.where(apply_window(there, windows.down) > WHOLE, flown, np.nan)
    whole_pixels = bool(np.isfinite(flown).all(axis=0).any())
    if not whole_pixels:
        seen, flown = apply_window(month, windows.levels[0]), aerial  # C Hs Ws
        flown = flown if known is None else np.where(known, flown, np.nan)
    gains, offsets, residuals = [], [], []
    for x, y, expected in zip(
        flown.astype(np.float64), seen.astype(np.float64), expected_gains, strict=True
    ):
        gain = _gain(x, y, expected) if whole_pixels else expected
        left = y - gain * x
        offset = float(np.nanmedian(left))
        gains.append(gain)
        offsets.append(offset)
        residuals.append(_sigma(left) if whole_pixels else math.nan)
    return Alignment(tuple(gains), tuple(offsets), tuple(residuals))


def _gain(x: Values, y: Values, expected: float) -> float:
    """Ratio of the spreads of y and x, both h w, where the land is the same; x may have gaps."""
    left = y - expected * x
    same = np.abs(left - np.nanmedian(left)) <= CHANGED * _sigma(left)
    spread_x, spread_y = (_spread(np.where(same, values, np.nan)) for values in (x, y))
    gain = math.hypot(spread_y, expected * PRIOR_SPREAD) / math.hypot(spread_x, PRIOR_SPREAD)
    return min(max(gain, expected / GAIN_BOUND), expected * GAIN_BOUND)


def _sigma(values: Values) -> float:
    """Robust standard deviation; NaN pixels do not count."""
    return _MAD_TO_SIGMA * float(np.nanmedian(np.abs(values - np.nanmedian(values))))


def _spread(values: Values) -> float:
    """Mean distance from the median, of the means over 3 x 3 pixels; NaN pixels do not count.

    A mean of fewer than half of its pixels is left out.
    """
    if min(values.shape) < _SIDE:
        return 0.0
    squares = sliding_window_view(values, (_SIDE, _SIDE)).reshape(-1, _SIDE * _SIDE)
    squares = squares[np.isfinite(squares).sum(1) > _SIDE * _SIDE / 2]
    if not len(squares):
        return 0.0
    means = np.nanmean(squares, axis=1)
    return float(np.abs(means - np.median(means)).mean())
