"""The figures of many images as one."""

import pytest

from lcapp.evaluate.records import Likeness, MonthFigures, Truthfulness
from lcapp.evaluate.series_figures import month_row


def image(gradient: tuple[float, ...], true: tuple[float, ...]) -> MonthFigures:
    return MonthFigures(1, 0.0, Truthfulness(Likeness(20.0, 0.5), 1.0, 1.0, gradient, true), None)


def test_the_gradient_ratio_is_the_mean_of_all_bands() -> None:
    """Not the best band's: 0.2, 0.6, 1.0 and 1.4 of the truth are 0.8 of it."""
    row = month_row([image((0.02, 0.06, 0.10, 0.14), (0.1, 0.1, 0.1, 0.1))])
    assert row.gradient_ratio == pytest.approx(0.8)
    turned = month_row([image((0.14, 0.06, 0.02, 0.10), (0.1, 0.1, 0.1, 0.1))])
    assert turned.gradient_ratio == pytest.approx(0.8)


def test_a_band_without_texture_in_truth_is_left_out_and_flat_scenes_do_not_decide() -> None:
    flat, rough = image((0.0, 0.001), (0.0, 0.0001)), image((0.0, 0.1), (0.0, 0.2))
    assert month_row([flat, rough]).gradient_ratio == pytest.approx(0.101 / 0.2001)
    assert month_row([image((0.1,), (0.0,))]).gradient_ratio is None
