"""Intervals against tables of Student's t, and against how often they hold what they should."""

import numpy as np
import pytest

from lcapp.evaluate.intervals import (
    LEAST_CLUSTERS,
    cluster_draws,
    expanded_percentiles,
    half_width,
    student_quantile,
)


@pytest.mark.parametrize(
    ("level", "degrees", "expected"),
    [
        (0.975, 1, 12.706),
        (0.975, 2, 4.303),
        (0.95, 3, 2.353),
        (0.75, 7, 0.711),
        (0.95, 7, 1.895),
        (0.975, 14, 2.145),
        (0.975, 120, 1.980),
    ],
)
def test_the_quantiles_are_those_of_the_tables(level: float, degrees: int, expected: float) -> None:
    assert student_quantile(level, degrees) == pytest.approx(expected, abs=6e-4)


def test_three_trainings_say_little() -> None:
    assert half_width(np.array([14.1, 19.4, 12.6])) == pytest.approx(8.8, abs=0.1)
    assert half_width(np.array([14.1])) is None


def test_each_draw_takes_as_many_clusters_as_there_are_and_is_the_same_again() -> None:
    draws = cluster_draws(7)
    assert set(draws.sum(axis=1)) == {7}
    assert np.array_equal(draws, cluster_draws(7))
    assert not np.array_equal(draws, cluster_draws(7, seed=1))
    assert draws.mean(axis=0) == pytest.approx(np.ones(7), abs=0.1)


@pytest.mark.parametrize("clusters", [LEAST_CLUSTERS, 15])
def test_the_interval_holds_the_true_mean_in_95_of_100_cases(clusters: int) -> None:
    random = np.random.default_rng(4)
    draws = cluster_draws(clusters) / clusters
    held = 0
    for _ in range(1000):
        ends = expanded_percentiles(draws @ random.normal(0, 1, clusters), clusters)
        held += ends[0] <= 0 <= ends[1]
    assert 0.91 < held / 1000 < 0.97


def test_too_few_clusters_or_no_figure_have_no_interval() -> None:
    few = LEAST_CLUSTERS - 1
    assert expanded_percentiles(cluster_draws(few) @ np.arange(few) / few, few) is None
    assert expanded_percentiles(np.full(10, np.nan), 9) is None
    known = np.array([np.nan, 1.0, 1.0])
    assert expanded_percentiles(known, 9) == (1, 1)
