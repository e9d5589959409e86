"""Weighted means of class probabilities, worked out on their logarithms."""

from collections.abc import Sequence

import numpy as np

from lcapp.families.joined.sizes import Rule
from lcapp.types import Floats

LEAST = np.float32(1e-30)
"""A probability below it is taken for it: its logarithm has to be a number."""


def logarithms(logits: Floats) -> Floats:
    """K H W logits to the logarithms of the probabilities, float32."""
    exact = logits.astype(np.float64)
    exact -= exact.max(0)
    exact -= np.log(np.exp(exact).sum(0))
    return exact.astype(np.float32)


def joined(logarithms: Sequence[Floats], weights: Sequence[float], rule: Rule) -> Floats:
    """The logarithms of the weighted mean of probabilities, K H W, up to a constant of each pixel.

    Args:
        logarithms: Of the probabilities of each model, K H W.
        weights: Sum 1.
        rule: Which mean.
    """
    pairs = [(np.float64(weight), one) for weight, one in zip(weights, logarithms, strict=True)]
    if rule == "geometric":
        mean = sum(weight * one for weight, one in pairs)
    else:
        mean = np.log(np.maximum(sum(weight * np.exp(one) for weight, one in pairs), LEAST))
    found: Floats = np.asarray(mean, np.float32)
    return found
