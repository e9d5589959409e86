"""TreeSatAI-TS, on the real samples; the spoilt ones are copies."""

import datetime as dt
import shutil
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
import rasterio

from lcapp.errors import SceneError
from lcapp.scene.collection import open_collection
from lcapp.scene.rasters.georeference import named_crs

BIRCH = "Betula_spec._1_15679"


@pytest.fixture
def copy(treesat_folder: Path, tmp_path: Path) -> Path:
    """One real sample that may be spoilt."""
    for file in treesat_folder.glob(f"{BIRCH}*"):
        shutil.copyfile(file, tmp_path / file.name)
    return tmp_path


def test_the_four_real_samples_are_listed_and_read(treesat_folder):
    collection = open_collection(treesat_folder)
    assert collection.kind == "treesat"
    assert len(collection.ids) == 4
    assert BIRCH in collection.ids
    for name in collection.ids:
        scene = collection.scene(name)
        assert scene.aerial.pixels.shape == (4, 304, 304)
        assert scene.aerial.grid.crs == "EPSG:25832"
        assert scene.aerial.date is None
        assert scene.ndsm is None
        assert scene.reference is None
        assert not scene.simulated
        assert scene.sentinel2.values.shape[1:] == (10, 6, 6)
        assert np.isfinite(scene.sentinel2.values).all()


def test_values_dates_and_masks_are_those_of_the_file(treesat_folder):
    scene = open_collection(treesat_folder).scene(BIRCH)
    with h5py.File(treesat_folder / f"{BIRCH}_WEFL_NLF_2019.h5") as file:
        np.testing.assert_array_equal(scene.sentinel2.values, file["sen-2-data"][()])
        np.testing.assert_array_equal(scene.sentinel2.snow, file["sen-2-masks"][:, 0])
        np.testing.assert_array_equal(scene.sentinel2.cloud, file["sen-2-masks"][:, 1])
    with rasterio.open(treesat_folder / f"{BIRCH}_WEFL_NLF.tif") as file:
        np.testing.assert_array_equal(scene.aerial.pixels, file.read())
    assert scene.aerial.bands == ("nir", "green", "blue", "red")
    assert scene.sentinel2.dates[0] == dt.date(2019, 1, 3)
    assert not scene.sentinel2.offsets.any()


def test_series_is_centred_on_the_aerial_image_and_lacks_0_4_m(treesat_folder):
    scene = open_collection(treesat_folder).scene(BIRCH)
    west, south, east, north = scene.aerial.grid.bounds
    left, bottom, right, top = scene.sentinel2.grid.bounds
    margins = [left - west, bottom - south, east - right, north - top]
    assert margins == pytest.approx([0.4] * 4, abs=1e-3)


def test_what_was_assumed_is_said(treesat_folder):
    notes = " ".join(open_collection(treesat_folder).scene(BIRCH).notes)
    for word in ("EPSG:25832", "centred", "flight date", "Betula 73%"):
        assert word in notes


def test_unknown_crs_is_named_by_its_parameters_without_gdals_guess(treesat_folder):
    with rasterio.open(next(treesat_folder.glob("*.tif"))) as dataset:
        crs = dataset.crs
    unmatched = SimpleNamespace(to_dict=crs.to_dict, to_wkt=crs.to_wkt, to_epsg=lambda: None)
    name, note = named_crs(unmatched)
    assert name == "EPSG:25832"
    assert "names no known CRS" in note


def test_newest_of_several_years_is_taken_and_noted(copy):
    newest = copy / f"{BIRCH}_WEFL_NLF_2020.h5"
    shutil.copyfile(copy / f"{BIRCH}_WEFL_NLF_2019.h5", newest)
    with h5py.File(newest, "r+") as file:
        file["sen-2-data"][...] = 123.0
    scene = open_collection(copy).scene(BIRCH)
    assert (scene.sentinel2.values == 123).all()
    assert any("2020" in note and "2019" in note for note in scene.notes)


def test_without_a_series_the_scene_is_aerial_alone(copy):
    (copy / f"{BIRCH}_WEFL_NLF_2019.h5").unlink()
    scene = open_collection(copy).scene(BIRCH)
    assert scene.sentinel2 is None
    assert "There is no series beside the aerial image." in scene.notes


def test_truncated_h5_is_refused(copy):
    path = copy / f"{BIRCH}_WEFL_NLF_2019.h5"
    path.write_bytes(path.read_bytes()[:200_000])
    with pytest.raises(SceneError, match=r"2019\.h5.*truncated"):
        open_collection(copy).scene(BIRCH)


@pytest.mark.parametrize(
    ("name", "cut", "sentence"),
    [
        ("sen-2-data", np.s_[:, :9], "has 9 bands"),
        ("sen-2-data", np.s_[:100], "has 100 images for 146 dates"),
        ("sen-2-data", np.s_[:0], "empty series"),
        ("sen-2-masks", np.s_[..., :5], "masks have the shape"),
        ("sen-2-products", None, "lacks one of its arrays"),
    ],
)
def test_series_that_does_not_agree_with_itself_is_refused(copy, name, cut, sentence):
    with h5py.File(copy / f"{BIRCH}_WEFL_NLF_2019.h5", "r+") as file:
        values = file[name][()]
        del file[name]
        if cut is not None:
            file[name] = values[cut]
    with pytest.raises(SceneError, match=sentence):
        open_collection(copy).scene(BIRCH)


def test_truncated_aerial_is_refused(copy):
    path = copy / f"{BIRCH}_WEFL_NLF.tif"
    path.write_bytes(path.read_bytes()[:180_000])
    with pytest.raises(SceneError, match="truncated"):
        open_collection(copy).scene(BIRCH)
