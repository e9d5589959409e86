import numpy as np
import pytest
from PIL import Image

from lcapp.prepare import apply_window, footprint_windows, resampling_matrix
from lcapp.prepare.windows import coarsening_window, cubic_convolution
from lcapp.types import Grid, Window


def centres(grid: Grid, stride: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Map coordinates of every `stride`-th pixel: eastings, northings."""
    transform = grid.transform
    x = transform.c + transform.a * (np.arange(0, grid.width, stride) + 0.5)
    y = transform.f + transform.e * (np.arange(0, grid.height, stride) + 0.5)
    return x, y


def ramp(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Linear in map coordinates, of order 1 over a crop."""
    return (x[None, :] - 600_000) / 100 + (y[:, None] - 6_600_000) / 70


def literal_resampling(row: np.ndarray, centres: np.ndarray, scale: float) -> np.ndarray:
    """The definition, pixel by pixel, with the row continued by its edges."""
    out = []
    for centre in centres:
        total = weight_sum = 0.0
        for tap in range(-200, len(row) + 200):
            distance = abs(tap - centre) / max(1.0, scale)
            if distance <= 1:
                weight = 1.5 * distance**3 - 2.5 * distance**2 + 1
            elif distance < 2:
                weight = -0.5 * distance**3 + 2.5 * distance**2 - 4 * distance + 2
            else:
                continue
            total += weight * row[min(max(tap, 0), len(row) - 1)]
            weight_sum += weight
        out.append(total / weight_sum)
    return np.array(out)


def test_the_kernel_has_the_values_worked_out_by_hand():
    # a = -0.5: (a+2)/8 - (a+3)/4 + 1 = 9/16 at 1/2, and a (27/8 - 45/4 + 12 - 4) = -1/16 at 3/2
    np.testing.assert_allclose(
        cubic_convolution([0, 0.5, -0.5, 1, 1.5, 2, 3]), [1, 9 / 16, 9 / 16, 0, -1 / 16, 0, 0]
    )


def test_half_way_between_pixels_and_beyond_the_edge():
    matrix = resampling_matrix(6, [2.5, -0.5, -4.0])
    np.testing.assert_allclose(matrix[0], [0, -1 / 16, 9 / 16, 9 / 16, -1 / 16, 0])
    # the taps at -2 and -1 are copies of pixel 0
    np.testing.assert_allclose(matrix[1], [-1 / 16 + 9 / 16 + 9 / 16, -1 / 16, 0, 0, 0, 0])
    np.testing.assert_allclose(matrix[2], [1, 0, 0, 0, 0, 0])


@pytest.mark.parametrize("scale", [0.16, 1.0, 2.5, 6.25])
def test_the_matrix_is_the_literal_loop(scale):
    row = np.random.default_rng(0).normal(size=11)
    where = np.array([-2.3, -0.49, 0.0, 3.71, 5.0, 9.99, 10.5, 13.0])
    matrix = resampling_matrix(11, where, scale)
    np.testing.assert_allclose(matrix @ row, literal_resampling(row, where, scale), atol=1e-6)
    np.testing.assert_allclose(matrix.sum(1), 1, atol=1e-6)


@pytest.mark.parametrize(("n_in", "n_out", "margin"), [(64, 10, 3), (10, 64, 13)])
def test_pillow_gives_the_same_numbers_away_from_edges(n_in, n_out, margin):
    image = np.random.default_rng(1).normal(size=(n_in, n_in)).astype(np.float32)
    ratio = n_in / n_out
    matrix = resampling_matrix(n_in, (np.arange(n_out) + 0.5) * ratio - 0.5, ratio)
    ours = apply_window(image, Window(matrix, matrix))
    theirs = np.asarray(Image.fromarray(image).resize((n_out, n_out), Image.Resampling.BICUBIC))
    inner = np.s_[margin:-margin, margin:-margin]
    np.testing.assert_allclose(ours[inner], theirs[inner], atol=1e-5)


@pytest.mark.parametrize("offset", [(-148.8, -148.8), (-143.1, -157.7)])
def test_a_ramp_in_map_coordinates_stays_the_same_ramp_at_every_level(make, offset):
    lr_grid = make.grid(*offset, 10, 40, 40)
    sr_grid = make.grid(0, 0, 1.6, 64, 64)  # 102.4 m: 10.24 LR pixels
    windows = footprint_windows(lr_grid, sr_grid)
    for level, window in enumerate(windows.levels):
        stride = 2**level
        there = apply_window(ramp(*centres(lr_grid, stride)), window)
        np.testing.assert_allclose(there, ramp(*centres(sr_grid, stride)), atol=1e-5)


def test_down_gives_the_lr_pixels_inside_the_footprint_at_their_true_places(make):
    lr_grid = make.grid(-143.0, -150.0, 10, 40, 40)
    sr_grid = make.grid(0, 0, 1.6, 64, 64)
    windows = footprint_windows(lr_grid, sr_grid)
    # columns begin at 14.3 and end at 24.54; rows at 15 and 25.24
    assert windows.inside == (slice(15, 25), slice(15, 24))
    back = apply_window(ramp(*centres(sr_grid)), windows.down)
    expected = ramp(*centres(lr_grid))[windows.inside]
    assert back.shape == expected.shape
    # 2 LR pixels of kernel reach over the edge, where a ramp does not go on. A sampled kernel whose
    # stretch is no whole number keeps a ramp to some 1e-4 of an LR pixel: 0.1 here.
    np.testing.assert_allclose(back[2:-2, 2:-2], expected[2:-2, 2:-2], atol=5e-5)


def test_down_removes_what_the_lr_grid_cannot_carry(make):
    windows = footprint_windows(make.grid(-150, -150, 10, 40, 40), make.grid(0, 0, 1.6, 64, 64))
    stripes = np.tile([0.0, 1.0], 32)[None, :].repeat(64, 0)
    # the outermost pixels see the last stripe repeated
    np.testing.assert_allclose(apply_window(stripes, windows.down)[:, 2:-2], 0.5, atol=1e-3)


def test_down_leaves_of_the_finest_pattern_what_the_satellite_leaves(make):
    """The modulation transfer at the Nyquist frequency of each band's own pixels, as measured."""
    sr_grid = make.grid(0, 0, 1, 400, 400)
    x, _ = centres(sr_grid)
    for bands, metres, left in ((("B4", "B8"), 20.0, 0.26), (("B5",), 40.0, 0.24)):
        windows = footprint_windows(make.grid(0, 0, 10, 40, 40), sr_grid, bands)
        wave = np.cos(2 * np.pi * (x - 5) / metres)[None, :].repeat(400, 0)
        found = apply_window(wave, windows.down)[:, 10:-10]
        assert np.abs(found).max() == pytest.approx(left, abs=1e-3)


def test_each_band_has_its_point_spread(make):
    grids = make.grid(-143, -150, 10, 40, 40), make.grid(0, 0, 1.6, 64, 64)
    image = np.random.default_rng(0).normal(size=(2, 3, 64, 64)).astype(np.float32)
    found = apply_window(image, footprint_windows(*grids, ("B2", "B5", "B8")).down)
    for channel, band in enumerate(("B2", "B5", "B8")):
        alone = apply_window(image[:, channel], footprint_windows(*grids, (band,)).down)
        np.testing.assert_allclose(found[:, channel], alone, atol=1e-6)


def test_a_pixel_that_overhangs_by_less_than_a_hundredth_counts_as_inside(make):
    sr_grid = make.grid(0, 0, 1.6, 25, 25)  # 40 m
    inside = footprint_windows(make.grid(-0.09, -0.11, 10, 5, 5), sr_grid).inside
    assert inside == (slice(1, 4), slice(0, 4))


def test_a_tile_smaller_than_an_lr_pixel_holds_none(make):
    windows = footprint_windows(make.grid(-13, -13, 10, 4, 4), make.grid(0, 0, 1.6, 3, 3))
    assert windows.down.rows.shape == (0, 3)
    assert windows.up.rows.shape == (3, 0)


def test_an_odd_crop_has_as_many_level_pixels_as_the_strided_convolutions(make):
    windows = footprint_windows(make.grid(0.4, 0.4, 10, 6, 6), make.grid(0, 0, 1.6, 38, 38))
    shapes = [window.rows.shape for window in windows.levels]
    assert shapes == [(38, 6), (19, 3), (10, 2)]


def test_an_absent_month_stays_nan_and_leaves_the_others_alone(make):
    windows = footprint_windows(make.grid(-148.8, -148.8, 10, 40, 40), make.grid(0, 0, 1.6, 64, 64))
    image = np.ones((3, 2, 40, 40), np.float32)
    image[1] = np.nan
    out = apply_window(image, windows.levels[0])
    assert out.shape == (3, 2, 64, 64)
    assert np.isnan(out[1]).all()
    np.testing.assert_allclose(out[[0, 2]], 1, atol=1e-6)


def test_up_brings_the_lr_pixels_inside_back_to_their_true_places(make):
    lr_grid = make.grid(-143.0, -150.0, 10, 40, 40)
    sr_grid = make.grid(0, 0, 1.6, 64, 64)
    windows = footprint_windows(lr_grid, sr_grid)
    there = apply_window(ramp(*centres(lr_grid))[windows.inside], windows.up)
    # 2 LR pixels of kernel and up to 0.8 that lie outside: there the last pixel is repeated
    inner = np.s_[16:-16, 16:-16]
    np.testing.assert_allclose(there[inner], ramp(*centres(sr_grid))[inner], atol=1e-5)
    np.testing.assert_allclose(windows.up.rows.sum(1), 1, atol=1e-6)


def test_up_after_down_keeps_a_slow_wave_and_removes_a_fast_one(make):
    windows = footprint_windows(make.grid(-150, -150, 10, 40, 40), make.grid(0, 0, 1.6, 64, 64))
    x, _ = centres(make.grid(0, 0, 1.6, 64, 64))

    def through(wavelength: float) -> np.ndarray:
        wave = np.sin(2 * np.pi * (x - x[0]) / wavelength)[None, :].repeat(64, 0)
        back = apply_window(apply_window(wave, windows.down), windows.up)
        return np.std(back[:, 16:-16]) / np.std(wave[:, 16:-16])

    assert through(80.0) > 0.9
    assert through(5.0) < 0.05


def test_coarsening_keeps_a_ramp_at_the_centres_of_the_coarser_grid(make):
    fine = make.grid(0, 0, 0.2, 96, 160)
    coarse = apply_window(ramp(*centres(fine)), coarsening_window(96, 160))
    assert coarse.shape == (12, 20)
    # two of its pixels of kernel reach over the edge
    expected = ramp(*centres(fine.coarser()))
    np.testing.assert_allclose(coarse[2:-2, 2:-2], expected[2:-2, 2:-2], atol=1e-5)


def test_coarsening_removes_what_the_coarser_grid_cannot_carry():
    # of 5 pixels: without antialiasing every coarser pixel would see its own part of them
    stripes = (np.arange(128) % 5 == 0)[None, :].repeat(128, 0).astype(np.float64)
    coarse = apply_window(stripes, coarsening_window(128, 128))
    np.testing.assert_allclose(coarse[:, 2:-2], 0.2, atol=5e-3)
