"""What numbers mean: decided once for a file by most of them, stated by hand, fill left out."""

import numpy as np
import pytest
import rasterio
from affine import Affine

from lcapp.errors import SceneError
from lcapp.scene.collection import open_collection
from lcapp.scene.pairs import read_pair
from lcapp.scene.units import Tags, mask_unit, series_unit
from lcapp.scene.zone.image import open_zone
from lcapp.types import Units

SHAPE = (3, 4, 4, 4)


def reflectance(dtype=np.float32):
    return np.random.default_rng(5).uniform(0.02, 0.4, SHAPE).astype(dtype)


def read(pair, **units):
    return open_collection(pair.folder, Units(**units)).scene("a")


def test_one_glint_does_not_make_digital_numbers_of_reflectance(pair):
    values = reflectance()
    values[1, 0, 0, 0] = 2.31
    scene = read(pair.write(values))
    np.testing.assert_allclose(scene.sentinel2.values, values * 10000, rtol=1e-6)
    assert any("holds reflectance" in note for note in scene.notes)


def test_a_dark_corner_of_digital_numbers_is_no_reflectance(pair, make):
    """Of floats, as the unit is decided by all of the file and not by the window that is read."""
    values = np.full((3, 4, 80, 80), 1500, np.float32)
    values[:, :, :, :24] = 1.0
    pair.write(values)
    make.tif(pair.aerial, make.pixels(4, 3500)[:, :64])  # 700 m from west to east
    zone = open_zone(pair.aerial, pair.series, pair.folder / "a_dates.txt")
    west = zone.scene(slice(0, 64), slice(0, 64)).sentinel2
    east = zone.scene(slice(0, 64), slice(3400, 3464)).sentinel2
    assert west.values.min() == 1.0  # all of it is dark
    assert west.values.max() == 1.0
    assert (east.values == 1500).all()
    assert any("digital numbers" in note for note in zone.notes)


@pytest.mark.parametrize(
    ("fill", "dtype", "scale"),
    [
        (-9999, np.int16, 10000),
        (65535, np.uint16, 10000),
        (-32768, np.int16, 10000),
        (-9999, np.float32, 1),
        (np.finfo(np.float32).min, np.float32, 1),
        (0, np.float32, 1),
        (0, np.uint16, 10000),
        (1e38, np.float64, 1),
    ],
)
def test_fill_that_no_tag_declares_is_no_datum_and_is_said(pair, fill, dtype, scale):
    right = (reflectance(np.float64) * scale).astype(dtype)
    values = right.copy()
    values[1] = fill
    scene = read(pair.write(values))
    found = scene.sentinel2.values
    assert np.isnan(found[1]).all()
    np.testing.assert_allclose(
        found[[0, 2]], right[[0, 2]].astype(np.float64) * 10000 / scale, rtol=1e-6
    )
    assert any("left out" in note for note in scene.notes)


def test_scale_and_offset_are_applied_and_take_the_place_of_the_products(pair, make):
    pair.write()
    pair.series.unlink()
    numbers = np.random.default_rng(5).integers(1200, 5000, (12, 4, 4)).astype(np.uint16)
    corner = Affine(10, 0, 800_000 + 6.4 - 20, 0, -10, 6_500_000 - 6.4 + 20)
    path = make.tif(pair.folder / "a_series.tif", numbers, transform=corner)
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (0.0001,) * 12, (-0.1,) * 12
    products = "S2B_MSIL2A_2021{}T104859_N{}_R051_T31TDL_20220301T134629.SAFE"
    pair.dates = [products.format(day, "0400") for day in ("0110", "0314", "0701")]
    pair.write_dates()
    scene = read(pair)
    np.testing.assert_allclose(
        scene.sentinel2.values.reshape(12, 4, 4), numbers - 1000.0, atol=0.01
    )
    assert not scene.sentinel2.offsets.any()
    assert any("scale 0.0001, offset -0.1" in note for note in scene.notes)
    pair.dates[1] = products.format("0314", "0300")
    pair.write_dates()
    with pytest.raises(SceneError, match=r"tags take off 1000.*as the product names tell"):
        read(pair)
    with rasterio.open(path, "r+") as file:
        file.offsets = (0.0,) * 12  # a scale alone says nothing of the offset
    scene = read(pair)
    assert scene.sentinel2.offsets.tolist() == [1000, 0, 1000]
    np.testing.assert_allclose(scene.sentinel2.values.reshape(12, 4, 4), numbers, atol=0.01)


def test_a_unit_that_is_stated_goes_before_what_the_values_seem_to_be(pair):
    values = reflectance() * 100
    with pytest.raises(SceneError, match=r"unit of the series is not told.*--series-unit"):
        read(pair.write(values))
    found = read(pair, series="percent")
    np.testing.assert_allclose(found.sentinel2.values, values * 100, rtol=1e-5)
    assert any("per cent, as stated" in note for note in found.notes)
    scene = read_pair(pair.aerial, pair.series, pair.folder / "a_dates.txt", units=Units("percent"))
    np.testing.assert_array_equal(scene.sentinel2.values, found.sentinel2.values)


def test_a_unit_that_the_values_contradict_is_refused_with_both(pair):
    with pytest.raises(SceneError, match=r"in reflectance as stated.*about 10"):
        read(pair.write(), series="reflectance")


def test_the_unit_of_the_bands_is_obeyed(tmp_path):
    ones, sample = np.ones((3, 4)), reflectance().reshape(3, 4, -1) * 100
    unit = series_unit(sample, tmp_path, tags=Tags(ones, ones * 0, frozenset({"%"})))
    assert unit.name == "percent"
    with pytest.raises(SceneError, match="have the unit W/m2"):
        series_unit(sample, tmp_path, tags=Tags(ones, ones * 0, frozenset({"W/m2"})))


@pytest.mark.parametrize(
    ("masks", "cloud"),
    [
        (np.array([0, 1, 1, 0], np.uint8), [0, 100, 100, 0]),
        (np.array([0, 1, 1, 0], bool), [0, 100, 100, 0]),
        (np.array([0, 0.25, 1, 0.5], np.float32), [0, 25, 100, 50]),
        (np.array([0, 255, 255, 0], np.uint8), [0, 100, 100, 0]),
        (np.array([0, 1, 60, 100], np.uint8), [0, 1, 60, 100]),
        (np.array([0, 7, 60, 255], np.uint8), [0, 7, 60, np.nan]),
        (np.array([0, 0, 0, 0], np.uint8), [0, 0, 0, 0]),
    ],
)
def test_masks_are_per_cent_shares_or_flags(pair, masks, cloud):
    whole = np.zeros((3, 2, 4, 4), masks.dtype)
    whole[:, 1] = masks[:, None]
    pair.write()
    pair.masks(whole)
    found = read(pair).sentinel2
    np.testing.assert_allclose(found.cloud[2, :, 0], cloud)
    assert not found.snow.any()


def test_the_unit_of_masks_can_be_stated_and_one_stray_value_decides_nothing(pair, tmp_path):
    pair.write()
    whole = np.zeros((3, 2, 4, 4), np.uint8)
    whole[:, 1, :2] = 1
    pair.masks(whole)
    assert read(pair, masks="percent").sentinel2.cloud.max() == 1
    shares = np.random.default_rng(0).uniform(0, 1, (50, 2, 6, 6)).astype(np.float32)
    shares[3, 1, 2, 2] = 57
    unit = mask_unit(shares, tmp_path)
    assert unit.factor == 100
    assert np.isnan(unit.percent(shares)[3, 1, 2, 2])
    assert any("57" in note for note in unit.notes)


@pytest.mark.parametrize(
    ("stored", "metres", "tags"),
    [
        (75, 7.5, {"scale": 0.1}),
        (750, 7.5, {"unit": "cm"}),
        (10, 3.048, {"unit": "ft"}),
        (10, 1.0, {"stated": "decimetres"}),
    ],
)
def test_scale_and_unit_of_heights_are_obeyed(pair, make, stored, metres, tags):
    pair.write()
    path = make.tif(pair.folder / "a_ndsm.tif", np.full((1, 64, 64), stored, np.int16))
    with rasterio.open(path, "r+") as file:
        if "scale" in tags:
            file.scales = (tags["scale"],)
        if "unit" in tags:
            file.set_band_unit(1, tags["unit"])
    scene = read(pair, heights=tags.get("stated", "auto"))
    np.testing.assert_allclose(scene.ndsm, metres, rtol=1e-6)


def test_a_unit_of_heights_that_is_not_known_is_refused(pair, make):
    pair.write()
    path = make.tif(pair.folder / "a_ndsm.tif", np.full((1, 64, 64), 3, np.int16))
    with rasterio.open(path, "r+") as file:
        file.set_band_unit(1, "fathom")
    with pytest.raises(SceneError, match="heights are in fathom"):
        read(pair)


@pytest.mark.parametrize("fill", [-9999, np.finfo(np.float32).min, 1e38, 32767, np.nan])
def test_fill_in_heights_is_no_height(pair, make, fill):
    pair.write()
    heights = np.full((1, 64, 64), 4, np.float32)
    heights[0, :7] = fill
    make.tif(pair.folder / "a_ndsm.tif", heights)
    with pytest.raises(SceneError, match="no height in 448 of 4096 pixels"):
        read(pair)
    pixels = make.pixels()
    pixels[:, :7] = 0
    make.tif(pair.aerial, pixels, nodata=0)  # nobody asks for heights where there is no image
    assert (read(pair).ndsm[7:] == 4).all()


def test_a_folder_states_its_units_and_a_person_goes_before_it(pair):
    values = reflectance() * 100
    (pair.write(values).folder / "UNITS.txt").write_text("Series: percent\n")
    found = open_collection(pair.folder)
    np.testing.assert_allclose(found.scene("a").sentinel2.values, values * 100, rtol=1e-5)
    by_hand = open_collection(pair.folder, Units(series="digital-numbers")).scene("a")
    np.testing.assert_allclose(by_hand.sentinel2.values, values, rtol=1e-5)
    assert found.fingerprint("a") != open_collection(pair.folder, Units("reflectance")).fingerprint(
        "a"
    )
    (pair.folder / "UNITS.txt").write_text("series: cubits\n")
    with pytest.raises(SceneError, match=r"UNITS\.txt: states 'series: cubits'.*'reflectance'"):
        open_collection(pair.folder)
