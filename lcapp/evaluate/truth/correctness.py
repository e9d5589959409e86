"""opensr-test's shares of improvement, omission and hallucination.

Aybar et al. (2024): "A Comprehensive Benchmark for Optical Remote Sensing Image Super-Resolution",
IEEE Geoscience and Remote Sensing Letters 21.

At each pixel three distances are taken: LR brought up to HR (d_ref), SR to HR (d_im), SR to LR
brought up (d_om). In units of d_ref, SR is near the truth (improvement), near what was there before
(omission), or near neither (hallucination). Formulas and constants are those of the package
opensr-test 1.3.2 with its defaults, at pixel level:

- distance "nd": |x - y| / (|x| + |y|), mean over the bands. The package divides by |x + y|, which
  is the same for reflectance but has no bound where a sample is negative;
- improvement d_im + d_om (1 - e^(-s H)), omission d_om + d_im (1 - e^(-s H)) with
  H = d_im + d_om - 1, hallucination e^(-s d_im d_om), s = 0.05 (the package's code; its
  documentation calls it gamma);
- a softmin with temperature 0.25 over the three; a share is its mean over the pixels that count:
  those with a distance above the third quartile of d_ref ("auto75").

Not taken over, because the truth is known on the same grid: matching of histograms, registration,
and the border of 16 pixels that the package cuts away. LR brought up is x_u, bicubic, where the
package is bilinear.
"""

import numpy as np

from lcapp.evaluate.records import Shares
from lcapp.types import Floats

_STEEPNESS = 0.05
_TEMPERATURE = 0.25
_LEFT_OUT = 0.75
"""Share of the pixels below whose d_ref a pixel must have another reason to count."""

_NOTHING = 1e-8
"""Keeps the distance of two black pixels at 0."""


def shares(image: Floats, low: Floats, truth: Floats) -> Shares | None:
    """The three shares of one image; they sum to 1.

    The truth itself has an improvement of 0.96, `low` an omission of 0.96: a softmin is never
    quite sure.

    Args:
        image: C H W, reflectance: SR.
        low: C H W, reflectance: LR brought up to the grid of SR.
        truth: C H W, reflectance: HR.

    Returns:
        None where the three are one, so that no pixel counts.
    """
    d_ref, d_im, d_om = _distance(low, truth), _distance(image, truth), _distance(image, low)
    place = max(int(_LEFT_OUT * d_ref.size), 1) - 1
    least = np.partition(d_ref.ravel(), place)[place]
    counts = (d_ref > least) | (d_im > least) | (d_om > least)
    if not counts.any():
        return None
    # d_ref of 0 makes both others infinite: neither is near, which is a hallucination.
    with np.errstate(divide="ignore", over="ignore"):
        im, om = d_im[counts] / d_ref[counts], d_om[counts] / d_ref[counts]
        apart = 1 - np.exp(-_STEEPNESS * (im + om - 1))
        nearness = -np.stack([im + om * apart, om + im * apart, np.exp(-_STEEPNESS * im * om)])
        weights = np.exp((nearness - nearness.max(axis=0)) / _TEMPERATURE)
    improvement, omission, hallucination = (weights / weights.sum(axis=0)).mean(axis=1)
    return Shares(float(improvement), float(omission), float(hallucination))


def _distance(one: Floats, other: Floats) -> Floats:
    """H W in float64, 0..1."""
    one, other = one.astype(np.float64), other.astype(np.float64)
    apart = np.abs(one - other) / (np.abs(one) + np.abs(other) + _NOTHING)
    mean: Floats = apart.mean(axis=0)
    return mean
