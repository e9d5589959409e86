"""Figures against a known truth: by hand, against literal NumPy, and where they have no value."""

import datetime as dt
import warnings

import numpy as np
import pytest
from affine import Affine

from lcapp.evaluate.fidelity import (
    against_truth,
    gradient_magnitude,
    series_figures,
)
from lcapp.evaluate.truth import Known
from lcapp.evaluate.truth.parts import PSNR_CEILING
from lcapp.prepare import InputSpec, Scaling, apply_window, footprint_windows
from lcapp.types import Grid, Month, SuperResolved

SCALINGS = [InputSpec().scaling(band) for band in InputSpec().series_bands]
RATIO = 6.25


def pair(side: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Two months of four bands, T C H W, and something near them."""
    random = np.random.default_rng(3)
    truth = random.uniform(0.02, 0.3, (2, 4, side, side)).astype(np.float32)
    return truth + random.normal(0, 0.02, truth.shape).astype(np.float32), truth


def literal_ssim(one: np.ndarray, other: np.ndarray) -> float:
    """Wang et al. (2004) with a Gaussian of sigma 1.5 on 11 pixels, edges mirrored: C H W, 0..1."""
    taps = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
    window = np.outer(taps, taps) / taps.sum() ** 2

    def smooth(image: np.ndarray) -> np.ndarray:
        padded = np.pad(image, ((0, 0), (5, 5), (5, 5)), mode="reflect")
        seen = np.lib.stride_tricks.sliding_window_view(padded, (11, 11), axis=(1, 2))
        return (seen * window).sum((-1, -2))

    a, b = smooth(one), smooth(other)
    variances = smooth(one * one) - a * a, smooth(other * other) - b * b
    covariance = smooth(one * other) - a * b
    similar = (2 * a * b + 1e-4) * (2 * covariance + 9e-4)
    return float((similar / ((a * a + b * b + 1e-4) * (sum(variances) + 9e-4))).mean())


def test_each_figure_equals_its_definition() -> None:
    images, truth = (one.astype(np.float64) for one in pair())
    found = against_truth(images, truth, SCALINGS, RATIO)
    spans = np.array([0.3, 0.3, 0.3, 0.6])[:, None, None]
    for image, true, figures in zip(images, truth, found, strict=True):
        error = (image - true) / spans
        assert figures.likeness.psnr == pytest.approx(-10 * np.log10((error**2).mean()))
        assert figures.likeness.ssim == pytest.approx(
            literal_ssim(image / spans, true / spans), abs=2e-5
        )
        lengths = np.linalg.norm(image, axis=0) * np.linalg.norm(true, axis=0)
        angle = np.degrees(np.arccos(((image * true).sum(0) / lengths).clip(-1, 1)))
        assert figures.sam == pytest.approx(angle.mean())
        relative = ((image - true) ** 2).mean((1, 2)) / true.mean((1, 2)) ** 2
        assert figures.ergas == pytest.approx(100 / RATIO * np.sqrt(relative.mean()))


def test_the_range_of_the_values_is_that_of_each_band() -> None:
    truth = np.full((1, 4, 16, 16), 0.1, np.float32)
    visible, infrared = truth.copy(), truth.copy()
    visible[:, 0] += 0.03
    infrared[:, 3] += 0.06
    for image in (visible, infrared):  # a tenth of the range in one of four bands
        (found,) = against_truth(image, truth, SCALINGS, RATIO)
        assert found.likeness.psnr == pytest.approx(-10 * np.log10(0.01 / 4), abs=1e-4)


def test_the_truth_itself_reaches_the_ceiling_and_is_as_sharp() -> None:
    _, truth = pair()
    for found in against_truth(truth, truth, SCALINGS, RATIO):
        assert found.likeness.psnr == PSNR_CEILING
        assert found.likeness.ssim == pytest.approx(1)
        assert found.sam == pytest.approx(0, abs=1e-5)
        assert found.ergas == 0
        assert found.gradient == found.true_gradient


def test_the_gradient_of_a_ramp_is_its_slope_and_of_a_step_half_of_it() -> None:
    ramp = np.arange(5.0) * 0.3 + np.arange(4.0)[:, None] * 0.4  # H W: a slope of 0.5
    step = np.array([[0.0, 0.0, 1.0]] * 3)
    assert gradient_magnitude(ramp[None, None])[0, 0] == pytest.approx(0.5)
    assert gradient_magnitude(step[None, None])[0, 0] == pytest.approx(0.5)
    assert gradient_magnitude(np.ones((1, 1, 2, 2)))[0, 0] == 0


def test_what_has_no_value_is_none_and_warns_of_nothing() -> None:
    black = np.zeros((1, 4, 8, 8), np.float32)
    grey = np.full_like(black, 0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (found,) = against_truth(grey, black, SCALINGS, RATIO)
        (single,) = against_truth(grey[:, :1], grey[:, :1], SCALINGS[:1], RATIO)
    assert (found.sam, found.ergas, found.likeness.ssim) == (None, None, None)
    assert single.sam is None
    with pytest.raises(ValueError, match="one shape"):
        against_truth(grey, grey[..., :4], SCALINGS, RATIO)


def test_a_small_black_corner_does_not_take_the_angle_away() -> None:
    images, truth = pair()
    truth[:, :, 0, 0] = 0
    whole = against_truth(images, truth, SCALINGS, RATIO)
    assert all(found.sam is not None and found.sam > 1 for found in whole)


def super_resolved() -> SuperResolved:
    """Two months of a tile of 25.6 m on whole LR pixels but for its last 5.6 m."""
    lr = Grid("EPSG:2154", Affine(10, 0, 0, 0, -10, 0), 8, 8)
    sr = Grid("EPSG:2154", Affine(1.6, 0, 30, 0, -1.6, -30), 16, 16)
    present = (4, 8)
    months = tuple(
        Month(month, month in present, dt.date(2021, month, 1), 1, 1, 0.0) for month in range(1, 13)
    )
    monthly = np.full((12, 4, 8, 8), np.nan, np.float32)
    for month in present:
        monthly[month - 1] = month / 50 + np.linspace(0, 0.05, 8)
    bicubic = apply_window(monthly, footprint_windows(lr, sr).levels[0])
    nothing = np.full(12, np.nan, np.float32)
    bands = InputSpec().series_bands
    return SuperResolved(
        reflectance=bicubic,
        bicubic=bicubic,
        guided=bicubic,
        agreement=np.full((12, 4), np.nan, np.float32),
        monthly=monthly,
        bands=bands,
        months=months,
        sr_grid=sr,
        lr_grid=lr,
        lr_consistency=nothing,
        clamped=nothing,
    )


def test_absent_months_are_left_out_and_their_truth_is_not_looked_at() -> None:
    found = super_resolved()
    truth = np.full((12, 4, 16, 16), np.nan, np.float32)
    truth[[3, 7]] = found.bicubic[[3, 7]] + 0.03
    known = Known(truth, found.bands, tuple(SCALINGS), 3, None, ())
    figures = series_figures(found.bicubic, found, SCALINGS, known, None, 3)
    assert [one.month for one in figures.months] == [4, 8]
    for month in figures.months:
        # 0.03 is a tenth of the range of three bands and a twentieth of the infrared's.
        expected = -10 * np.log10((3 * 0.1**2 + 0.05**2) / 4)
        assert month.truth.likeness.psnr == pytest.approx(expected, abs=1e-3)
        assert month.lr_consistency < 0.002
    assert figures.aerial is None


def test_without_a_truth_the_low_resolution_and_the_aerial_image_are_left() -> None:
    found = super_resolved()
    spans = np.array([one.high for one in SCALINGS])[:, None, None]
    aerial = found.bicubic[7] / spans
    figures = series_figures(found.bicubic + np.float32(0.01), found, SCALINGS, None, aerial, 7)
    assert [one.truth for one in figures.months] == [None, None]
    np.testing.assert_allclose([one.lr_consistency for one in figures.months], 0.01, atol=2e-3)
    expected = -10 * np.log10((3 * (0.01 / 0.3) ** 2 + (0.01 / 0.6) ** 2) / 4)
    assert figures.aerial.psnr == pytest.approx(expected, abs=1e-2)


def test_beside_the_aerial_image_values_beyond_the_range_count_as_its_end() -> None:
    found = super_resolved()
    white = np.ones((4, 16, 16), np.float32)
    figures = series_figures(
        np.full_like(found.bicubic, 5.0), found, [Scaling(0.0, 1.0)] * 4, None, white, 3
    )
    assert figures.aerial.psnr == PSNR_CEILING
