"""Plain pairs: an aerial GeoTIFF with a series as .npy or GeoTIFF."""

import datetime as dt

import numpy as np
import pytest
from affine import Affine

from lcapp.errors import SceneError
from lcapp.scene.collection import open_collection
from lcapp.scene.pairs import read_pair

X, Y = 800_000.0, 6_500_000.0
TEN = ("B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B11", "B12")


def read(pair):
    return open_collection(pair.folder).scene("a")


def test_npy_is_centred_and_its_numbers_kept(pair):
    scene = read(pair.write())
    assert scene.sentinel2.bands == ("B4", "B3", "B2", "B8")
    assert scene.sentinel2.dates == (
        dt.date(2021, 1, 10),
        dt.date(2021, 3, 14),
        dt.date(2021, 7, 1),
    )
    np.testing.assert_array_equal(
        scene.sentinel2.values.ravel(), np.arange(1000, 1000 + 192, dtype=np.float32)
    )
    # Centre of a 12.8 m image, minus half of 4 x 10 m.
    assert scene.sentinel2.grid.transform == Affine(10, 0, X + 6.4 - 20, 0, -10, Y - 6.4 + 20)
    assert scene.aerial.bands == ("red", "green", "blue", "nir")
    assert (scene.sentinel2.cloud, scene.ndsm, scene.reference) == (None, None, None)


def test_ten_bands_are_named_in_the_data_sets_order(pair):
    pair.write(np.ones((3, 10, 4, 4), np.uint16))
    assert read(pair).sentinel2.bands == TEN


def test_three_band_aerial_lacks_near_infrared(pair, make):
    pair.write()
    make.tif(pair.aerial, make.pixels(3))
    assert read(pair).aerial.bands == ("red", "green", "blue")


def test_described_bands_are_taken_by_name(pair, make):
    pair.write()
    pixels = make.pixels(4)
    make.tif(pair.aerial, pixels, descriptions=("NIR", "red", "green", "ndvi"))
    aerial = read(pair).aerial
    assert aerial.bands == ("nir", "red", "green")
    np.testing.assert_array_equal(aerial.pixels, pixels[:3])


def test_opaque_alpha_is_not_near_infrared(pair, make):
    pair.write()
    pixels = make.pixels(4)
    pixels[3] = 255
    make.tif(pair.aerial, pixels, photometric="RGB", alpha="YES")
    assert read(pair).aerial.bands == ("red", "green", "blue")


def test_nan_stays_nan_and_zero_in_all_bands_is_no_datum(pair):
    series = np.full((3, 4, 4, 4), 1500, np.float32)
    series[0, 1, 2, 3] = np.nan
    series[1, :, 0, 0] = 0
    series[2, 0, 0, 0] = 0
    got = read(pair.write(series)).sentinel2.values
    wanted = series.copy()
    wanted[1, :, 0, 0] = np.nan
    np.testing.assert_array_equal(got, wanted)


def test_series_of_nan_alone_is_read(pair):
    scene = read(pair.write(np.full((3, 4, 4, 4), np.nan, np.float32)))
    assert np.isnan(scene.sentinel2.values).all()


def test_reflectance_becomes_digital_numbers_and_is_said(pair):
    scene = read(pair.write(np.full((3, 4, 4, 4), 0.31, np.float32)))
    assert scene.sentinel2.values == pytest.approx(3100)
    assert any("reflectance" in note for note in scene.notes)


def test_product_names_bring_the_offset(pair):
    pair.dates = [
        "S2B_MSIL2A_20220301T104859_N0400_R051_T31TDL_20220301T134629.SAFE",
        "2021-03-14",
        "2021-07-01",
    ]
    series = read(pair.write()).sentinel2
    assert series.dates[0] == dt.date(2022, 3, 1)
    np.testing.assert_array_equal(series.offsets, [1000, 0, 0])


def test_masks_are_snow_and_cloud(pair):
    pair.write()
    masks = np.zeros((3, 2, 4, 4), np.uint8)
    masks[:, 0], masks[:, 1] = 7, 90
    pair.masks(masks)
    series = read(pair).sentinel2
    assert (series.snow == 7).all()
    assert (series.cloud == 90).all()


@pytest.mark.parametrize(
    ("series", "sentence"),
    [
        (np.ones((3, 5, 4, 4), np.uint16), "has 5 bands"),
        (np.ones((2, 4, 4, 4), np.uint16), "has 2 images for 3 dates"),
        (np.ones((4, 4, 4, 4), np.uint16), "has 4 images for 3 dates"),
        (np.ones((0, 4, 4, 4), np.uint16), "empty series"),
        (np.ones((3, 4, 4), np.uint16), "has 3 dimensions"),
        (np.ones((3, 4, 1, 1), np.uint16) > 0, "no array of numbers"),
    ],
)
def test_series_that_cannot_be_used(pair, series, sentence):
    with pytest.raises(SceneError, match=sentence):
        read(pair.write(series))


def test_series_smaller_than_the_aerial_image(pair, make):
    pair.write()
    make.tif(pair.aerial, make.pixels(side=512))
    with pytest.raises(SceneError, match="expected the aerial image"):
        read(pair)


@pytest.mark.parametrize("shape", [(3, 2, 5, 4), (2, 2, 4, 4), (3, 1, 4, 4), (3, 4, 4)])
def test_masks_of_another_size(pair, shape):
    pair.write()
    pair.masks(np.zeros(shape, np.uint8))
    with pytest.raises(SceneError, match=r"masks have the shape .*expected \(3, 2, 4, 4\)"):
        read(pair)


def test_masks_beyond_percent(pair):
    pair.write()
    pair.masks(np.full((3, 2, 4, 4), 255, np.uint8))
    with pytest.raises(SceneError, match="0 to 100"):
        read(pair)


def test_truncated_npy(pair, make):
    pair.write()
    make.truncate(pair.series)
    with pytest.raises(SceneError, match=r"a_series\.npy.*truncated"):
        read(pair)


def test_pickled_npy_is_refused(pair):
    pair.write()
    np.save(pair.series, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(SceneError, match="no plain NumPy array"):
        read(pair)


def test_line_that_is_no_date(pair):
    pair.dates[1] = "14 March"
    with pytest.raises(SceneError, match=r"line 2 is no date: '14 March'"):
        read(pair.write())


def test_npy_without_dates(pair):
    pair.write()
    (pair.folder / "a_dates.txt").unlink()
    with pytest.raises(SceneError, match="has no dates"):
        read(pair)


def test_labels_and_heights_on_the_aerial_grid(pair, make):
    pair.write()
    labels = np.tile(np.arange(1, 20, dtype=np.uint8), 64 * 64)[: 64 * 64].reshape(1, 64, 64)
    make.tif(pair.folder / "a_labels.tif", labels)
    make.tif(pair.folder / "a_ndsm.tif", np.full((1, 64, 64), 7.5, np.float32))
    header, scene = open_collection(pair.folder).header("a"), read(pair)
    assert header.has_reference
    assert header.has_ndsm
    assert (scene.ndsm == 7.5).all()
    np.testing.assert_array_equal(
        scene.reference.labels[0, :19], [*range(12), 12, 12, 12, 12, 12, 12, 12]
    )


@pytest.mark.parametrize("value", [0, 20])
def test_label_value_out_of_range(pair, make, value):
    pair.write()
    make.tif(pair.folder / "a_labels.tif", np.full((1, 64, 64), value, np.uint8))
    with pytest.raises(SceneError, match=f"label value {value} .*values 1 to 19"):
        read(pair)


def test_companion_of_another_size_or_place(pair, make):
    pair.write()
    path = pair.folder / "a_labels.tif"
    make.tif(path, np.ones((1, 63, 64), np.uint8))
    with pytest.raises(SceneError, match="63 x 64 pixels"):
        read(pair)
    make.tif(path, np.ones((1, 64, 64), np.uint8), transform=Affine(0.2, 0, X + 1, 0, -0.2, Y))
    with pytest.raises(SceneError, match="does not lie where"):
        read(pair)


def test_heights_with_gaps_are_refused(pair, make):
    pair.write()
    heights = np.full((1, 64, 64), 3, np.float32)
    heights[0, 5, 5] = -9999
    make.tif(pair.folder / "a_ndsm.tif", heights, nodata=-9999)
    with pytest.raises(SceneError, match="no height in 1 of 4096 pixels"):
        read(pair)


def test_read_pair_takes_paths_as_text(pair):
    pair.write()
    scene = read_pair(str(pair.aerial), str(pair.series), str(pair.folder / "a_dates.txt"))
    assert scene.id == "a"
    assert scene.collection == pair.folder.name
    assert len(scene.sentinel2.dates) == 3


def test_aerial_without_a_series(pair):
    pair.write()
    scene = read_pair(pair.aerial, None)
    assert scene.sentinel2 is None
    assert any("no series" in note for note in scene.notes)
