"""Zones: windows of large images and mosaics, each with its own part of the series."""

import numpy as np
import pytest
from affine import Affine

from lcapp.errors import SceneError
from lcapp.prepare import InputSpec, prepare
from lcapp.scene.pairs import read_pair
from lcapp.scene.zone.image import open_zone
from lcapp.types import CloudRule

WEST, NORTH = 800_000.0, 6_500_000.0
DATES = ["2021-01-10", "2021-03-14", "2021-07-01"]


def at(row: int, col: int, gsd: float = 0.2) -> Affine:
    """A raster whose first pixel is that pixel of the 0.2 m lattice."""
    return Affine(gsd, 0, WEST + 0.2 * col, 0, -gsd, NORTH - 0.2 * row)


@pytest.fixture
def land(make, tmp_path):
    """200 x 300 pixels (40 m x 60 m) with a series of 3 dates over 1000 m and its masks."""
    pixels = np.random.default_rng(0).integers(1, 256, (4, 200, 300), np.uint8)
    make.tif(tmp_path / "land.tif", pixels)
    # Each pixel of the series tells its row and column.
    rows, cols = np.mgrid[:100, :100]
    values = 1000 + np.broadcast_to(rows * 100 + cols, (3, 4, 100, 100)).astype(np.uint16)
    make.tif(
        tmp_path / "series.tif",
        values.reshape(12, 100, 100),
        transform=Affine(10, 0, WEST - 470, 0, -10, NORTH + 480),
    )
    (tmp_path / "dates.txt").write_text("\n".join(DATES))
    return tmp_path, pixels


def test_a_window_has_the_pixels_and_the_place_of_the_file(land):
    folder, pixels = land
    zone = open_zone(folder / "land.tif")
    found, valid = zone.read(slice(30, 94), slice(100, 228))
    np.testing.assert_array_equal(found, pixels[:, 30:94, 100:228])
    assert valid.all()
    grid = zone.grid.cut(slice(30, 94), slice(100, 228))
    assert grid.transform.almost_equals(at(30, 100), precision=1e-6)
    assert (grid.height, grid.width, grid.crs) == (64, 128, "EPSG:2154")


def test_the_whole_zone_as_one_window_is_the_scene_of_its_pair(land):
    folder, _ = land
    one = open_zone(folder / "land.tif", folder / "series.tif", folder / "dates.txt").scene(
        slice(0, 200), slice(0, 300)
    )
    pair = read_pair(folder / "land.tif", folder / "series.tif", folder / "dates.txt")
    np.testing.assert_array_equal(one.aerial.pixels, pair.aerial.pixels)
    assert one.aerial.bands == pair.aerial.bands
    assert one.aerial.grid == pair.aerial.grid
    np.testing.assert_array_equal(one.sentinel2.values, pair.sentinel2.values)
    assert one.sentinel2.grid == pair.sentinel2.grid


@pytest.mark.parametrize("kind", ["tif", "npy"])
def test_each_window_has_the_series_of_its_own_place_and_its_own_months(land, make, kind):
    """March is cloudy in the east of the zone only."""
    folder, _ = land
    masks = np.zeros((3, 2, 100, 100), np.float32)
    masks[1, 1, :, 60:] = 100
    np.save(folder / "masks.npy", masks)
    make.tif(folder / "wide.tif", make.pixels(4, 2500)[:, :200])  # 500 m from west to east
    rows, cols = np.mgrid[:100, :100]
    values = (1000 + np.broadcast_to(rows * 100 + cols, (3, 4, 100, 100))).astype(np.uint16)
    path = folder / f"series.{kind}"
    if kind == "npy":  # centred on the land
        np.save(path, values)
    else:
        place = Affine(10, 0, WEST - 250, 0, -10, NORTH + 480)
        make.tif(path, values.reshape(12, 100, 100), transform=place)
    zone = open_zone(folder / "wide.tif", path, folder / "dates.txt", folder / "masks.npy")
    months = {}
    for name, start in (("west", 0), ("east", 2436)):
        scene = zone.scene(slice(64, 128), slice(start, start + 64))
        # The pixel of the series under the middle of the window tells where it is.
        grid = scene.sentinel2.grid
        middle = ~grid.transform @ (WEST + 0.2 * (start + 32), NORTH - 0.2 * 96)
        value = scene.sentinel2.values[0, 0, int(middle[1]), int(middle[0])] - 1000
        col = (0.2 * (start + 32) + 250) / 10
        assert value % 100 == int(col)
        assert grid.width < 40  # not the whole series: memory must not grow with it
        assert scene.id == f"wide/64-{start}"  # the noise of a window hangs on it
        prepared = prepare(scene, InputSpec(), CloudRule(max_cover_percent=0))
        months[name] = [month.month for month in prepared.months if month.present]
    assert months == {"west": [1, 3, 7], "east": [1, 7]}


def test_files_of_one_lattice_are_one_zone_with_holes(make, tmp_path):
    """Three of four patches; two of them overlap by a pixel."""
    pixels = np.random.default_rng(0).integers(1, 256, (4, 100, 100), np.uint8)
    for name, row, col in (("a", 0, 0), ("b", 0, 49), ("c", 50, 0)):
        part = pixels[:, row : row + 50, col : col + 51].copy()
        if name == "b":
            part[:, :, 0] = 0  # a's pixel counts
        make.tif(tmp_path / "roi" / f"{name}.tif", part, transform=at(row, col))
    zone = open_zone(tmp_path / "roi")
    assert (zone.id, zone.grid.height, zone.grid.width) == ("roi", 100, 100)
    assert zone.grid.transform.almost_equals(at(0, 0), precision=1e-6)
    found, valid = zone.read(slice(0, 100), slice(0, 100))
    there = np.ones((100, 100), bool)
    there[50:, 51:] = False
    np.testing.assert_array_equal(valid, there)
    np.testing.assert_array_equal(found[:, there], pixels[:, there])
    assert (found[:, ~there] == 0).all()
    listed = open_zone([tmp_path / "roi" / f"{name}.tif" for name in "cab"])
    np.testing.assert_array_equal(listed.read(slice(0, 100), slice(0, 100))[0], found)


def test_a_declared_alpha_channel_says_where_there_is_nothing(make, tmp_path):
    pixels = make.pixels(4)
    pixels[3] = 255
    pixels[3, :10] = 0
    make.tif(tmp_path / "rgba.tif", pixels, photometric="RGB", alpha="YES")
    zone = open_zone(tmp_path / "rgba.tif")
    found, valid = zone.read(slice(0, 64), slice(0, 64))
    assert found.shape[0] == len(zone.bands) == 3
    np.testing.assert_array_equal(valid, pixels[3] > 0)


def test_near_infrared_that_its_writer_declares_alpha_is_near_infrared(make, tmp_path):
    make.tif(tmp_path / "rgbn.tif", make.pixels(4), photometric="RGB", alpha="YES")
    zone = open_zone(tmp_path / "rgbn.tif")
    assert zone.bands == ("red", "green", "blue", "nir")
    assert zone.read(slice(0, 64), slice(0, 64))[1].all()


def test_described_bands_are_taken_by_name(make, tmp_path):
    pixels = make.pixels(4)
    make.tif(tmp_path / "a.tif", pixels, descriptions=("nir", "green", "blue", "red"))
    zone = open_zone(tmp_path / "a.tif")
    assert zone.bands == ("nir", "green", "blue", "red")
    np.testing.assert_array_equal(zone.read(slice(0, 9), slice(0, 9))[0], pixels[:, :9, :9])


def test_heights_are_cut_with_the_window_and_a_gap_is_refused_where_there_is_an_image(
    make, tmp_path
):
    pixels = make.pixels(4)
    pixels[:, :, 60:] = 0
    make.tif(tmp_path / "a.tif", pixels, nodata=0)
    heights = np.arange(64 * 64, dtype=np.float32).reshape(1, 64, 64)
    heights[0, :, 60:] = -9999
    heights[0, 50, 50] = np.nan
    make.tif(tmp_path / "h.tif", heights, nodata=-9999)
    zone = open_zone(tmp_path / "a.tif", ndsm=tmp_path / "h.tif")
    ndsm = zone.scene(slice(10, 40), slice(40, 64)).ndsm
    np.testing.assert_array_equal(ndsm[:, :20], heights[0, 10:40, 40:60])
    assert (ndsm[:, 20:] == 0).all()
    with pytest.raises(SceneError, match="no height in 1 of 576 pixels from row 40, column 40"):
        zone.scene(slice(40, 64), slice(40, 64))


def other_crs(make, folder):
    make.tif(folder / "b.tif", make.pixels(4), crs="EPSG:25832")


def other_lattice(make, folder):
    make.tif(folder / "b.tif", make.pixels(4), transform=at(0, 64) @ Affine.translation(0.3, 0))


def other_pixels(make, folder):
    make.tif(folder / "b.tif", make.pixels(4), transform=at(0, 64, gsd=0.201))


def other_bands(make, folder):
    make.tif(folder / "b.tif", make.pixels(3), transform=at(0, 64))


def no_image(make, folder):
    (folder / "b.tif").write_text("no image")


def reflectance(make, folder):
    make.tif(folder / "b.tif", make.pixels(4).astype(np.uint16), transform=at(0, 64))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (other_crs, "as the rest"),
        (other_lattice, "do not lie on those"),
        (other_pixels, "do not lie on those"),
        (other_bands, "expected those of a.tif"),
        (no_image, "cannot be read"),
        (reflectance, "uint16"),
    ],
)
def test_files_that_are_no_mosaic_are_refused(make, tmp_path, spoil, said):
    make.tif(tmp_path / "a.tif", make.pixels(4))
    spoil(make, tmp_path)
    with pytest.raises(SceneError, match=said):
        open_zone(tmp_path)


def test_nothing_to_open_is_said(tmp_path):
    for nothing in (tmp_path, tmp_path / "none.tif", []):
        with pytest.raises(SceneError):
            open_zone(nothing)


def test_a_series_that_does_not_cover_the_zone_is_refused_when_it_is_opened(land, make):
    folder, _ = land
    make.tif(
        folder / "off.tif",
        np.ones((12, 30, 30), np.uint16),
        transform=Affine(10, 0, WEST - 260, 0, -10, NORTH + 200),
    )
    with pytest.raises(SceneError, match="covers"):
        open_zone(folder / "land.tif", folder / "off.tif", folder / "dates.txt")
    np.save(folder / "small.npy", np.ones((3, 4, 3, 3), np.uint16))
    with pytest.raises(SceneError, match="covers"):
        open_zone(folder / "land.tif", folder / "small.npy", folder / "dates.txt")
    np.save(folder / "fine.npy", np.ones((3, 4, 6, 6), np.uint16))
    with pytest.raises(SceneError, match="no dates"):
        open_zone(folder / "land.tif", folder / "fine.npy")


def test_heights_of_another_place_are_refused(land, make):
    folder, _ = land
    make.tif(folder / "h.tif", np.zeros((1, 200, 299), np.float32))
    with pytest.raises(SceneError, match="200 x 299 pixels"):
        open_zone(folder / "land.tif", ndsm=folder / "h.tif")
    make.tif(folder / "h.tif", np.zeros((1, 200, 300), np.float32), transform=at(0, 1))
    with pytest.raises(SceneError, match="does not lie where"):
        open_zone(folder / "land.tif", ndsm=folder / "h.tif")


def test_fingerprints_tell_an_exchanged_file_and_not_a_copied_one(land, make, tmp_path_factory):
    folder, pixels = land
    first = open_zone(folder / "land.tif").fingerprints()
    elsewhere = tmp_path_factory.mktemp("copy") / "land.tif"
    elsewhere.write_bytes((folder / "land.tif").read_bytes())
    assert open_zone(elsewhere).fingerprints() == first
    make.tif(folder / "land.tif", 255 - pixels)
    assert open_zone(folder / "land.tif").fingerprints() != first
