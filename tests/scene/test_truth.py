"""The truth of a tile, written and read."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.vrt import WarpedVRT

from lcapp.errors import SceneError
from lcapp.scene.collection import open_collection
from lcapp.scene.flair2.truth import read_truth, write_truth
from lcapp.scene.rasters.plain import write_geotiff
from lcapp.types import Grid, Truth

GRID = Grid("EPSG:2154", Affine(1.6, 0, 700_000, 0, -1.6, 6_600_000), 3, 5)


@pytest.fixture
def known() -> Truth:
    values = np.random.default_rng(0).random((12, 2, 3, 5), dtype=np.float32)
    dates = tuple(dt.date(2021, month, 2 * month) for month in range(1, 13))
    return Truth(values, ("B4", "B8"), dates, np.arange(12) % 3 > 0, GRID)


def test_what_is_written_is_read_again(known: Truth, tmp_path: Path):
    write_truth(tmp_path / "TRU_000001.tif", known)
    read = read_truth(tmp_path / "TRU_000001.tif")
    np.testing.assert_array_equal(read.reflectance, known.reflectance)
    np.testing.assert_array_equal(read.observed, known.observed)
    assert (read.bands, read.dates, read.grid) == (known.bands, known.dates, known.grid)


def test_bands_are_named_by_month_then_by_band(known: Truth, tmp_path: Path):
    write_truth(tmp_path / "truth.tif", known)
    with rasterio.open(tmp_path / "truth.tif") as raster:
        assert raster.descriptions[:3] == ("2021-01 B4", "2021-01 B8", "2021-02 B4")
        np.testing.assert_array_equal(raster.read(4), known.reflectance[1, 1])
        assert raster.tags()["simulated"] == "true"


def test_the_same_truth_gives_the_same_bytes(known: Truth, tmp_path: Path):
    for name in ("a.tif", "b.tif"):
        write_truth(tmp_path / name, known)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_another_geotiff_is_no_truth(tmp_path: Path):
    write_geotiff(tmp_path / "TRU_1.tif", np.zeros((48, 3, 5), np.float32), GRID)
    with pytest.raises(SceneError, match=r"TRU_1.tif: is no truth of twelve months"):
        read_truth(tmp_path / "TRU_1.tif")


def test_a_truncated_file_is_no_truth(known: Truth, tmp_path: Path):
    path = tmp_path / "TRU_1.tif"
    write_truth(path, known)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(SceneError, match="is truncated"):
        read_truth(path)


def test_another_format_under_the_name_of_a_truth_is_not_opened(known: Truth, tmp_path: Path):
    write_truth(tmp_path / "other.tif", known)
    virtual = tmp_path / "TRU_1.tif"
    with rasterio.open(tmp_path / "other.tif") as source, WarpedVRT(source) as warped:
        rasterio.shutil.copy(warped, virtual, driver="VRT")
    with rasterio.open(virtual) as dataset:
        assert dataset.count == 24
    with pytest.raises(SceneError, match="no TIFF"):
        read_truth(virtual)


def test_real_scenes_have_none(treesat_folder: Path):
    collection = open_collection(treesat_folder)
    assert collection.truth(collection.ids[0]) is None


def test_an_unknown_scene_is_refused(treesat_folder: Path):
    with pytest.raises(SceneError, match="has no scene"):
        open_collection(treesat_folder).truth("nowhere")
