"""Pixels without an image, whichever way a file says so; formats that are read, and named."""

import numpy as np
import pytest
import rasterio
import rasterio.shutil

from lcapp.errors import SceneError
from lcapp.scene.collection import open_collection
from lcapp.scene.pairs import read_pair
from lcapp.scene.rasters.aerial import inspect_aerial
from lcapp.scene.zone.image import open_zone
from tests.scene.conftest import write_tif

SIDE = 64
THERE = np.ones((SIDE, SIDE), bool)
THERE[:, :25] = THERE[40:44, 30:34] = False


def land(bands=4):
    return np.random.default_rng(3).integers(1, 250, (bands, SIDE, SIDE), np.uint8)


def internal(path, pixels):
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        write_tif(path, pixels)
        with rasterio.open(path, "r+") as file:
            file.write_mask(THERE)


def beside(path, pixels):
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False):
        write_tif(path, pixels)
        with rasterio.open(path, "r+") as file:
            file.write_mask(THERE)
    assert path.with_name(path.name + ".msk").is_file()


def nodata(path, pixels):
    write_tif(path, np.where(THERE, pixels, 255).astype(np.uint8), nodata=255)


def of_each_band(path, pixels):
    """Three values together, one a band, as GDAL's metadata say it."""
    fill = np.array([1, 2, 3, 4])[:, None, None]
    pixels = np.where(THERE, pixels, fill).astype(np.uint8)
    write_tif(path, pixels, tags={"NODATA_VALUES": "1 2 3 4"})


def alpha(path, pixels):
    opaque = np.where(THERE, 255, 0).astype(np.uint8)
    write_tif(path, np.concatenate([pixels[:3], opaque[None]]), photometric="RGB", alpha="YES")


@pytest.mark.parametrize("said", [internal, beside, nodata, of_each_band, alpha])
def test_every_way_to_say_that_there_is_no_image_is_obeyed(tmp_path, said):
    path = tmp_path / "a.tif"
    said(path, land())
    zone, scene = open_zone(path), read_pair(path, None)
    np.testing.assert_array_equal(zone.read(slice(0, SIDE), slice(0, SIDE))[1], THERE)
    np.testing.assert_array_equal(scene.seen, THERE)
    assert (scene.aerial.pixels[:, ~THERE] == 0).all()
    np.testing.assert_array_equal(scene.aerial.pixels[:3, THERE], land()[:3, THERE])
    assert zone.scene(slice(0, 64), slice(26, 30)).seen is None  # all of this window is there
    assert any("no image" in note for note in zone.notes)
    assert f"{1 - THERE.mean():.1%} of the pixels have no image." in scene.notes


def test_one_band_without_data_is_a_dark_band_and_no_missing_pixel(tmp_path):
    pixels = land()
    pixels[1, :10] = 0
    write_tif(tmp_path / "a.tif", pixels, nodata=0)
    assert read_pair(tmp_path / "a.tif", None).seen is None


def test_a_tile_of_flair_2_has_its_mask_as_well(flair2):
    pixels = np.random.default_rng(3).integers(1, 250, (5, 512, 512), np.uint8)
    pixels[:4, 100:200, :50] = 0  # heights are no part of the image
    name = flair2.tile(1, pixels=pixels)
    path = next(flair2.root.glob("flair_aerial_test/*/*/img/*.tif"))
    assert open_collection(flair2.root).scene(name).seen is None
    with rasterio.open(path, "r+") as file:
        file.nodata = 0
    seen = open_collection(flair2.root).scene(name).seen
    np.testing.assert_array_equal(~seen, (pixels[:4] == 0).all(axis=0))


def test_a_tile_of_treesat_has_its_mask_and_not_the_alpha_that_its_writer_calls_red(
    treesat_folder, tmp_path
):
    for file in treesat_folder.glob("Betula_spec._1_*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    name = "Betula_spec._1_15679"
    assert open_collection(tmp_path).scene(name).seen is None
    seen = np.ones((304, 304), bool)
    seen[:7] = False
    with rasterio.open(next(tmp_path.glob("*.tif")), "r+") as file:
        file.write_mask(seen)
    np.testing.assert_array_equal(open_collection(tmp_path).scene(name).seen, seen)


def test_jpeg_2000_is_read_by_what_it_is_and_not_by_its_name(tmp_path):
    write_tif(tmp_path / "a.tif", land())
    kept = {"driver": "JP2OpenJPEG", "QUALITY": "100", "REVERSIBLE": "YES"}
    rasterio.shutil.copy(tmp_path / "a.tif", tmp_path / "b.jp2", **kept)
    (tmp_path / "c.tif").write_bytes((tmp_path / "b.jp2").read_bytes())
    for name in ("b.jp2", "c.tif"):
        zone = open_zone(tmp_path / name)
        assert zone.grid == open_zone(tmp_path / "a.tif").grid
        found, valid = zone.read(slice(3, 40), slice(5, 64))
        np.testing.assert_array_equal(found, land()[:, 3:40, 5:64])
        assert valid.all()


@pytest.mark.parametrize("name", ["a.vrt", "b.tif"])
def test_a_vrt_reads_no_other_file_whatever_its_name(tmp_path, name):
    write_tif(tmp_path / "secret.tif", land())
    rasterio.shutil.copy(tmp_path / "secret.tif", tmp_path / name, driver="VRT")
    with pytest.raises(SceneError, match=r"a VRT.*gdal_translate [ab]\.\w+ (a|conv.*b)\."):
        inspect_aerial(tmp_path / name)


def test_a_mask_beside_a_raster_is_a_tiff_or_refused(tmp_path):
    write_tif(tmp_path / "a.tif", land())
    rasterio.shutil.copy(tmp_path / "a.tif", tmp_path / "a.tif.msk", driver="VRT")
    with pytest.raises(SceneError, match=r"a\.tif\.msk: lies beside a raster"):
        inspect_aerial(tmp_path / "a.tif")


def test_another_format_is_named(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(SceneError, match="is no TIFF but a PNG"):
        inspect_aerial(tmp_path / "a.tif")


def test_a_pair_and_a_folder_of_sheets_may_be_jpeg_2000(tmp_path):
    write_tif(tmp_path / "a.tif", land())
    for target in ("pair/a_aerial.JP2", "sheets/one.jp2"):
        (tmp_path / target).parent.mkdir()
        kept = {"driver": "JP2OpenJPEG", "QUALITY": "100", "REVERSIBLE": "YES"}
        rasterio.shutil.copy(tmp_path / "a.tif", tmp_path / target, **kept)
    scene = open_collection(tmp_path / "pair").scene("a")
    np.testing.assert_array_equal(scene.aerial.pixels, land())
    assert open_zone(tmp_path / "sheets").grid == scene.grid
