import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from lcapp.prepare import apply_window, footprint_windows
from lcapp.prepare.alignment import GAIN_BOUND, PRIOR_SPREAD, fit_alignment
from lcapp.prepare.symmetry import SYMMETRIES

EXPECTED = 0.15
"""Half of 0..0.3."""


@pytest.fixture
def windows(make):
    """An off-centre tile of 64 SR pixels: 9 x 10 whole LR pixels."""
    return footprint_windows(make.grid(-143, -150, 10, 40, 40), make.grid(0, 0, 1.6, 64, 64))


@pytest.fixture
def image():
    """C Hs Ws, patches of 16 m in [-1, 1], so that the LR pixels differ."""
    patches = np.random.default_rng(3).uniform(-0.8, 0.8, (1, 7, 7))
    return patches.repeat(10, 1).repeat(10, 2)[:, :64, :64].astype(np.float32)


def month_of(image, windows, gain, offset):
    """C h w: the line through the LR version inside the footprint, nonsense outside of it."""
    month = np.full((len(image), 40, 40), 7.0, np.float32)
    month[:, *windows.inside] = gain * apply_window(image, windows.down) + offset
    return month


def drawn_to_the_expected(gain, image, windows, expected):
    """What the fit makes of a true gain: literally, over all 3 x 3 means of one band."""
    means = sliding_window_view(apply_window(image, windows.down)[0], (3, 3)).mean((2, 3))
    spread = np.abs(means - np.median(means)).mean()
    return np.hypot(gain * spread, expected * PRIOR_SPREAD) / np.hypot(spread, PRIOR_SPREAD)


def test_the_line_is_found_when_a_fifth_of_the_pixels_has_changed(windows, image):
    month = month_of(image, windows, 0.11, 0.08)
    inside = month[0][windows.inside]
    changed = np.random.default_rng(0).choice(inside.size, inside.size // 5, replace=False)
    inside.flat[changed] = 0.4
    found = fit_alignment(image, month, windows, [EXPECTED])
    unchanged = drawn_to_the_expected(0.11, image, windows, EXPECTED)
    assert found.gain[0] == pytest.approx(unchanged, rel=0.04)
    assert found.offset[0] == pytest.approx(0.08, abs=2e-3)
    # least squares, for comparison, is drawn away by a tenth at least
    x = apply_window(image, windows.down).ravel()
    assert abs(np.polyfit(x, inside.ravel(), 1)[0] - 0.11) > 0.011


def test_without_changes_the_gain_is_the_true_one_but_for_a_little_of_the_expected(windows, image):
    image = image / 0.8  # the whole range of bytes
    found = fit_alignment(image, month_of(image, windows, 0.2, 0.02), windows, [EXPECTED])
    expected = drawn_to_the_expected(0.2, image, windows, EXPECTED)
    assert found.gain[0] == pytest.approx(expected, abs=1e-5)
    assert 0.19 < found.gain[0] < 0.2
    assert found.offset[0] == pytest.approx(0.02, abs=2e-3)


def test_where_the_expected_gain_is_the_true_one_line_and_residual_are_exact(windows, image):
    found = fit_alignment(image, month_of(image, windows, EXPECTED, 0.02), windows, [EXPECTED])
    assert found.gain[0] == pytest.approx(EXPECTED, abs=1e-5)
    assert found.offset[0] == pytest.approx(0.02, abs=1e-5)
    assert found.residual[0] < 1e-6


def test_what_only_one_sensor_sees_does_not_flatten_the_texture(windows, image):
    """The slope of a regression would be less than four fifths of the true one."""
    month = month_of(image, windows, 0.11, 0.08)
    other = np.random.default_rng(4).uniform(-0.8, 0.8, (1, 4, 4)).repeat(16, 1).repeat(16, 2)
    aerial = (0.8 * image + 0.5 * other).astype(np.float32)  # of about the same contrast
    x, y = apply_window(aerial, windows.down).ravel(), month[0][windows.inside].ravel()
    assert np.polyfit(x, y, 1)[0] < 0.8 * 0.11
    assert fit_alignment(aerial, month, windows, [EXPECTED]).gain[0] == pytest.approx(0.11, rel=0.1)


def test_the_residual_measures_the_scatter_about_the_line(windows, image):
    month = month_of(image, windows, 0.11, 0.08)
    month += np.random.default_rng(1).normal(0, 0.02, month.shape).astype(np.float32)
    found = fit_alignment(image, month, windows, [EXPECTED])
    assert found.residual[0] == pytest.approx(0.02, rel=0.2)


def test_each_band_has_its_own_line(windows, image):
    both = np.concatenate([image, image[:, ::-1]])
    month = np.concatenate(
        [month_of(both[:1], windows, 0.1, 0.05), month_of(both[1:], windows, 0.4, 0.3)]
    )
    found = fit_alignment(both, month, windows, [EXPECTED, 0.3])
    lines = [
        drawn_to_the_expected(gain, one[None], windows, expected)
        for gain, one, expected in zip((0.1, 0.4), both, (EXPECTED, 0.3), strict=True)
    ]
    assert found.gain == pytest.approx(lines, abs=1e-5)
    assert found.offset == pytest.approx((0.05, 0.3), abs=5e-3)


@pytest.mark.parametrize("contrast", [0.0, 1e-6, 1e-3])
def test_a_homogeneous_tile_keeps_its_contrast_and_matches_the_level(windows, image, contrast):
    month = month_of(image, windows, 0.0, 0.06)
    month += np.random.default_rng(2).normal(0, 0.003, month.shape).astype(np.float32)
    found = fit_alignment(0.2 + contrast * image, month, windows, [EXPECTED])
    assert found.gain[0] == pytest.approx(EXPECTED, rel=0.02)
    assert found.gain[0] * 0.2 + found.offset[0] == pytest.approx(0.06, abs=2e-3)


@pytest.mark.parametrize(("slope", "bounded"), [(0.0, 1 / GAIN_BOUND), (9.0, GAIN_BOUND)])
def test_an_absurd_gain_is_bounded(windows, image, slope, bounded):
    image = np.where(np.arange(64) < 32, -0.9, 0.9).astype(np.float32) * np.ones_like(image)
    found = fit_alignment(image, month_of(image, windows, slope, 0.1), windows, [EXPECTED])
    assert found.gain[0] == pytest.approx(EXPECTED * bounded)


def test_where_the_land_is_the_other_way_round_the_texture_is_not_turned_over(windows, image):
    found = fit_alignment(image, month_of(image, windows, -0.2, 0.1), windows, [EXPECTED])
    assert found.gain[0] > 0.1


def test_four_pixels_cannot_outvote_the_expected_gain(make, image):
    small = footprint_windows(make.grid(-14, -14, 10, 6, 6), make.grid(0, 0, 1.6, 18, 18))
    month = np.random.default_rng(0).uniform(0, 0.3, (1, 6, 6)).astype(np.float32)
    assert month[:, *small.inside].size == 4
    found = fit_alignment(image[:, :18, :18], month, small, [EXPECTED])
    assert found.gain[0] == pytest.approx(EXPECTED)


def test_without_a_whole_lr_pixel_the_level_alone_is_matched(make, image):
    tiny = footprint_windows(make.grid(-13, -13, 10, 4, 4), make.grid(0, 0, 1.6, 4, 4))
    month = np.full((1, 4, 4), 0.12, np.float32)
    found = fit_alignment(image[:, :4, :4], month, tiny, [EXPECTED])
    assert found.gain == (EXPECTED,)
    level = EXPECTED * float(np.median(image[:, :4, :4])) + found.offset[0]
    assert level == pytest.approx(0.12, abs=1e-6)
    assert np.isnan(found.residual[0])


def test_a_tile_of_many_pixels_has_the_same_fit_when_turned(make):
    random = np.random.default_rng(5)
    big = random.uniform(-0.8, 0.8, (1, 32, 32)).repeat(6, 1).repeat(6, 2).astype(np.float32)
    lr_grid, sr_grid = make.grid(-3, -4, 10, 32, 32), make.grid(0, 0, 1.6, 192, 192)
    windows = footprint_windows(lr_grid, sr_grid)
    month = random.uniform(0, 0.05, (1, 32, 32)).astype(np.float32)
    month[:, *windows.inside] += 0.1 * apply_window(big, windows.down)
    assert month[:, *windows.inside].size > 512
    first = fit_alignment(big, month, windows, [EXPECTED])
    for one in SYMMETRIES[1:]:
        turned = footprint_windows(one.grid(lr_grid), one.grid(sr_grid))
        found = fit_alignment(one.image(big), one.image(month), turned, [EXPECTED])
        assert found.gain + found.offset == pytest.approx(first.gain + first.offset, abs=1e-5)
