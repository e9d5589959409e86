"""What IGN's models are given; each number worked out from Table VIII by hand."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from affine import Affine

from lcapp.errors import SceneError
from lcapp.families.flairhub.inputs import clear_dates, days_from_may, inputs
from lcapp.scene.collection import open_collection
from lcapp.sensors import MODALITIES
from lcapp.simulate.formats.flairhub import simulate_flairhub
from lcapp.types import Grid, Image, Scene, Series
from tests.scenes import image_of, patch_of

LC_L = (
    "AERIAL_RGBI",
    "DEM_ELEV",
    "SPOT_RGBI",
    "SENTINEL2_TS",
    "SENTINEL1-ASC_TS",
    "SENTINEL1-DESC_TS",
)
"""Table X."""
LPIS_I = ("SPOT_RGBI", "SENTINEL2_TS", "SENTINEL1-ASC_TS", "SENTINEL1-DESC_TS")
"""Table XIV."""

DATES = (dt.date(2019, 1, 1), dt.date(2019, 5, 15), dt.date(2019, 7, 1), dt.date(2020, 1, 1))


def constant(*levels: float, side: int, kind: str) -> np.ndarray:
    return np.stack([np.full((side, side), level, kind) for level in levels])


def series(bands: int, snow: object = None, cloud: object = None) -> Series:
    values = np.arange(4 * bands, dtype=np.float32).reshape(4, bands, 1, 1)
    masks = [np.zeros((4, 10, 10), np.float32) if one is None else one for one in (cloud, snow)]
    names = MODALITIES["SENTINEL2_TS" if bands == 10 else "SENTINEL1-ASC_TS"].bands
    grid = Grid("EPSG:2154", Affine(10.24, 0, 0, 0, -10.24, 0), 10, 10)
    offsets = np.zeros(4, np.float32)
    return Series(np.tile(values, (1, 1, 10, 10)), names, DATES, offsets, grid, *masks)


@pytest.fixture
def whole() -> Scene:
    """Each band at its own level."""
    return patch_of(
        {
            "AERIAL_RGBI": constant(10, 20, 30, 40, side=512, kind="uint8"),
            "AERIAL-RLT_PAN": constant(50, side=256, kind="uint8"),
            "DEM_ELEV": constant(311.06, 301.06, side=512, kind="float32"),
            "SPOT_RGBI": constant(100, 200, 300, 400, side=64, kind="uint16"),
        },
        {
            "SENTINEL2_TS": series(10),
            "SENTINEL1-ASC_TS": series(2),
            "SENTINEL1-DESC_TS": series(2),
        },
    )


def with_image(whole: Scene, name: str, values: np.ndarray) -> Scene:
    return replace(whole, images={**whole.images, name: image_of(name, values, whole.grid)})


def channels(taken: np.ndarray) -> list[float]:
    """The one value of each channel."""
    assert (taken == taken[:, :, :1, :1]).all()
    return taken[0, :, 0, 0].tolist()


def test_aerial_infrared_models_take_nir_red_green(whole):
    taken = inputs(whole, ["AERIAL_RGBI"])["AERIAL_RGBI"]
    assert (taken.shape, taken.dtype) == ((1, 3, 512, 512), np.float32)
    assert channels(taken) == pytest.approx(
        [(40 - 106.59) / 39.78, (10 - 105.66) / 52.23, (20 - 111.35) / 45.62], rel=1e-6
    )


def test_aerial_colour_models_take_red_green_blue(whole):
    taken = inputs(whole, ["AERIAL_RGBI"], aerial="RGB")["AERIAL_RGBI"]
    assert channels(taken) == pytest.approx(
        [(10 - 105.66) / 52.23, (20 - 111.35) / 45.62, (30 - 102.18) / 44.30], rel=1e-6
    )


def test_spot_takes_nir_red_green_each_by_its_own_mean(whole):
    """The third mean is green's: blue's, which is third in the table, moves every map."""
    taken = inputs(whole, ["SPOT_RGBI"])["SPOT_RGBI"]
    assert taken.shape == (1, 3, 64, 64)
    assert channels(taken) == pytest.approx(
        [(400 - 1137.03) / 543.11, (100 - 433.26) / 312.76, (200 - 508.75) / 284.61], rel=1e-6
    )
    at_means = with_image(
        whole, "SPOT_RGBI", constant(433.26, 508.75, 467.77, 1137.03, side=64, kind="float64")
    )
    assert channels(inputs(at_means, ["SPOT_RGBI"])["SPOT_RGBI"]) == [0.0, 0.0, 0.0]


def test_elevation_is_dsm_and_height_on_one_scale(whole):
    taken = inputs(whole, ["DEM_ELEV"])["DEM_ELEV"]
    assert (taken.shape, taken.dtype) == ((1, 2, 512, 512), np.float32)
    # DSM at its mean; 10 m above ground.
    assert channels(taken) == pytest.approx([0.0, (10 - 311.06) / 537.55], abs=1e-6)


def test_a_metre_is_as_much_in_both_elevation_channels(whole):
    """Scaled by its own spread, or by the DTM's 537.82, a height would be another one."""
    flat = with_image(whole, "DEM_ELEV", constant(200, 200, side=512, kind="float32"))
    house = with_image(whole, "DEM_ELEV", constant(255, 200, side=512, kind="float32"))
    low, high = (np.array(channels(inputs(one, ["DEM_ELEV"])["DEM_ELEV"])) for one in (flat, house))
    np.testing.assert_allclose(high - low, 55 / 537.55, atol=1e-6)
    assert low[1] == pytest.approx(-0.578663, abs=1e-5)


def test_historical_images_have_one_channel(whole):
    taken = inputs(whole, ["AERIAL-RLT_PAN"])["AERIAL-RLT_PAN"]
    assert taken.shape == (1, 1, 256, 256)
    assert channels(taken) == pytest.approx([(50 - 125.92) / 38.45], rel=1e-6)


def test_series_stay_as_they_are_stored(whole):
    taken = inputs(whole, ["SENTINEL2_TS", "SENTINEL1-ASC_TS"])
    assert list(taken) == [
        "SENTINEL2_TS",
        "SENTINEL2_DATES",
        "SENTINEL1-ASC_TS",
        "SENTINEL1-ASC_DATES",
    ]
    assert taken["SENTINEL2_TS"].shape == (1, 4, 10, 10, 10)
    assert taken["SENTINEL2_TS"][0, 1, :, 0, 0].tolist() == list(range(10, 20))
    assert taken["SENTINEL1-ASC_TS"][0, 3, :, 9, 9].tolist() == [6, 7]
    assert taken["SENTINEL1-ASC_DATES"].tolist() == [[-134, 0, 47, -135]]
    assert {values.dtype for values in taken.values()} == {np.dtype("float32")}


def test_flairhub_counts_days_from_15_may_of_each_dates_own_year():
    assert days_from_may(DATES).tolist() == [-134, 0, 47, -135]
    leap = (dt.date(2020, 1, 1), dt.date(2020, 2, 29), dt.date(2020, 12, 31))
    assert days_from_may(leap).tolist() == [-135, -76, 230]


def covered(pixels: int, percent: float = 2.0, date: int = 1) -> np.ndarray:
    masks = np.zeros((4, 10, 10), np.float32)
    masks[date].flat[:pixels] = percent
    return masks


@pytest.mark.parametrize(
    ("pixels", "percent", "kept"),
    [(5, 100, True), (6, 100, False), (100, 1, True), (6, 2, False), (0, 0, True)],
)
@pytest.mark.parametrize("mask", ["snow", "cloud"])
def test_a_date_is_kept_when_95_of_100_pixels_are_clear(mask, pixels, percent, kept):
    """Clear is at most 1 %, for snow and for cloud."""
    found = clear_dates(series(10, **{mask: covered(pixels, percent)}))
    assert found.tolist() == [True, kept, True, True]


def test_snow_here_and_cloud_there_add_up():
    snow, cloud = covered(3), covered(3)[:, ::-1]
    assert not clear_dates(series(10, snow, cloud))[1]


def test_only_clear_dates_are_taken_each_with_its_day(whole):
    dull = replace(whole, series={"SENTINEL2_TS": series(10, cloud=covered(50))})
    taken = inputs(dull, ["SENTINEL2_TS"])
    assert taken["SENTINEL2_TS"][0, :, 0, 0, 0].tolist() == [0, 20, 30]
    assert taken["SENTINEL2_DATES"].tolist() == [[-134, 47, -135]]


def test_without_any_clear_date_those_without_snow_are_taken(whole):
    overcast = np.full((4, 10, 10), 90, np.float32)
    dull = replace(whole, series={"SENTINEL2_TS": series(10, covered(50), overcast)})
    assert inputs(dull, ["SENTINEL2_TS"])["SENTINEL2_DATES"].tolist() == [[-134, 47, -135]]
    white = replace(whole, series={"SENTINEL2_TS": series(10, overcast, overcast)})
    with pytest.raises(SceneError, match=r"SENTINEL2_TS has no clear date among 4: .* 0 %"):
        inputs(white, ["SENTINEL2_TS"])


@pytest.mark.parametrize("name", LC_L)
def test_a_missing_modality_names_itself_and_its_file(whole, name):
    without = replace(
        whole,
        images={key: value for key, value in whole.images.items() if key != name},
        series={key: value for key, value in whole.series.items() if key != name},
    )
    with pytest.raises(SceneError, match=rf"5-10: there is no {name}"):
        inputs(without, LC_L)


def test_a_series_without_masks_is_refused(whole):
    bare = replace(series(10), snow=None, cloud=None)
    with pytest.raises(SceneError, match=r"5-10: there is no SENTINEL2_MSK-SC"):
        inputs(replace(whole, series={"SENTINEL2_TS": bare}), ["SENTINEL2_TS"])


def test_gaps_are_refused_not_spread_over_the_map(whole):
    holes = whole.images["DEM_ELEV"].pixels.copy()
    holes[1, :2, 0] = np.nan
    with pytest.raises(SceneError, match=r"DEM_ELEV holds values that are no numbers \(2\)"):
        inputs(with_image(whole, "DEM_ELEV", holes), ["DEM_ELEV"])


def test_bands_are_taken_by_their_names_whatever_their_order(whole):
    turned = constant(40, 20, 30, 10, side=300, kind="uint8")
    image = Image(turned, ("nir", "green", "blue", "red"), whole.grid)
    for aerial in ("IR", "RGB"):
        expected = channels(inputs(whole, ["AERIAL_RGBI"], aerial)["AERIAL_RGBI"])
        other = replace(whole, images={"AERIAL_RGBI": image})
        taken = inputs(other, ["AERIAL_RGBI"], aerial)["AERIAL_RGBI"]
        assert (taken.shape, channels(taken)) == ((1, 3, 300, 300), expected)
    colour = replace(image, pixels=turned[1:], bands=("green", "blue", "red"))
    with pytest.raises(SceneError, match="AERIAL_RGBI has no band nir"):
        inputs(replace(whole, images={"AERIAL_RGBI": colour}), ["AERIAL_RGBI"])


def test_offsets_are_taken_off_and_what_has_no_datum_is_the_files_zero(whole):
    stored = series(10)
    values = stored.values.copy()
    values[2, :, 3, 4] = np.nan
    offsets = np.array([0, 0, 1000, 0], np.float32)
    found = replace(stored, values=values + offsets[:, None, None, None], offsets=offsets)
    taken = inputs(replace(whole, series={"SENTINEL2_TS": found}), ["SENTINEL2_TS"])
    expected = np.where(np.isnan(values), 0, values)
    np.testing.assert_array_equal(taken["SENTINEL2_TS"][0], expected)
    values[2, 0, 0, 0] = np.nan
    torn = replace(stored, values=values)
    with pytest.raises(SceneError, match=r"no numbers \(1\)"):
        inputs(replace(whole, series={"SENTINEL2_TS": torn}), ["SENTINEL2_TS"])


def test_a_series_that_lies_otherwise_than_on_a_patch_is_refused(whole):
    """FLAIR #2's pixels of 10 m around the tile would give a plausible map of another place."""
    wide = replace(series(10), values=np.ones((4, 10, 40, 40), np.float32))
    masks = np.zeros((4, 40, 40), np.float32)
    wide = replace(wide, snow=masks, cloud=masks)
    with pytest.raises(SceneError, match="40 x 40 pixels; expected 10 x 10"):
        inputs(replace(whole, series={"SENTINEL2_TS": wide}), ["SENTINEL2_TS"])


def test_a_name_that_no_model_has_is_a_programming_error(whole):
    with pytest.raises(ValueError, match="no input modality: 'SENTINEL2_MSK-SC'"):
        inputs(whole, ["SENTINEL2_MSK-SC"])


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    tree = simulate_flairhub(tmp_path_factory.mktemp("flairhub") / "tree", cols=1)
    collection = open_collection(tree)
    return collection.scene(collection.ids[0])


@pytest.mark.parametrize("modalities", [LC_L, LPIS_I])
def test_a_simulated_patch_gives_what_the_large_models_take(simulated, modalities):
    taken = inputs(simulated, modalities)
    assert set(taken) == {
        *modalities,
        *(name.replace("_TS", "_DATES") for name in modalities if name.endswith("_TS")),
    }
    for name, values in taken.items():
        assert values.dtype == np.float32
        assert values.flags.c_contiguous
        assert len(values) == 1
        if name.endswith("_DATES"):
            assert values.shape == (1, taken[name.replace("_DATES", "_TS")].shape[1])
            assert (np.abs(values) <= 231).all()
    # The simulated optics are real ones' equals: within a few standard deviations.
    assert abs(taken["SPOT_RGBI"].mean()) < 3
    assert 4 < taken["SENTINEL2_TS"].shape[1] < len(simulated.series["SENTINEL2_TS"].dates)


def test_the_modalities_of_lpis_i_are_those_of_the_published_file(oracles):
    lines = (oracles / "flairhub/keys_LPIS-I.txt").read_text().splitlines()
    assert {line.split(".")[2] for line in lines if ".encoders." in line} == set(LPIS_I)
