"""Black margins that no tag declares, and all that is black and none."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from lcapp.errors import SceneError
from lcapp.scene.collection import open_collection
from lcapp.scene.pairs import read_pair
from lcapp.scene.rasters import collar
from lcapp.scene.rasters.collar import BLACK, margin_of
from lcapp.scene.zone.image import open_zone
from tests.scene.conftest import write_tif
from tests.scene.roi import NAME, write_roi
from tests.scene.roi import file as roi_file

SIDE = 96
ROWS, COLS = np.indices((SIDE, SIDE))

MARGINS = {
    "half": COLS < 40,
    "a corner": ROWS + COLS < 50,
    "four corners": np.abs(ROWS - 48) + np.abs(COLS - 48) > 80,
    "a line": ROWS == 0,
    "a frame": np.maximum(np.abs(ROWS - 47.5), np.abs(COLS - 47.5)) > 40,
    "all": np.ones((SIDE, SIDE), bool),
}


def land(low: int = 1) -> np.ndarray:
    """With shadows that are 0 in all bands here and there."""
    pixels = np.random.default_rng(3).integers(low, 250, (4, SIDE, SIDE), np.uint8)
    pixels[:, 50:53, 60:64] = 0
    return pixels


@pytest.mark.parametrize("margin", MARGINS.values(), ids=MARGINS)
def test_a_margin_from_a_corner_on_has_no_image_and_nothing_else_is_taken(margin):
    pixels = np.where(margin, 0, land())
    found = margin_of(pixels.max(axis=0))
    np.testing.assert_array_equal(found, margin)


def test_a_margin_that_a_warp_has_blurred_is_one():
    pixels = np.where(MARGINS["a corner"], 0, land()).astype(np.uint8)
    pixels[:, ROWS + COLS == 50] //= 3
    np.testing.assert_array_equal(margin_of(pixels.max(axis=0)), MARGINS["a corner"])


def test_beside_a_margin_what_is_black_and_holds_no_corner_is_left_alone():
    margin = MARGINS["a corner"]
    across = np.abs(ROWS + COLS - 160) < 4  # from side to side
    pixels = np.where(margin | across, 0, land())
    np.testing.assert_array_equal(margin_of(pixels.max(axis=0)), margin)


def fading(pixels: np.ndarray) -> np.ndarray:
    """A shadow in the corner, 0 in its middle."""
    far = (ROWS + COLS - 40).clip(0)
    return np.minimum(pixels, far.clip(0, 255)).astype(np.uint8)


def sprinkled(pixels: np.ndarray) -> np.ndarray:
    """Water that is 0, but for its noise."""
    noise = np.random.default_rng(5).random((SIDE, SIDE)) < 0.03
    return np.where((COLS < 40) & ~noise, 0, pixels)


def elsewhere(pixels: np.ndarray) -> np.ndarray:
    return np.where((COLS < 40) & (ROWS > 5) & (ROWS < 90), 0, pixels)


def few(pixels: np.ndarray) -> np.ndarray:
    return np.where(ROWS + COLS < 9, 0, pixels)


def one_band(pixels: np.ndarray) -> np.ndarray:
    return np.where(MARGINS["half"] & (np.arange(4) > 0)[:, None, None], 0, pixels)


@pytest.mark.parametrize("dark", [fading, sprinkled, elsewhere, few, one_band])
def test_what_is_dark_in_an_image_is_left_alone(dark):
    assert margin_of(dark(land()).max(axis=0)) is None


def test_a_pair_and_the_windows_of_a_zone_say_it_alike(tmp_path):
    margin = MARGINS["a corner"]
    path = write_tif(tmp_path / "a.tif", np.where(margin, 0, land()).astype(np.uint8))
    scene, zone = read_pair(path, None), open_zone(path)
    np.testing.assert_array_equal(scene.seen, ~margin)
    for notes in (scene.notes, zone.notes):
        assert BLACK in notes
    for row in (0, 13, 40):
        window = slice(row, row + 40), slice(5, 60)
        np.testing.assert_array_equal(zone.read(*window)[1], ~margin[window])
    with rasterio.open(path, "r+") as file:
        file.nodata = 1  # a file that tells is believed
    assert read_pair(path, None).seen is None
    assert BLACK not in open_zone(path).notes


def test_a_large_file_is_looked_at_in_cells(tmp_path, monkeypatch):
    margin = ROWS + 2 * COLS < 100
    path = write_tif(tmp_path / "a.tif", np.where(margin, 0, land()).astype(np.uint8))
    monkeypatch.setattr(collar, "_CELLS", 20)
    for at_once in (4 * 96 * 12, 4 * 5 * 12):  # rows of the file, and parts of them
        monkeypatch.setattr(collar, "_AT_ONCE", at_once)
        found = ~read_pair(path, None).seen
        assert not (found & ~margin).any()
        assert (margin & ~found).sum() < 5  # where it ends in a point, narrower than a cell
    monkeypatch.setattr(collar, "_LARGEST", 96 * 96 - 1)
    assert read_pair(path, None).seen is None  # it would take too long


def test_a_black_sheet_of_a_mosaic_has_no_image_and_shows_what_lies_below(tmp_path):
    for place, pixels in enumerate((np.zeros((4, SIDE, SIDE), np.uint8), land(), land())):
        west = 800_000 + 0.2 * SIDE * (place > 1)
        transform = Affine(0.2, 0, west, 0, -0.2, 6_500_000)
        write_tif(tmp_path / f"{place}.tif", pixels, transform=transform)
    zone = open_zone(tmp_path)
    found, seen = zone.read(slice(0, SIDE), slice(0, 2 * SIDE))
    assert seen.all()
    np.testing.assert_array_equal(found[:, :, :SIDE], land())
    with pytest.raises(SceneError, match="no datum"):
        read_pair(tmp_path / "0.tif", None)


def test_tiles_of_data_sets_have_their_margin_too(flair2, tmp_path):
    pixels = np.random.default_rng(3).integers(1, 250, (5, 512, 512), np.uint8)
    pixels[:4, :, :70] = 0
    name = flair2.tile(1, pixels=pixels)
    scene = open_collection(flair2.root).scene(name)
    np.testing.assert_array_equal(scene.seen, (pixels[:4] > 0).any(axis=0))
    assert BLACK in scene.notes

    write_roi(tmp_path / "hub", 1, 1, ("AERIAL_RGBI", "AERIAL-RLT_PAN"))
    for modality in ("AERIAL_RGBI", "AERIAL-RLT_PAN"):
        with rasterio.open(roi_file(tmp_path / "hub", modality, 0, 0), "r+") as file:
            values = file.read()
            values[..., :70] = 0
            file.write(values)
    collection = open_collection(tmp_path / "hub")
    patch = collection.scene(f"{NAME}/0-0")
    assert not patch.seen[:, :70].any()
    assert patch.seen[:, 70:].all()
    assert patch.images["AERIAL-RLT_PAN"].seen is None  # as its networks have seen it


def test_real_and_simulated_scenes_are_whole(treesat_folder: Path, demo_folder: Path):
    for folder in (treesat_folder, demo_folder):
        collection = open_collection(folder)
        for scene_id in collection.ids[:4]:
            assert collection.scene(scene_id, ("AERIAL_RGBI",)).seen is None
