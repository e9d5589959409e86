"""Samples around a truth: literal scores, and what a calibrated ensemble of any size must show."""

import numpy as np
import pytest

from lcapp.evaluate.truth import Known, ensemble_figures, year_spread
from lcapp.evaluate.truth.ensemble import range_share, spread_over_error
from lcapp.prepare import Scaling

SHAPE = (2, 160, 160)


def drawn(samples: int, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Truth and samples around a mean that differs from pixel to pixel, as its deviation does."""
    random = np.random.default_rng(samples)
    mean, deviation = random.uniform(0, 1, SHAPE), random.uniform(0.01, 0.1, SHAPE)
    truth = random.normal(mean, deviation)
    return random.normal(mean, spread * deviation, (samples, *SHAPE)), truth


def test_the_scores_equal_their_definitions() -> None:
    samples, truth = drawn(4)
    samples, truth = samples[:, :, :5, :5], truth[:, :5, :5]
    found = ensemble_figures(samples, truth)
    scores, covered, inside = [], [], []
    for place in np.ndindex(truth.shape):
        x, y = samples[(slice(None), *place)], truth[place]
        pairs = [abs(x[i] - x[j]) for i in range(4) for j in range(4) if i != j]
        scores.append(np.mean([abs(one - y) for one in x]) - np.mean(pairs) / 2)
        # Student's t of three degrees: 97.5 % lie below 3.182, 95 % below 2.353, 75 % below 0.765.
        reach = np.std(x, ddof=1) * np.sqrt(1 + 1 / 4)
        covered.append([abs(y - x.mean()) <= 2.3534 * reach, abs(y - x.mean()) <= 0.7649 * reach])
        inside.append(min(x) <= y <= max(x))
    assert found.crps == pytest.approx(np.mean(scores))
    assert (found.covered_90, found.covered_50) == pytest.approx(np.mean(covered, axis=0))
    assert found.in_range == pytest.approx(np.mean(inside))


@pytest.mark.parametrize("samples", [2, 3, 8])
def test_samples_of_the_truths_own_spread_cover_what_they_should(samples: int) -> None:
    ensemble, truth = drawn(samples)
    found = ensemble_figures(ensemble, truth)
    assert found.covered_50 == pytest.approx(0.5, abs=0.01)
    assert found.covered_90 == pytest.approx(0.9, abs=0.01)
    assert found.in_range == pytest.approx(range_share(samples), abs=0.01)
    ratio = spread_over_error(found.variance, found.squared_error, samples)
    assert ratio == pytest.approx(1, abs=0.01)


def test_too_sure_and_too_unsure_samples_are_told_apart() -> None:
    sure, unsure = (ensemble_figures(*drawn(8, spread)) for spread in (0.5, 2.0))
    assert sure.covered_90 < 0.7 < 0.98 < unsure.covered_90
    assert sure.in_range < range_share(8) < unsure.in_range
    assert spread_over_error(sure.variance, sure.squared_error, 8) < 0.7


def test_the_fair_score_does_not_reward_more_samples_of_the_same() -> None:
    few, many = (ensemble_figures(*drawn(samples)).crps for samples in (2, 16))
    assert few == pytest.approx(many, rel=0.02)


def test_equal_samples_have_no_spread_and_the_error_of_one() -> None:
    samples, truth = drawn(2)
    same = np.repeat(samples[:1], 5, axis=0)
    found = ensemble_figures(same, truth)
    assert (found.covered_90, found.variance) == (0, pytest.approx(0))
    assert found.crps == pytest.approx(np.abs(samples[0] - truth).mean())
    right = ensemble_figures(np.repeat(truth[None], 3, axis=0), truth)
    assert (right.covered_50, right.in_range, right.crps) == (1, 1, pytest.approx(0))
    assert spread_over_error(0, 0, 3) is None


def test_a_single_sample_has_no_spread_and_absent_months_have_none() -> None:
    truth = np.full((12, 1, 4, 4), 0.1)
    known = Known(truth, ("B8",), (Scaling(0.0, 0.5),), 3, None, ())
    present = np.isin(np.arange(12), (3, 7))
    years = [
        np.where(present[:, None, None, None], truth + error, np.nan) for error in (-0.05, 0.1)
    ]
    assert year_spread(years[:1], present, known) == ()
    april, august = year_spread(years, present, known)
    assert (april.month, august.month) == (4, 8)
    assert april.figures.squared_error == pytest.approx((0.025 / 0.5) ** 2)
    assert april.figures.variance == pytest.approx((0.15 / 0.5) ** 2 / 2)
