import datetime as dt

import numpy as np
import pytest

from lcapp.errors import SceneError
from lcapp.prepare import (
    InputSpec,
    crop_to_tile,
    prepare,
    scale,
    to_digital_numbers,
    to_reflectance,
    unscale,
)
from lcapp.scene.collection import open_collection
from lcapp.types import CloudRule

SPEC = InputSpec()
TWO = ["2021-04-11", "2021-08-15"]


def test_a_summer_meadow_survives_the_scaling_and_its_inverse():
    meadow = np.array([0.5, 0.03, 0.75, np.nan], np.float32)
    for band in ("B8", "B4"):
        there = scale(meadow, SPEC.scaling(band))
        np.testing.assert_allclose(unscale(there, SPEC.scaling(band)), meadow, atol=1e-6)
    np.testing.assert_allclose(
        scale(np.array([0.0, 0.3, 0.6, 0.9]), SPEC.scaling("B8")), [-1, 0, 1, 2]
    )


def test_reflectance_and_digital_numbers_are_inverse():
    numbers = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2) * 400
    offsets = np.array([0, 1000], np.float32)
    reflectance = to_reflectance(numbers, offsets)
    assert reflectance[1, 0, 0, 0] == pytest.approx((4800 - 1000) / 10000)
    np.testing.assert_allclose(to_digital_numbers(reflectance, offsets), numbers, atol=1e-2)


def test_a_scene_becomes_what_the_network_takes(make):
    prepared = prepare(make.scene(make.series(TWO, cloud=[0, 0])), SPEC)
    assert prepared.aerial.shape == (5, 512, 512)
    assert prepared.aerial.dtype == np.float32
    # red 255, green 0, near infrared 51 of 255
    np.testing.assert_allclose(prepared.aerial[[0, 1, 3], 9, 9], [1, -1, -0.6], atol=1e-6)
    assert prepared.series.shape == (12, 4, 40, 40)
    # B4 0.07, B3 0.06, B2 0.05 of 0.3, B8 0.40 of 0.6, in the bundle's order
    np.testing.assert_allclose(
        prepared.series[3, :, 0, 0], [-0.5333333, -0.6, -0.6666667, 0.3333333], atol=1e-6
    )
    assert prepared.present.nonzero()[0].tolist() == [3, 7]
    assert np.isnan(prepared.series[~prepared.present]).all()
    assert (prepared.sr_grid.height, prepared.sr_grid.gsd) == (64, 1.6)


def test_days_are_counted_from_the_aerial_image(make):
    prepared = prepare(make.scene(make.series(TWO, cloud=[0, 0])), SPEC)
    assert prepared.day_offsets[[3, 7]].tolist() == [-81, 45]
    assert np.isnan(prepared.day_offsets[~prepared.present]).all()


def test_an_unknown_flight_date_is_assumed_in_the_year_of_the_series_and_said(make):
    scene = make.scene(make.series(["2019-06-30", "2019-07-03", "2018-01-01"], cloud=[0] * 3))
    scene = make.with_parts(scene, aerial=make.replace(scene.aerial, date=None))
    prepared = prepare(scene, SPEC)
    assert prepared.day_offsets[5] == -1
    assert any("2019-07-01 is assumed" in note for note in prepared.notes)
    assert any("2018 to 2019" in note for note in prepared.notes)


def test_a_missing_height_band_holds_its_neutral_value(make):
    spec = make.replace(SPEC, neutral=(("ndsm", 5.1),))
    prepared = prepare(make.scene(make.series(TWO, cloud=[0, 0])), spec)
    assert prepared.neutral_bands == ("ndsm",)
    np.testing.assert_allclose(prepared.aerial[4], -0.8, atol=1e-6)


def test_a_height_band_in_metres_is_used(make):
    scene = make.scene(make.series(TWO, cloud=[0, 0]))
    prepared = prepare(make.with_parts(scene, ndsm=np.full((512, 512), 25.5, np.float32)), SPEC)
    assert prepared.neutral_bands == ()
    np.testing.assert_allclose(prepared.aerial[4], 0, atol=1e-6)


def test_a_missing_band_is_refused_by_name(make):
    scene = make.scene(make.series(TWO, cloud=[0, 0]))
    aerial = make.replace(
        scene.aerial, pixels=scene.aerial.pixels[:3], bands=("red", "green", "blue")
    )
    with pytest.raises(SceneError, match=r"no band 'nir'.*red, green, blue, nir, ndsm"):
        prepare(make.with_parts(scene, aerial=aerial), SPEC)
    with pytest.raises(SceneError, match=r"no band B11.*B2, B11"):
        prepare(scene, make.replace(SPEC, series_bands=("B2", "B11")))


def test_no_series_is_refused(make):
    with pytest.raises(SceneError, match="no Sentinel-2 series"):
        prepare(make.scene(None), SPEC)


def test_no_clear_date_names_the_clearest_and_what_would_admit_it(make):
    scene = make.scene(make.series(["2021-01-01", "2021-06-05"], cloud=[0.9, 0.404]))
    with pytest.raises(SceneError, match=r"2021-06-05, has 40\.4 %.* 41 % would admit"):
        prepare(scene, SPEC)
    assert prepare(scene, SPEC, CloudRule(max_cover_percent=41)).present.sum() == 1


def test_a_pixel_without_any_data_is_refused(make):
    series = make.series(TWO, cloud=[0, 0])
    series.values[:, :, 3, 3] = np.nan
    with pytest.raises(SceneError, match="no month has clear data"):
        prepare(make.scene(series), SPEC)


def test_missing_masks_are_said(make):
    prepared = prepare(make.scene(make.series(TWO)), SPEC)
    assert any("no cloud or snow mask" in note for note in prepared.notes)


def test_cloud_beyond_the_crop_does_not_cost_a_date(make):
    series = make.series(TWO, side=60, cloud=[0.1, 0], left=-248.8, top=-248.8)  # six rows
    prepared = prepare(make.scene(series), SPEC)
    assert prepared.present.sum() == 2
    assert (prepared.lr_grid.height, prepared.lr_grid.width) == (40, 40)


@pytest.mark.parametrize(
    ("left", "side", "tile", "expected"),
    [
        (-248.8, 60, 512, (-148.8, 40)),  # centred
        (-251.7, 60, 512, (-151.7, 40)),  # to the nearest whole pixel
        (-30.0, 60, 512, (-30.0, 28)),  # the series ends: fewer on that side
        (0.4, 6, 304, (0.4, 6)),  # TreeSatAI: 60 m of 60.8 m
        (-100.0, 80, 2500, (0.0, 50)),  # a tile of 500 m is covered as a whole
    ],
)
def test_the_crop_is_forty_pixels_centred_on_the_tile(make, left, side, tile, expected):
    series = make.series(TWO, side=side, left=left, top=left)
    cropped = crop_to_tile(series, make.grid(0, 0, 0.2, tile, tile))
    assert cropped.grid.transform.c - 600_000 == pytest.approx(expected[0], abs=1e-6)
    assert 6_600_000 - cropped.grid.transform.f == pytest.approx(expected[0], abs=1e-6)
    assert cropped.values.shape[2:] == (expected[1], expected[1])
    assert (cropped.grid.height, cropped.grid.width) == (expected[1], expected[1])


def test_a_series_of_another_place_or_crs_is_refused(make):
    series = make.series(TWO, left=11.0)
    with pytest.raises(SceneError, match=r"ends 1\.1 of its pixels inside"):
        prepare(make.scene(series), SPEC)
    series = make.series(TWO)
    with pytest.raises(SceneError, match="EPSG:32631"):
        prepare(
            make.scene(make.replace(series, grid=make.replace(series.grid, crs="EPSG:32631"))), SPEC
        )


def test_real_scenes(treesat_folder):
    collection = open_collection(treesat_folder)
    for name in collection.ids:
        prepared = prepare(collection.scene(name), SPEC)
        present = prepared.present
        assert present.any()
        assert prepared.neutral_bands == ("ndsm",)
        assert np.isfinite(prepared.series[present]).all()
        b8 = unscale(prepared.series[present, 3], SPEC.scaling("B8"))
        assert 0.02 < b8.min() < b8.max() < 0.7
        # 60 m of series under 60.8 m of image: all six pixels are inside
        assert prepared.windows.inside == (slice(0, 6), slice(0, 6))
        for month, offset in zip(prepared.months, prepared.day_offsets, strict=True):
            assert month.present == bool(np.isfinite(offset))
            if month.date is not None:
                assert (
                    dt.date.toordinal(month.date) - offset
                    == dt.date(month.date.year, 7, 1).toordinal()
                )
