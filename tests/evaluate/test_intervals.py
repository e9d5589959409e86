"""Intervals against tables of Student's t, and against how often they hold what they should."""

import numpy as np
import pytest

from lcapp.evaluate.intervals import (
    LEAST_CLUSTERS,
    cluster_draws,
    expanded_percentiles,
    half_width,
    nested_interval,
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


def drawn(figures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of figures D M, each the mean of its domains: those of each training, and of each draw."""
    clusters = len(figures)
    return figures.mean(axis=0), cluster_draws(clusters) / clusters @ figures


def half(ends: tuple[float, float] | None) -> float:
    assert ends is not None
    return (ends[1] - ends[0]) / 2


def test_where_all_trainings_agree_the_domains_alone_give_the_interval() -> None:
    values = np.random.default_rng(0).normal(0, 1, 12)
    ends = nested_interval([drawn(np.repeat(values[:, None], 3, axis=1))], 12)
    by_hand = 2.201 * np.std(values, ddof=1) / np.sqrt(12)
    assert half(ends) == pytest.approx(by_hand, rel=0.05)
    assert sum(ends) / 2 == pytest.approx(values.mean())


def test_where_all_domains_agree_the_trainings_alone_give_the_interval() -> None:
    trainings = np.array([14.1, 19.4, 12.6])
    ends = nested_interval([drawn(np.repeat(trainings[None], 9, axis=0))], 9)
    assert half(ends) == pytest.approx(half_width(trainings), rel=0.05)


def test_the_nested_interval_holds_the_true_mean_in_95_of_100_cases() -> None:
    """Domains and trainings of equal weight; the domains' alone holds it in far fewer."""
    random = np.random.default_rng(5)
    held = narrow = 0
    cases = 300
    for _ in range(cases):
        trainings, domains = random.normal(0, 1, 3), random.normal(0, 2, 12)
        own, draws = drawn(domains[:, None] + trainings)
        ends = nested_interval([(own, draws)], 12)
        held += ends[0] <= 0 <= ends[1]
        ends = expanded_percentiles(draws.mean(axis=1), 12)
        narrow += ends[0] <= 0 <= ends[1]
    assert 0.91 < held / cases < 0.99
    assert narrow / cases < 0.91


def test_what_two_lines_share_cancels_and_what_they_do_not_adds_up() -> None:
    hard = np.linspace(-5, 5, 10)[:, None]
    ours, base = hard + np.array([3.0, 4.0, 5.0]), hard + np.array([1.0, 2.0, 3.0])
    ends = nested_interval([drawn(ours), drawn(base)], 10)
    assert sum(ends) / 2 == pytest.approx(2)
    # Welch: 2 x 1/3 of variance, four degrees.
    assert half(ends) == pytest.approx(2.776 * np.sqrt(2 / 3), rel=0.05)
    assert nested_interval([drawn(ours - base)], 10) == pytest.approx((2, 2))


def test_one_training_few_domains_or_no_figure_have_no_nested_interval() -> None:
    figures = np.random.default_rng(1).normal(0, 1, (8, 2))
    assert nested_interval([drawn(figures)], 8) is not None
    assert nested_interval([drawn(figures[:, :1])], 8) is None
    assert nested_interval([drawn(figures[:5])], 5) is None
    own, draws = drawn(figures)
    assert nested_interval([(own * np.nan, draws * np.nan)], 8) is None
