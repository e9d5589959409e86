"""FLAIR #2 folders, small and genuine: where the series lies is what is easiest to get wrong."""

import datetime as dt
import math

import numpy as np
import pytest

from lcapp.errors import SceneError
from lcapp.scene.collection import open_collection
from lcapp.scene.flair2.superarea import solve


def scene(flair2, name):
    return open_collection(flair2.root).scene(name)


def test_a_whole_tile(flair2, make):
    pixels = make.pixels(5, 512)
    labels = np.full((512, 512), 10, np.uint8)
    labels[0, :2] = 19, 1
    name = flair2.tile(1, pixels=pixels, labels=labels)
    flair2.series()
    flair2.metadata({"IMG_000001": {"date": "2021-06-12", "domain": "D004_2021"}})
    collection = open_collection(flair2.root)
    assert collection.ids == ("D004_2021/Z1_NN/IMG_000001",)
    header, got = collection.header(name), collection.scene(name)
    assert header.has_reference
    assert header.has_ndsm
    assert got.aerial.bands == ("red", "green", "blue", "nir")
    np.testing.assert_array_equal(got.aerial.pixels, pixels[:4])
    np.testing.assert_allclose(got.ndsm, pixels[4] * 0.2, rtol=1e-6)
    assert got.aerial.date == dt.date(2021, 6, 12)
    assert got.reference.table.name == "flair2"
    assert got.reference.labels[0, :3].tolist() == [12, 0, 9]
    assert got.sentinel2.dates == (dt.date(2021, 3, 27), dt.date(2022, 3, 1))
    np.testing.assert_array_equal(got.sentinel2.offsets, [0, 1000])
    assert (got.sentinel2.cloud[1] == 80).all()
    assert (got.sentinel2.snow == 0).all()
    assert got.aerial.grid.crs == got.sentinel2.grid.crs == "EPSG:2154"


def test_crop_carries_the_pixels_of_its_own_place(flair2):
    """The value of each pixel tells its row and column in the super-area."""
    name = flair2.tile(1)
    for number, (east, south) in enumerate([(37, 0), (74, 61), (0, 95)], start=2):
        flair2.tile(number, east, south)
    flair2.series()
    series = scene(flair2, name).sentinel2
    first = int(series.values[0, 0, 0, 0]) - 1000
    row, col = divmod(first, 100)
    # 203 m west and 198 m north of the tile: columns 20..30, rows 19..30, and 16 more each side.
    assert (row, col) == (3, 4)
    left, _, _, top = series.grid.bounds
    assert (left - 10 * col - flair2.left, top + 10 * row - flair2.top) == pytest.approx(
        (0, 0), abs=5
    )
    assert series.grid.height >= 40
    assert series.grid.width >= 40


def test_crop_is_cut_at_the_edge_of_the_super_area(flair2):
    flair2.side = 32
    name = flair2.tile(1)
    flair2.series()
    series = scene(flair2, name).sentinel2
    # One tile, centroid (25, 25): it begins at 25 - 5.12, so the crop at 19 - 16.
    assert series.values.shape[2:] == (32 - 3, 32 - 3)
    assert (series.grid.height, series.grid.width) == (29, 29)


@pytest.mark.parametrize("rounded", [round, math.floor])
def test_offset_is_solved_from_the_areas_tiles(flair2, rounded):
    """The more tiles, the less rounding matters; a floor shifts all by half a pixel."""
    rng = np.random.default_rng(3)
    name = flair2.tile(1, rounded=rounded)
    shifts = rng.uniform(0, 150, (24, 2))
    small = rng.integers(0, 255, (5, 512, 512), np.uint8)
    for number, (east, south) in enumerate(shifts, start=2):
        flair2.tile(number, east, south, pixels=small, rounded=rounded)
    flair2.series()
    got = scene(flair2, name)
    first = int(got.sentinel2.values[0, 0, 0, 0]) - 1000
    row, col = divmod(first, 100)
    left, _, _, top = got.sentinel2.grid.bounds
    floor = 0 if rounded is round else 5
    assert left - 10 * col == pytest.approx(flair2.left + floor, abs=2)
    assert top + 10 * row == pytest.approx(flair2.top - floor, abs=2)
    assert any("25 tiles" in note for note in got.notes)


def test_corner_of_two_tiles_by_hand():
    """Corners (100, 200) and (106, 196): mean (103, 198), half the spread 0.3 of 10 m."""
    centres = np.array([[100 + 50.0, 200 - 30.0], [106 + 70.0, 196 - 80.0]])
    corner = solve(centres, np.array([[3, 5], [8, 7]]))
    assert (corner.left, corner.top) == pytest.approx((103, 198))
    assert corner.residual == pytest.approx(0.3)
    assert corner.holds


def test_centroids_that_disagree_leave_each_tile_to_its_own(flair2):
    name = flair2.tile(1)
    flair2.tile(2, 50)
    flair2.centroids["IMG_000002.tif"][1] += 3
    flair2.save_centroids()
    flair2.series()
    got = scene(flair2, name)
    row, col = flair2.centroids["IMG_000001.tif"]
    west, south, east, north = got.aerial.grid.bounds
    left, top = (west + east) / 2 - 10 * col, (north + south) / 2 + 10 * row
    first = int(got.sentinel2.values[0, 0, 0, 0]) - 1000
    assert got.sentinel2.grid.bounds[0] == pytest.approx(left + 10 * (first % 100))
    assert got.sentinel2.grid.bounds[3] == pytest.approx(top - 10 * (first // 100))
    assert any("disagree" in note for note in got.notes)
    assert any("this tile alone" in note for note in got.notes)


def test_a_broken_neighbour_does_not_take_the_tile_away(flair2):
    name = flair2.tile(1)
    neighbour = flair2.tile(2, 50)
    path = next(flair2.root.rglob(f"{neighbour.rsplit('/')[-1]}.tif"))
    path.write_bytes(b"")
    flair2.series()
    assert any("this tile alone" in note for note in scene(flair2, name).notes)


def test_centroids_are_found_without_ending_and_in_the_parent(flair2):
    name = flair2.tile(1)
    flair2.centroids = {"IMG_000001": flair2.centroids["IMG_000001.tif"]}
    flair2.save_centroids()
    file = flair2.root / "flair-2_centroids_sp_to_patch.json"
    file.rename(flair2.root.parent / file.name)
    flair2.series()
    assert scene(flair2, name).sentinel2 is not None


@pytest.mark.parametrize("entry", [None, [1], ["a", 2], [math.nan, 3]])
def test_tile_without_a_place_in_the_series(flair2, entry):
    name = flair2.tile(1)
    flair2.centroids["IMG_000001.tif"] = entry
    flair2.save_centroids()
    flair2.series()
    with pytest.raises(SceneError, match="does not place IMG_000001"):
        scene(flair2, name)


def test_centroid_outside_the_series(flair2):
    name = flair2.tile(1)
    flair2.centroids["IMG_000001.tif"] = [400, 3]
    flair2.save_centroids()
    flair2.series()
    with pytest.raises(SceneError, match="expected the aerial image"):
        scene(flair2, name)


def test_tile_alone_has_neither_series_nor_labels_nor_date(flair2):
    name = flair2.tile(1)
    collection = open_collection(flair2.root)
    assert not collection.header(name).has_reference
    got = collection.scene(name)
    assert (got.sentinel2, got.reference, got.aerial.date) == (None, None, None)
    assert any("no series" in note for note in got.notes)
    assert any("no flight date" in note for note in got.notes)


def test_four_bands_have_no_heights(flair2, make):
    name = flair2.tile(1, pixels=make.pixels(4, 512))
    assert not open_collection(flair2.root).header(name).has_ndsm
    assert scene(flair2, name).ndsm is None


def test_label_zero_is_out_of_range(flair2):
    name = flair2.tile(1, labels=np.zeros((512, 512), np.uint8))
    with pytest.raises(SceneError, match="label value 0"):
        scene(flair2, name)


@pytest.mark.parametrize(
    ("ending", "values", "sentence"),
    [
        ("data.npy", np.zeros((2, 4, 60, 60), np.uint16), "has 4 bands"),
        ("data.npy", np.zeros((3, 10, 60, 60), np.uint16), "has 3 images for 2 dates"),
        ("masks.npy", np.zeros((2, 2, 59, 60), np.uint8), "masks have the shape"),
    ],
)
def test_series_that_does_not_agree_with_itself(flair2, ending, values, sentence):
    name = flair2.tile(1)
    flair2.series()
    np.save(next(flair2.root.rglob(f"*_{ending}")), values)
    with pytest.raises(SceneError, match=sentence):
        scene(flair2, name)


def test_truncated_series(flair2, make):
    name = flair2.tile(1)
    flair2.series()
    make.truncate(next(flair2.root.rglob("*_data.npy")))
    with pytest.raises(SceneError, match="truncated"):
        scene(flair2, name)


def test_train_and_test_are_listed_together(flair2):
    flair2.tile(1)
    (flair2.root / "flair_aerial_test").rename(flair2.root / "flair_aerial_train")
    flair2.tile(2)
    assert len(open_collection(flair2.root).ids) == 2
