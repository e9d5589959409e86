"""Guided upsampling against a literal one, and what it does where image and series disagree."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lcapp.families.tsrdiff.chain import seen_by_denoiser
from lcapp.prepare import (
    InputSpec,
    aerial_on_sr,
    apply_window,
    footprint_windows,
    guide_channels,
    guided,
    prepare,
    unguided,
)
from lcapp.prepare.guide import FLATTEST, RIDGE, ROUNDS
from lcapp.types import Prepared
from tests.scenes import with_parts

SPEC = InputSpec()


@pytest.fixture
def ready(make) -> Prepared:
    """Fields of 12.8 m in the aerial image; months of a series that need not agree with them."""
    random = np.random.default_rng(0)
    scene = make.scene(make.series(["2021-03-04", "2021-06-09", "2021-07-03"]))
    fields = random.integers(20, 236, (4, 8, 8)).astype(np.uint8)
    pixels = fields.repeat(64, 1).repeat(64, 2)
    heights = random.uniform(0, 20, (8, 8)).repeat(64, 0).repeat(64, 1).astype(np.float32)
    series = scene.sentinel2
    values = (series.values * random.uniform(0.5, 1.5, series.values.shape)).astype(np.float32)
    aerial = replace(scene.aerial, pixels=pixels)
    return prepare(
        with_parts(scene, aerial=aerial, series=replace(series, values=values), ndsm=heights), SPEC
    )


def seen_by_the_satellite(ready: Prepared, truth: np.ndarray) -> Prepared:
    """The scene whose months inside the footprint are D(truth), M C Hs Ws."""
    series = ready.series.copy()
    rows, cols = ready.windows.inside
    series[..., rows, cols] = apply_window(truth, ready.windows.down)
    return replace(ready, series=series)


def linear(ready: Prepared) -> np.ndarray:
    """M C Hs Ws, months that are other mixtures of the aerial bands each; absent ones too."""
    random = np.random.default_rng(1)
    aerial = aerial_on_sr(ready)
    mixtures = random.uniform(-0.3, 0.3, (12, 4, len(aerial)))
    return np.einsum("mca,ahw->mchw", mixtures, aerial).astype(np.float32) - 0.4


def literal(ready: Prepared, month: int, band: int) -> tuple[np.ndarray, float]:
    """x_u and what the regression adds to it, before any back-projection; and the agreement."""
    windows, aerial = ready.windows, aerial_on_sr(ready).astype(np.float64)
    rows, cols = windows.inside
    y = ready.series[month, band, rows, cols].ravel().astype(np.float64)
    low = [windows.down.rows @ image @ windows.down.cols.T for image in aerial]
    X = np.stack([image.ravel() - image.mean() for image in low], axis=1)
    scale = X.std(axis=0) + FLATTEST
    A = np.concatenate([X / scale, np.sqrt(RIDGE * len(y)) * np.eye(5)])
    b, *_ = np.linalg.lstsq(A, np.concatenate([y - y.mean(), np.zeros(5)]), rcond=None)
    left = y - y.mean() - X / scale @ b
    adjusted = 1 - (left @ left / (len(y) - 6)) / ((y - y.mean()) @ (y - y.mean()) / (len(y) - 1))
    share = min(max(adjusted, 0.0), 1.0)
    x_u = windows.levels[0].rows @ ready.series[month, band] @ windows.levels[0].cols.T
    # As x_u is, what the satellite sees of the image is brought up from beyond the footprint.
    wide = footprint_windows(ready.lr_grid, ready.sr_grid, beyond=1.0)
    assert [axis.stop - axis.start for axis in wide.inside] == [12, 12]
    for image, weight in zip(aerial, b / scale, strict=True):
        coarse = wide.down.rows @ image @ wide.down.cols.T
        x_u = x_u + share * weight * (image - wide.up.rows @ coarse @ wide.up.cols.T)
    return x_u, share


def test_it_is_a_ridge_regression_at_10_m_applied_to_the_detail_at_1_6_m(ready):
    ready = seen_by_the_satellite(ready, linear(ready) + 0.1 * np.sin(np.arange(64) / 5))
    found = guided(ready)
    rows, cols = ready.windows.inside
    for month in (2, 5, 6):
        images, shares = zip(*(literal(ready, month, band) for band in range(4)), strict=True)
        image, measured = np.stack(images), ready.series[month][:, rows, cols]
        for _ in range(ROUNDS):
            lacking = measured - apply_window(image, ready.windows.down)
            image = image + apply_window(lacking, ready.windows.up)
        np.testing.assert_allclose(found.agreement[month], shares, atol=1e-4)
        np.testing.assert_allclose(found.image[month], image, atol=2e-4)


def test_what_the_aerial_image_explains_is_found_at_its_own_detail(ready):
    truth = linear(ready)
    ready = seen_by_the_satellite(ready, truth)
    found, bicubic = guided(ready), unguided(ready).image
    inner = np.s_[:, :, 12:-12, 12:-12]
    present = ready.present
    errors = [np.square(image - truth)[present][inner].mean() for image in (found.image, bicubic)]
    assert errors[0] < 0.1 * errors[1]
    assert found.agreement[present].min() > 0.95


def test_a_month_that_the_aerial_image_does_not_explain_stays_bicubic(ready):
    """Ten thousand pixels would tell; a hundred of noise have a tenth in common by chance."""
    plain = unguided(ready).image
    found = guided(ready)
    present = ready.present
    assert found.agreement[present].max() < 0.25
    rows, cols = ready.windows.inside
    brought = plain[present]
    for _ in range(ROUNDS):
        lacking = ready.series[present][..., rows, cols] - apply_window(brought, ready.windows.down)
        brought = brought + apply_window(lacking, ready.windows.up)
    added = np.square(found.image[present] - brought).mean()
    assert added < 0.02 * np.square(brought - brought.mean()).mean()


def test_a_month_of_one_value_and_one_under_snow_stay_what_they_are(ready):
    truth = linear(ready)
    truth[2], truth[5] = -0.3, 1.8
    series = seen_by_the_satellite(ready, truth).series
    series[2], series[5] = -0.3, 1.8
    found = guided(replace(ready, series=series))
    np.testing.assert_allclose(found.image[2], -0.3, atol=1e-5)
    np.testing.assert_allclose(found.image[5], 1.8, atol=1e-5)
    assert not found.agreement[[2, 5]].any()


def test_a_band_that_the_scene_lacks_has_no_say(ready):
    flat = ready.aerial.copy()
    flat[4] = -1.0
    lacking = replace(ready, aerial=flat)
    random = replace(ready, aerial=np.concatenate([flat[:4], np.full_like(flat[4:], 0.7)]))
    np.testing.assert_allclose(guided(lacking).image, guided(random).image, atol=1e-6)


def test_a_tile_with_fewer_pixels_than_unknowns_is_bicubic(make):
    scene = make.scene(make.series(["2021-07-03"]), side=128)  # 2.56 pixels of the series wide
    found = guided(prepare(scene, SPEC))
    assert found.agreement[6].tolist() == [0, 0, 0, 0]


def test_absent_months_are_absent_and_leave_the_others_alone(ready):
    found = guided(ready)
    absent = ~ready.present
    for values in (found.image, found.agreement):
        assert np.isnan(values[absent]).all()
        assert np.isfinite(values[~absent]).all()


def test_a_denoiser_sees_image_detail_flight_month_and_gain_in_units_of_about_one(ready):
    ready = seen_by_the_satellite(ready, linear(ready))
    found, plain = guided(ready), unguided(ready)
    aerial = aerial_on_sr(ready)
    months = [torch.from_numpy(one[2:3]) for one in (plain.image, found.image)]
    seen = seen_by_denoiser(torch.from_numpy(found.place)[None], *months).numpy()
    assert seen.shape == (1, guide_channels(5, 4), 64, 64)
    image, (flight, month, gain) = seen[0, :5], np.split(seen[0, 10:], 3)
    np.testing.assert_allclose(image * 0.33, aerial, atol=1e-5)
    np.testing.assert_allclose(flight * 0.25, plain.image[6], atol=1e-5)  # flown on 1 July
    np.testing.assert_allclose(month * 0.25, plain.image[2], atol=1e-5)
    np.testing.assert_allclose(gain * 0.08, found.image[2] - plain.image[2], atol=1e-5)
    assert plain.place is None


def test_an_image_of_no_whole_number_of_sr_pixels_is_covered(make):
    scene = make.scene(make.series(["2021-07-03"]), side=300)
    ready = prepare(scene, SPEC)
    assert aerial_on_sr(ready).shape == (5, 38, 38)
    assert np.isfinite(guided(ready).image[6]).all()
