"""A place fetched from real servers is what lies in their files: pixels, places, dates, masks."""

import numpy as np
import pytest

from lcapp.errors import NoClearDate
from lcapp.scene.collection import open_collection
from lcapp.sensors import AERIAL, SENTINEL2
from tests.scene.services.servers import (
    CRS,
    DAYS,
    LAT,
    LON,
    ORTHO_AT,
    SOURCE,
    numbers,
    ortho_pixels,
    services_toml,
    smooth_pixels,
    tile_left,
    write_cog,
)


@pytest.fixture
def scene(fetched):
    return fetched[0]


def test_the_aerial_image_is_that_of_the_files_to_the_pixel(scene) -> None:
    grid = scene.grid
    assert (grid.crs, grid.width, grid.height) == (CRS, 512, 512)
    col = round((grid.transform.c - ORTHO_AT.c) / 0.2)
    row = round((ORTHO_AT.f - grid.transform.f) / 0.2)
    expected = ortho_pixels()[:, row : row + 512, col : col + 512]
    assert scene.aerial.bands == ("red", "green", "blue", "nir")
    np.testing.assert_array_equal(scene.aerial.pixels, expected)
    assert scene.seen is None


def test_the_series_is_that_of_the_files_joined_from_two_tiles(scene) -> None:
    series = scene.sentinel2
    grid = series.grid
    west, _, east, _ = grid.bounds
    assert (grid.crs, grid.gsd, west % 10, grid.transform.f % 10) == (CRS, 10, 0, 0)
    assert west < scene.grid.bounds[0] - 150
    assert east > scene.grid.bounds[2] + 150
    assert series.bands == ("B4", "B3", "B2", "B8")
    told = [day.isoformat() for day in series.dates]
    # Of March's three clear ones the two clearest; of June the newest processing; never 2020.
    assert told == ["2021-03-14", "2021-03-29", "2021-06-22", "2021-09-10"]
    days = [DAYS[1], DAYS[3], DAYS[6], DAYS[8]]
    for day, values in zip(days, series.values, strict=True):
        for band, found in zip(series.bands, values, strict=True):
            stored = numbers(day, band, west, grid.transform.f, grid.height, grid.width)
            expected = stored + day.offset * 10000  # what the item says is taken off
            np.testing.assert_allclose(found, expected, atol=0.01)
    assert not series.offsets.any()
    assert not series.cloud.any()
    assert not series.snow.any()


def test_what_has_to_be_said_of_it_is_said(scene) -> None:
    notes = " ".join(scene.notes)
    assert scene.images[AERIAL].date.isoformat() == "2021-07-14"
    assert "no flight date" not in notes
    assert "Credit: © local, Open Licence." in scene.notes
    assert "Credit: Contains modified Copernicus Sentinel data 2021, free." in scene.notes
    assert "Of 8 acquisitions of 2021 there 4 clear ones were fetched." in notes
    assert "months 1, 2, 4, 5, 7, 8, 10, 11, 12" in notes


def test_only_what_is_worth_its_bytes_is_asked_for(fetched) -> None:
    asked: dict[int, set[str]] = {}
    for one in fetched[1]:
        if one.startswith("/files/"):
            day, _, name = one.removeprefix("/files/").removesuffix(".tif").split("-")
            asked.setdefault(int(day), set()).add(name)
    masks = {"scl", "cloud", "snow"}
    assert asked.keys() == {0, 1, 2, 3, 4, 6, 7, 8}  # not 5, processed anew, nor 9, another year
    assert asked[0] == asked[7] == {"scl"}  # cloud and snow by the classification
    assert asked[2] == masks  # cloud as only the probability tells
    assert asked[4] == {"scl"}  # the third clear one of a month
    assert asked[1] == {*masks, "blue", "green", "red", "nir"}


def test_nothing_is_asked_before_the_scene_is_read_nor_afterwards(server) -> None:
    place = open_collection(SOURCE)
    header = place.header(place.ids[0])
    assert header.holds == {AERIAL, SENTINEL2}
    assert server.log == []
    first = place.scene(place.ids[0])
    server.log.clear()
    again = open_collection(SOURCE).scene(place.ids[0])
    assert server.log == []
    np.testing.assert_array_equal(first.aerial.pixels, again.aerial.pixels)
    assert place.fingerprint(place.ids[0]) == open_collection(SOURCE).fingerprint(place.ids[0])


def test_a_model_of_the_aerial_image_alone_asks_for_no_series(server) -> None:
    place = open_collection(SOURCE)
    assert place.scene(place.ids[0], [AERIAL]).holds == {AERIAL}
    assert server.asked("/search") == server.asked("/files") == 0


def test_in_a_crs_of_its_own_the_image_is_brought_onto_the_grid(server, tmp_path):
    """EPSG:3035 tells northing first: a mistake in the order would ask for another place."""
    toml = services_toml(server, crs='["EPSG:3035"]', of="SMOOTH")
    (tmp_path / "services.toml").write_text(toml)
    scene = open_collection(SOURCE).scene(f"place_{LON:.5f}_{LAT:.5f}", [AERIAL])
    grid = scene.grid
    col = round((grid.transform.c - ORTHO_AT.c) / 0.2)
    row = round((ORTHO_AT.f - grid.transform.f) / 0.2)
    expected = smooth_pixels()[row : row + 512, col : col + 512].astype(int)
    off = np.abs(scene.aerial.pixels[0].astype(int) - expected)
    assert np.percentile(off, 95) <= 1  # but for the jumps of the ramp


def test_years_that_lie_apart_are_said_with_their_dates(server) -> None:
    scene = open_collection(f"{SOURCE},year=2020").scene(f"place_{LON:.5f}_{LAT:.5f}")
    assert [day.year for day in scene.sentinel2.dates] == [2020]
    said = "The aerial image was flown on 2021-07-14, the series is of 2020: land may have changed."
    assert said in scene.notes


def test_a_year_without_a_clear_date_is_said(server) -> None:
    for path in server.folder.glob("9-*-scl.tif"):
        cloudy = np.full((128, 128), 9, np.uint8)
        write_cog(server.own / path.name, cloudy, tile_left(path.name.split("-")[1]))
    with pytest.raises(NoClearDate, match="none of 1 acquisitions of 2020 is clear"):
        open_collection(f"{SOURCE},year=2020").scene(f"place_{LON:.5f}_{LAT:.5f}")
