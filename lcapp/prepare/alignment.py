"""The radiometry of an orthophoto brought to reflectance (METHOD.md section 2; our addition).

An orthophoto is colour-balanced, not reflectance. Band by band, a line through its LR version and
the series at tau_HR turns the one into the other, in closed form: the median of the slopes of all
pairs of pixels (Theil, 1950; Sen, 1968), then the median of what is left.

Three things keep the line sane where the pixels cannot tell it. A gain near 0 would erase the
texture that SR is to learn, and a negative one would invert it.

- A pair whose aerial values differ by less than `CLEAR_DIFFERENCE` counts in proportion to the
  difference: its slope is mostly noise.
- `EXPECTED_PAIRS` further pairs vote for the expected gain, that which maps the aerial image's
  whole range onto the band's (what `align="none"` amounts to). A homogeneous tile, or one of few
  LR pixels, thus keeps the expected contrast and only its level is matched.
- The gain stays within a factor of `GAIN_BOUND` of the expected one. Where the land has changed
  between the two dates, this leaves a quarter of the texture, the right way up.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lcapp.prepare.windows import apply_window
from lcapp.types import Alignment, Floats, Windows

CLEAR_DIFFERENCE = 0.05
"""Of the aerial image scaled to [-1, 1]: 6 of 255 steps."""

EXPECTED_PAIRS = 45
"""As many as ten pixels make."""

GAIN_BOUND = 4.0

_PIXELS_AT_MOST = 512
"""The pairs of a larger tile are made from so many of its pixels."""

_MAD_TO_SIGMA = 1.4826

Values = NDArray[np.float64]


def fit_alignment(
    aerial: Floats, month: Floats, windows: Windows, expected_gains: Sequence[float]
) -> Alignment:
    """Fit reflectance = gain * aerial + offset, band by band.

    Args:
        aerial: C Hs Ws, at 1.6 m, scaled to [-1, 1].
        month: C h w, reflectance on the LR crop, finite.
        windows: Of the scene.
        expected_gains: C, reflectance per unit of the scaled aerial image; positive.

    Returns:
        The fit over the LR pixels that lie inside the footprint. Where there is none, the expected
        gains, and the levels matched on the SR grid.
    """
    rows, cols = windows.inside
    seen, flown = month[:, rows, cols], apply_window(aerial, windows.down)  # C h_in w_in
    whole_pixels = seen.size > 0
    if not whole_pixels:
        seen, flown = apply_window(month, windows.levels[0]), aerial  # C Hs Ws
    gains, offsets, residuals = [], [], []
    for x, y, expected in zip(flown, seen, expected_gains, strict=True):
        x, y = x.ravel().astype(np.float64), y.ravel().astype(np.float64)
        gain = _gain(x, y, expected) if whole_pixels else expected
        offset = float(np.median(y - gain * x))
        left = float(np.median(np.abs(y - gain * x - offset)))
        gains.append(gain)
        offsets.append(offset)
        residuals.append(_MAD_TO_SIGMA * left if whole_pixels else math.nan)
    return Alignment(tuple(gains), tuple(offsets), tuple(residuals))


def _gain(x: Values, y: Values, expected: float) -> float:
    """Median slope of all pairs and of the expected ones, within its bounds."""
    if x.size > _PIXELS_AT_MOST:
        # Chosen by value, not by place, so that a turned tile has the same fit.
        kept = np.linspace(0, x.size - 1, _PIXELS_AT_MOST).round().astype(np.intp)
        order = np.lexsort((y, x))[kept]
        x, y = x[order], y[order]
    one, other = np.triu_indices(x.size, 1)
    run, rise = x[one] - x[other], y[one] - y[other]  # pairs
    distinct = run != 0
    slopes = np.append(rise[distinct] / run[distinct], np.full(EXPECTED_PAIRS, expected))
    weights = np.minimum(np.abs(run[distinct]) / CLEAR_DIFFERENCE, 1.0)
    slope = _weighted_median(slopes, np.append(weights, np.ones(EXPECTED_PAIRS)))
    return float(np.clip(slope, expected / GAIN_BOUND, expected * GAIN_BOUND))


def _weighted_median(values: Values, weights: Values) -> float:
    """The value at half of the weight, linear between neighbours: no jump where an order flips."""
    order = np.argsort(values)
    values, weights = values[order], weights[order]
    middles = weights.cumsum() - weights / 2
    return float(np.interp(weights.sum() / 2, middles, values))
