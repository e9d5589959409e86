"""How far a figure would move with other scenes or other trainings: 95 % intervals.

Scenes of a domain share weather, sensor and style, so that domains are drawn and not scenes: a
bootstrap over clusters with a seeded generator. With few clusters its percentiles lie too close
together; they are moved out as in Hesterberg (2015, "What Teachers Should Know About the
Bootstrap", The American Statistician 69), by the narrowness of the plug-in variance and Student's t
of D - 1 degrees. Two methods are compared on the same draws (paired).

Where a method was trained several times, trainings are drawn as well as domains (a nested
bootstrap): its interval tells what another training on other domains would give.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from lcapp.record import setting

DRAWS = 2_000
LEAST_CLUSTERS = 6
"""Of fewer domains even the range of all draws holds too little. For the mean of normal values the
interval was measured to hold the true one in 92 of 100 cases with six, in 94 with eight to fifteen
(with five 91, with four 87)."""

_LEVEL = 0.95


@dataclass(frozen=True)
class Difference:
    """A figure of one line of a table less that of another, on the scenes that both have.

    Attributes:
        figure: One of `class_figures.MEASURES` (shares 0..1), `psnr` or `changed` (dB).
        of: The line.
        less: The other line.
        mean: The difference over all scenes.
        low: Lower end of the 95 % interval over domains; None with fewer than `LEAST_CLUSTERS`.
        high: Its upper end.
        domains: How many there are.
        scenes: Likewise.
        trainings: Half of the 95 % interval over trainings, paired in their order, by Student's t;
            None where both have one, or not the same number.
        scenes_low: Lower end of the 95 % interval over scenes, as if those of a domain were
            independent of one another; None as with `low`.
        scenes_high: Its upper end.
        nested_low: Lower end of the 95 % interval over domains and trainings (`nested_interval`);
            None as with `low`, or where both have one training.
        nested_high: Its upper end.
    """

    figure: str
    of: str
    less: str
    mean: float
    low: float | None
    high: float | None
    domains: int
    scenes: int
    trainings: float | None
    scenes_low: float | None = setting(None, later=True)
    scenes_high: float | None = setting(None, later=True)
    nested_low: float | None = setting(None, later=True)
    nested_high: float | None = setting(None, later=True)


def cluster_draws(clusters: int, seed: int = 0) -> NDArray[np.int64]:
    """R D: how often each of D clusters is taken, in R draws of D with replacement."""
    generator = np.random.default_rng(seed)
    drawn: NDArray[np.int64] = generator.multinomial(
        clusters, np.full(clusters, 1 / clusters), size=DRAWS
    )
    return drawn


def expanded_percentiles(
    estimates: NDArray[np.float64], clusters: int
) -> tuple[float, float] | None:
    """The 95 % interval of a figure.

    Args:
        estimates: R, the figure of each draw; NaN where a draw has none.
        clusters: D.

    Returns:
        Its ends; None with fewer than `LEAST_CLUSTERS`, or where no draw has the figure.
    """
    known = estimates[np.isfinite(estimates)]
    if clusters < LEAST_CLUSTERS or not known.size:
        return None
    wider = math.sqrt(clusters / (clusters - 1)) * student_quantile((1 + _LEVEL) / 2, clusters - 1)
    tail = NormalDist().cdf(-wider)
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)


def nested_interval(
    lines: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]], clusters: int
) -> tuple[float, float] | None:
    """The 95 % interval of a line's mean over trainings, or of that of one less that of another.

    Trainings and domains are drawn, the domains alike for both lines. The variance of the draws,
    each part widened by n / (n - 1) of its own number, gives the interval by Student's t with the
    degrees of freedom of Satterthwaite (1946): percentiles of a handful of trainings cannot reach
    as far as they should.

    Args:
        lines: One or two; of each the figure of its trainings on all scenes, M, and on the draws of
            domains, R M.
        clusters: D.

    Returns:
        Its ends; None with fewer than `LEAST_CLUSTERS`, without a second training, or where a
        figure is missing.
    """
    if clusters < LEAST_CLUSTERS or all(len(own) < 2 for own, _ in lines):
        return None
    signs = (1.0, -1.0)
    known = np.logical_and.reduce([np.isfinite(drawn).all(axis=1) for _, drawn in lines])
    centre = sum(sign * own.mean() for sign, (own, _) in zip(signs, lines, strict=False))
    if not known.any() or not np.isfinite(centre):
        return None
    generator = np.random.default_rng(1)
    over_domains = np.zeros(int(known.sum()))
    variances: list[tuple[float, int]] = []
    for sign, (own, drawn) in zip(signs, lines, strict=False):
        count, figures = len(own), drawn[known]
        over_domains += sign * figures.mean(axis=1)
        if count > 1:
            taken = generator.multinomial(count, np.full(count, 1 / count), size=len(figures))
            moved = ((taken / count - 1 / count) * figures).sum(axis=1)
            variances.append((float(moved.var()) * count / (count - 1), count - 1))
    variances.append((float(over_domains.var()) * clusters / (clusters - 1), clusters - 1))
    total = sum(variance for variance, _ in variances)
    if total == 0:
        return float(centre), float(centre)
    degrees = total**2 / sum(variance**2 / degrees for variance, degrees in variances)
    whole = max(1, int(degrees))  # the fewest of any part
    below, above = (student_quantile((1 + _LEVEL) / 2, one) for one in (whole, whole + 1))
    half = (below + (degrees - whole) * (above - below)) * math.sqrt(total)
    return float(centre - half), float(centre + half)


def half_width(values: NDArray[np.float64]) -> float | None:
    """Half of the 95 % interval of the mean of a few normal values; None of fewer than two."""
    if len(values) < 2:
        return None
    wide = student_quantile((1 + _LEVEL) / 2, len(values) - 1)
    return float(wide * np.std(values, ddof=1) / math.sqrt(len(values)))


def student_quantile(level: float, degrees: int) -> float:
    """Student's t below which a share of the distribution lies.

    The closed form of whole degrees (Abramowitz and Stegun 26.7.3 and 26.7.4) by bisection: SciPy
    would be a dependency for this alone.

    Args:
        level: 0.5 to below 1.
        degrees: Of freedom, at least 1.
    """
    low, high = 0.0, math.pi / 2  # of the angle whose tangent is t / sqrt(degrees)
    for _ in range(60):
        middle = (low + high) / 2
        if (1 + _within(middle, degrees)) / 2 < level:
            low = middle
        else:
            high = middle
    return math.sqrt(degrees) * math.tan(low)


def _within(angle: float, degrees: int) -> float:
    """The probability of |t| below sqrt(degrees) tan(angle)."""
    cosine, odd = math.cos(angle), degrees % 2
    term = cosine if odd else 1.0
    total = 0.0
    for power in range(1 + odd, degrees, 2):
        total += term
        term *= cosine * cosine * power / (power + 1)
    if odd:
        return 2 / math.pi * (angle + math.sin(angle) * total)
    return math.sin(angle) * total
