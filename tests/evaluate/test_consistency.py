import warnings

import numpy as np
from affine import Affine

from lcapp.prepare import footprint_windows, lr_consistency, year_consistency
from lcapp.types import Grid


def windows_of(side: int = 64):
    lr = Grid("EPSG:2154", Affine(10, 0, 0, 0, -10, 0), 40, 40)
    return footprint_windows(
        lr, Grid("EPSG:2154", Affine(1.6, 0, 148.8, 0, -1.6, -148.8), side, side)
    )


def test_a_constant_error_is_measured_per_month_and_absent_months_are_nan():
    windows = windows_of()
    monthly = np.full((12, 4, 40, 40), 0.2, np.float32)
    sr = np.full((12, 4, 64, 64), 0.2, np.float32)
    sr[3, 1] += 0.04  # one of four bands
    sr[7] -= 0.01
    sr[9] = monthly[9] = np.nan
    measured = lr_consistency(sr, monthly, windows)
    np.testing.assert_allclose(measured[[0, 3, 7]], [0, 0.01, 0.01], atol=1e-6)
    assert np.isnan(measured).nonzero()[0].tolist() == [9]


def test_errors_of_two_signs_do_not_cancel():
    sr = np.full((12, 2, 64, 64), 0.2, np.float32)
    sr[:, 0] += 0.03
    sr[:, 1] -= 0.03
    sr[6, :, :, :32], sr[6, :, :, 32:] = 0.23, 0.17  # halves of a band, 0.2 on average
    measured = lr_consistency(sr, np.full((12, 2, 40, 40), 0.2, np.float32), windows_of())
    np.testing.assert_allclose(np.delete(measured, 6), 0.03, atol=1e-6)
    assert measured[6] > 0.02


def test_only_pixels_inside_the_footprint_count():
    monthly = np.full((12, 1, 40, 40), 5.0, np.float32)
    monthly[:, :, 15:25, 15:25] = 0.1
    measured = lr_consistency(np.full((12, 1, 64, 64), 0.1, np.float32), monthly, windows_of())
    np.testing.assert_allclose(measured, 0, atol=1e-6)


def test_sr_detail_that_averages_out_is_consistent():
    detail = 0.05 * np.tile([[1, -1], [-1, 1]], (32, 32)).astype(np.float32)
    sr = np.broadcast_to(0.3 + detail, (12, 4, 64, 64))
    measured = lr_consistency(sr, np.full((12, 4, 40, 40), 0.3, np.float32), windows_of())
    assert measured.max() < 2e-3


def test_a_tile_without_a_whole_lr_pixel_has_no_figure():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        measured = lr_consistency(
            np.zeros((12, 4, 3, 3), np.float32),
            np.zeros((12, 4, 40, 40), np.float32),
            windows_of(3),
        )
    assert measured.shape == (12,)
    assert np.isnan(measured).all()


def test_the_year_is_the_mean_of_the_months_that_have_a_figure():
    assert year_consistency(np.array([0.01, np.nan, 0.03])) == np.float64(0.02)
    assert year_consistency(np.full(12, np.nan)) is None


def test_errors_of_both_signs_do_not_cancel_each_other():
    """A month is as far off as its pixels are, not as their mean is."""
    sr = np.full((12, 1, 64, 64), 0.2, np.float32)
    checkered = np.where(np.add.outer(np.arange(40), np.arange(40)) % 2, 0.19, 0.21)
    monthly = np.broadcast_to(checkered, (12, 1, 40, 40)).astype(np.float32)
    np.testing.assert_allclose(lr_consistency(sr, monthly, windows_of()), 0.01, atol=1e-5)
    # Nor do bands: two that are off by as much, each to its side.
    both = np.concatenate([np.full_like(monthly, 0.23), np.full_like(monthly, 0.17)], axis=1)
    twice = np.concatenate([sr, sr], axis=1)
    np.testing.assert_allclose(lr_consistency(twice, both, windows_of()), 0.03, atol=1e-5)
