"""A series as a multi-band GeoTIFF with a place of its own."""

import datetime as dt

import numpy as np
import pytest
from affine import Affine

from lcapp.errors import SceneError
from lcapp.scene.collection import open_collection

X, Y = 800_000.0, 6_500_000.0

# The GeoTIFF series: 60 x 60 pixels whose corner is 300 m west and 280 m north of the aerial's.
LEFT, TOP = X - 300, Y + 280
S2_GRID = Affine(10, 0, LEFT, 0, -10, TOP)


def read(pair):
    return open_collection(pair.folder).scene("a")


def stack(dates=3, bands=4, side=60, dtype=np.uint16):
    """Value = 1000 + 100 row + column, plus 7 per layer."""
    rows, cols = np.indices((side, side))
    layers = np.arange(dates * bands)[:, None, None]
    return (1000 + 100 * rows + cols + 7 * layers).astype(dtype)


@pytest.fixture
def geo(pair, make):
    """Aerial image and GeoTIFF series without dates: write the series with `geo.tif`."""
    make.tif(pair.aerial, make.pixels())
    pair.tif = lambda values, **profile: make.tif(
        pair.folder / "a_series.tif", values, **{"transform": S2_GRID, **profile}
    )
    return pair


def test_geotiff_series_keeps_its_own_place_and_is_cropped(geo):
    values = stack()
    geo.tif(values)
    geo.write_dates()
    series = read(geo).sentinel2
    # The tile covers columns 30 and 31, rows 28 and 29; 16 more on each side.
    assert series.grid.transform == S2_GRID @ Affine.translation(14, 12)
    assert (series.grid.height, series.grid.width) == (34, 34)
    np.testing.assert_array_equal(series.values, values.reshape(3, 4, 60, 60)[:, :, 12:46, 14:48])


def test_geotiff_series_is_cut_at_its_edge(geo):
    geo.tif(stack(side=32))
    geo.write_dates()
    series = read(geo).sentinel2
    assert (series.grid.height, series.grid.width) == (20, 18)


def test_masks_are_cropped_with_the_geotiff_series(geo):
    geo.tif(stack())
    geo.write_dates()
    masks = np.zeros((3, 2, 60, 60), np.uint8)
    masks[1, 1, 28, 30] = 100
    geo.masks(masks)
    cloud = read(geo).sentinel2.cloud
    assert cloud.shape == (3, 34, 34)
    assert cloud[1, 16, 16] == 100
    assert cloud.sum() == 100
    geo.masks(masks[:, :, :34, :34])
    with pytest.raises(SceneError, match="masks have the shape"):
        read(geo)


def test_dates_and_bands_come_from_the_descriptions(geo):
    names = [f"2021-0{month}-14 {band}" for month in (3, 5) for band in ("B2", "B3", "B4", "B8")]
    geo.tif(stack(2), descriptions=names)
    series = read(geo).sentinel2
    assert series.dates == (dt.date(2021, 3, 14), dt.date(2021, 5, 14))
    assert series.bands == ("B2", "B3", "B4", "B8")


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (None, "8 of its 8 bands name no date"),
        (["2021-03-14 B4"] * 4 + ["2021-05-14 B4"] * 4, "has the bands B4, B4"),
        (
            [f"2021-03-14 {b}" for b in ("B4", "B3", "B2", "B8")]
            + [f"2021-05-14 {b}" for b in ("B3", "B4", "B2", "B11")],
            "do not give each date the same bands",
        ),
    ],
)
def test_descriptions_that_do_not_tell(geo, names, sentence):
    geo.tif(stack(2), descriptions=names)
    with pytest.raises(SceneError, match=sentence):
        read(geo)


ROTATED = ("B8", "B2", "B4", "B3")
DAYS = ("2021-01-10", "2021-03-14", "2021-07-01")


@pytest.mark.parametrize(
    "names",
    [
        [f"{day} {band}" for day in DAYS for band in ROTATED],
        [f"{day.replace('-', '')}_B0{band[1:]}" for day in DAYS for band in ROTATED],
        [
            f"{day.replace('-', '')}T105031_{day.replace('-', '')}T105029_T31TDL_{band}"
            for day in DAYS
            for band in ROTATED
        ],
        [f"{place}_{band}" for place in range(3) for band in ROTATED],
        [f"{colour}" for _ in DAYS for colour in ("PIR", "bleu", "Rouge", "vert")],
        [f"{band} {day}" for band in ROTATED for day in DAYS],  # all dates of a band first
    ],
)
def test_descriptions_win_over_the_usual_order_beside_a_file_of_dates(geo, names):
    """Each layer holds 1000 + 100 times its band + its date."""
    values = np.empty((12, 60, 60), np.uint16)
    for place, name in enumerate(names):
        colour = dict(zip(("PIR", "bleu", "Rouge", "vert"), ROTATED, strict=True)).get(name)
        band = colour or next(one for one in ROTATED if one in name.replace("B0", "B"))
        digits = name.replace("-", "")
        date = next((n for n, day in enumerate(DAYS) if day.replace("-", "") in digits), None)
        values[place] = 1000 + 100 * int(band[1:]) + (place // 4 if date is None else date)
    geo.tif(values, descriptions=names)
    geo.write_dates()
    series = read(geo).sentinel2
    assert series.dates == tuple(dt.date.fromisoformat(day) for day in DAYS)
    for date in range(3):
        for band, plane in zip(series.bands, series.values[date], strict=True):
            assert (plane == 1000 + 100 * int(band[1:]) + date).all()


def test_descriptions_of_other_days_than_the_file_of_dates_are_refused_with_both(geo):
    geo.tif(stack(), descriptions=[f"{day} {band}" for day in DAYS for band in ROTATED])
    geo.dates[1] = "2021-03-15"
    geo.write_dates()
    with pytest.raises(SceneError, match=r"3 dates, 2021-03-14.*dates file, 3, 2021-03-15"):
        read(geo)


def test_days_in_another_order_bring_their_offsets_along_and_are_refused_with_masks(geo):
    names = [
        f"S2B_MSIL2A_{day}T104859_N{base}_R051_T31TDL_{day}T134629"
        for day, base in (("20210110", "0400"), ("20210314", "0300"), ("20210701", "0300"))
    ]
    geo.dates = names
    geo.write_dates()
    turned = [f"{day} {band}" for day in DAYS[::-1] for band in ROTATED]
    geo.tif(stack(), descriptions=turned)
    series = read(geo).sentinel2
    assert series.dates[0] == dt.date(2021, 7, 1)
    assert series.offsets.tolist() == [0, 0, 1000]
    geo.masks(np.zeros((3, 2, 60, 60), np.uint8))
    with pytest.raises(SceneError, match="another order than the dates file"):
        read(geo)


def test_further_bands_are_left_out_and_said(geo):
    bands = (*ROTATED, "B1", "SCL")
    geo.tif(stack(bands=6), descriptions=[f"{day} {band}" for day in DAYS for band in bands])
    scene = read(geo)
    assert scene.sentinel2.bands == ROTATED
    np.testing.assert_array_equal(scene.sentinel2.values[1], stack(bands=6)[6:10, 12:46, 14:48])
    assert "Of its bands B1, SCL are not used." in scene.notes


def test_numbers_of_layers_say_nothing_and_a_wrong_word_is_refused(geo):
    geo.tif(stack(), descriptions=[f"Band {n}" for n in range(1, 13)])
    geo.write_dates()
    assert read(geo).sentinel2.bands == ("B4", "B3", "B2", "B8")
    geo.tif(stack(), descriptions=["B2", *[""] * 11])
    with pytest.raises(SceneError, match=r"band 1 is described as 'B2'.*2021-01-10 B4"):
        read(geo)


def test_band_count_that_does_not_fit_the_dates(geo):
    geo.tif(stack(3))
    geo.dates.append("2021-09-01")
    geo.write_dates()
    with pytest.raises(SceneError, match=r"12 bands for 4 dates.*would make 3 dates of 4"):
        read(geo)


@pytest.mark.parametrize(
    ("profile", "sentence"),
    [
        ({"crs": "EPSG:25832"}, "is in EPSG:25832"),
        ({"transform": Affine(20, 0, LEFT, 0, -20, TOP)}, "has pixels of 20 m"),
        ({"transform": Affine(10, 0, LEFT + 5000, 0, -10, TOP)}, "expected the aerial image"),
        ({"crs": None}, "has no CRS"),
    ],
)
def test_geotiff_series_elsewhere(geo, profile, sentence):
    geo.tif(stack(), **profile)
    geo.write_dates()
    with pytest.raises(SceneError, match=sentence):
        read(geo)


def test_declared_nodata_of_the_geotiff_is_nan(geo):
    values = stack()
    values[4, 28, 30] = 65535
    geo.tif(values, nodata=65535)
    geo.write_dates()
    numbers = read(geo).sentinel2.values
    assert np.isnan(numbers[1, 0, 16, 16])
    assert np.isnan(numbers).sum() == 1


def test_two_series_are_one_too_many(geo):
    geo.write()
    geo.tif(stack())
    with pytest.raises(SceneError, match="two series"):
        read(geo)
