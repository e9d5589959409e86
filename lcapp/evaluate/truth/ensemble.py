"""Whether the spread of the samples is that of the truth around them.

The truth should be one more draw of what the samples are drawn from. Of n samples that gives
(Wilks, 2011, "Statistical Methods in the Atmospheric Sciences", ch. 8):

- *Prediction intervals for the truth*, of 50 and 90 %: mean +- t s sqrt(1 + 1/n) with Student's t
  of n - 1 degrees. The samples' own quantiles do not reach so far: the whole range of 8 samples
  holds one more draw in 7 of 9 cases (n - 1 in n + 1). Student's intervals hold the stated share
  for every n where values are normal about their mean.
- *The share within the range*, to be compared with (n - 1) / (n + 1): it needs no such shape.
- *CRPS*, fair (Ferro, 2014): mean |x_i - y| less half of the mean |x_i - x_j| over pairs of
  *different* samples; its expectation does not depend on n. Of a single image it would be the mean
  absolute error, so that both compare.
- *Spread over error* (Fortin et al., 2014): sqrt((1 + 1/n) s^2 / (mean - truth)^2), each averaged
  first; 1 is right, below 1 the samples are too sure.
"""

import math

import numpy as np

from lcapp.evaluate.intervals import student_quantile
from lcapp.evaluate.records import EnsembleFigures
from lcapp.types import Floats


def ensemble_figures(samples: Floats, truth: Floats) -> EnsembleFigures:
    """The figures of one image's samples; every value, a band of a pixel, counts alike.

    Args:
        samples: N C H W on a range of 0..1, N at least 2.
        truth: C H W, likewise.
    """
    n = len(samples)
    ordered = np.sort(samples.astype(np.float64), axis=0)
    truth = truth.astype(np.float64)
    mean, variance = ordered.mean(axis=0), ordered.var(axis=0, ddof=1)
    error = np.abs(truth - mean)
    reach = np.sqrt(variance * (1 + 1 / n))

    def covered(share: float) -> float:
        return float((error <= student_quantile((1 + share) / 2, n - 1) * reach).mean())

    # Each value minus those below it: sorted, sum over pairs of |x_i - x_j|.
    ranks = (2 * np.arange(n) - n + 1).reshape(-1, *([1] * truth.ndim))
    apart = (ranks * ordered).sum(axis=0) / (n * (n - 1))
    return EnsembleFigures(
        covered_50=covered(0.5),
        covered_90=covered(0.9),
        in_range=float(((ordered[0] <= truth) & (truth <= ordered[-1])).mean()),
        crps=float(np.abs(ordered - truth).mean() - apart.mean()),
        variance=float(variance.mean()),
        squared_error=float((error**2).mean()),
    )


def range_share(samples: int) -> float:
    """How often the range of so many samples holds one more draw."""
    return (samples - 1) / (samples + 1)


def spread_over_error(variance: float, squared_error: float, samples: int) -> float | None:
    """1 where the samples differ from each other as the truth does from them.

    Args:
        variance: Of the samples, mean over all values.
        squared_error: Of their mean, likewise.
        samples: How many.

    Returns:
        None where the mean is the truth.
    """
    if squared_error == 0:
        return None
    return math.sqrt((1 + 1 / samples) * variance / squared_error)
