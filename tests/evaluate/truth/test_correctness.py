"""opensr-test's shares: against its formulas written out pixel by pixel, and where they must go."""

import math

import numpy as np
import pytest

from lcapp.evaluate.truth import shares


def images(side: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Bicubic and truth, C H W."""
    random = np.random.default_rng(5)
    truth = random.uniform(0.02, 0.4, (4, side, side))
    return truth + random.normal(0, 0.01, truth.shape), truth


def literal(image: np.ndarray, low: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    def distances(one: np.ndarray, other: np.ndarray) -> list[float]:
        bands, height, width = one.shape
        return [
            sum(
                abs(one[c, i, j] - other[c, i, j]) / (one[c, i, j] + other[c, i, j])
                for c in range(bands)
            )
            / bands
            for i in range(height)
            for j in range(width)
        ]

    references = distances(low, truth)
    least = sorted(references)[int(0.75 * len(references)) - 1]
    found = []
    for ref, im, om in zip(references, distances(image, truth), distances(image, low), strict=True):
        if max(ref, im, om) <= least:
            continue
        a, b = im / ref, om / ref
        scores = (
            a + b * (1 - math.exp(-0.05 * (a + b - 1))),
            b + a * (1 - math.exp(-0.05 * (a + b - 1))),
            math.exp(-0.05 * a * b),
        )
        weights = [math.exp(-score / 0.25) for score in scores]
        found.append([one / sum(weights) for one in weights])
    mean = np.mean(found, axis=0)
    return tuple(mean.tolist())


@pytest.mark.parametrize("towards", [0.0, 0.4, 1.0, 1.6])
def test_the_shares_equal_their_formulas(towards: float) -> None:
    low, truth = images()
    noise = np.random.default_rng(1).normal(0, 0.004, truth.shape)
    image = np.abs(low + towards * (truth - low) + noise)
    found = shares(image, low, truth)
    improvement, omission, hallucination = literal(image, low, truth)
    assert found.improvement == pytest.approx(improvement)
    assert found.omission == pytest.approx(omission)
    assert found.hallucination == pytest.approx(hallucination)
    assert improvement + omission + hallucination == pytest.approx(1)


def test_the_truth_improves_bicubic_omits_and_noise_hallucinates() -> None:
    low, truth = images(32)
    noise = truth + np.random.default_rng(2).normal(0, 0.1, truth.shape)
    of_softmin = 1 / (1 + 2 * math.exp(-1 / 0.25))  # one distance is 0, the two others are 1
    assert shares(truth, low, truth).improvement == pytest.approx(of_softmin)
    assert shares(low, low, truth).omission == pytest.approx(of_softmin)
    assert shares(noise, low, truth).hallucination > 0.9


def test_where_bicubic_is_the_truth_all_that_is_added_is_invented() -> None:
    flat = np.full((4, 8, 8), 0.2)
    added = flat.copy()
    added[:, 2, 3] = 0.3
    found = shares(added, flat, flat)
    assert (found.improvement, found.omission, found.hallucination) == (0, 0, 1)
    assert shares(flat, flat, flat) is None


def test_a_sample_below_zero_has_finite_shares() -> None:
    low, truth = images()
    found = shares(-truth, low, truth)
    assert found.hallucination == pytest.approx(1, abs=0.1)
    assert math.isfinite(found.improvement)
