"""Results out: what a GIS finds in the files, and what is left when they cannot be written."""

import datetime as dt
import logging
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import rasterio
from affine import Affine
from rio_cogeo import cog_validate

from lcapp.classes import COSIA, FLAIR2
from lcapp.errors import RunError
from lcapp.scene.collection import open_collection
from lcapp.scene.rasters.companions import read_reference
from lcapp.scene.rasters.export import (
    write_confidence,
    write_landcover,
    write_month,
    write_probabilities,
    write_superres,
)
from lcapp.types import Grid, LandCover, Month, SuperResolved

TAGS = {"model": "tiny", "bundle_hash": "abc", "trained": "false", "seed": "0"}
GRID = Grid("EPSG:2154", Affine(0.2, 0, 800_000, 0, -0.2, 6_500_000), 304, 300)
BANDS = ("B4", "B3", "B2", "B8")


def land_cover(table=FLAIR2, grid=GRID):
    rng = np.random.default_rng(0)
    values = rng.random((len(table), grid.height, grid.width), np.float32)
    return LandCover(values / values.sum(0), table, grid)


def super_resolved(grid=GRID):
    sr = grid.coarser()
    values = np.random.default_rng(1).random((12, 4, sr.height, sr.width), np.float32)
    values[3] = np.nan
    months = tuple(
        Month(m, m != 4, None if m == 4 else dt.date(2019, m, 11), 3, 2, 0.0) for m in range(1, 13)
    )
    return SuperResolved(
        reflectance=values,
        bicubic=values,
        guided=values,
        agreement=values[:, :, 0, 0],
        monthly=values,
        bands=BANDS,
        months=months,
        sr_grid=sr,
        lr_grid=sr,
        lr_consistency=values[:, 0, 0, 0],
        clamped=values[:, 0, 0, 0],
    )


@pytest.mark.parametrize("table", [FLAIR2, COSIA])
def test_landcover_has_ids_colours_and_names(tmp_path, table):
    cover = land_cover(table)
    write_landcover(tmp_path / "landcover.tif", cover, TAGS)
    with rasterio.open(tmp_path / "landcover.tif") as file:
        np.testing.assert_array_equal(file.read(1), cover.class_map)
        assert file.dtypes == ("uint8",)
        assert file.crs.to_epsg() == 2154
        assert file.transform == GRID.transform
        colours = file.colormap(1)
        for index, one in enumerate(table.classes):
            assert "#{:02x}{:02x}{:02x}".format(*colours[index][:3]) == one.colour
            assert file.tags()[f"class_{index}"] == one.en
            assert file.tags()[f"class_{index}_fr"] == one.fr
            assert file.tags(1)[f"class_{index}"] == one.en
        assert file.tags().items() >= TAGS.items()
        assert file.descriptions == ("land cover class",)
        assert file.colorinterp[0].name == "palette"


def test_overviews_of_the_class_map_hold_only_classes_that_are_there(tmp_path):
    """Two classes, 0 and 12: averaging would make others."""
    values = np.zeros((13, 304, 300), np.float32)
    chosen = np.random.default_rng(0).random((304, 300)) < 0.5
    values[0], values[12] = chosen, ~chosen
    write_landcover(tmp_path / "l.tif", LandCover(values, FLAIR2, GRID), TAGS)
    with rasterio.open(tmp_path / "l.tif", overview_level=0) as file:
        assert set(np.unique(file.read(1))) == {0, 12}


def test_confidence_is_the_winning_probability(tmp_path):
    cover = land_cover()
    write_confidence(tmp_path / "c.tif", cover, TAGS)
    with rasterio.open(tmp_path / "c.tif") as file:
        np.testing.assert_array_equal(file.read(1), cover.confidence)
        assert file.dtypes == ("float32",)
        assert file.transform == GRID.transform


def test_superres_bands_are_named_by_month_and_absent_ones_are_nan(tmp_path):
    series = super_resolved()
    write_superres(tmp_path / "s.tif", series, TAGS)
    with rasterio.open(tmp_path / "s.tif") as file:
        assert file.count == 48
        assert np.isnan(file.nodata)
        np.testing.assert_array_equal(file.read().reshape(12, 4, 38, 38), series.reflectance)
        assert file.descriptions[8:13] == (
            "2019-03 B4",
            "2019-03 B3",
            "2019-03 B2",
            "2019-03 B8",
            "04 absent B4",
        )
        assert file.tags(9).items() >= {"date": "2019-03-11", "band": "B4", "month": "3"}.items()
        assert file.tags(13)["present"] == "false"
        assert "date" not in file.tags(13)
        assert file.res == pytest.approx((1.6, 1.6))
        assert file.bounds[0] == 800_000
        assert file.bounds[3] == 6_500_000


def test_one_month_alone_and_what_lies_below_zero_are_told(tmp_path):
    series = super_resolved()
    series.reflectance[2, 0, 0, :19] = -0.01
    write_month(tmp_path / "m.tif", series, 3, TAGS)
    with rasterio.open(tmp_path / "m.tif") as file:
        np.testing.assert_array_equal(file.read(), series.reflectance[2])  # not clipped
        assert file.descriptions == ("2019-03 B4", "2019-03 B3", "2019-03 B2", "2019-03 B8")
        assert float(file.tags()["below_zero"]) == pytest.approx(19 / (4 * 38 * 38), abs=1e-6)
    assert series.below_zero[2] == pytest.approx(19 / (4 * 38 * 38))
    assert np.isnan(series.below_zero[3])  # absent


def test_probabilities_have_a_band_a_class_and_name_it(tmp_path):
    cover = land_cover()
    write_probabilities(tmp_path / "p.tif", cover, TAGS)
    with rasterio.open(tmp_path / "p.tif") as file:
        np.testing.assert_array_equal(file.read(), cover.probabilities)
        assert file.descriptions == FLAIR2.names
        assert file.tags().items() >= TAGS.items()


def test_gdal_has_nothing_to_complain_of(tmp_path, caplog):
    caplog.set_level(logging.INFO, "rasterio")
    write_landcover(tmp_path / "l.tif", land_cover(), TAGS)
    write_superres(tmp_path / "s.tif", super_resolved(), TAGS)
    assert [one.getMessage() for one in caplog.records if one.name.startswith("rasterio")] == []


def test_extent_is_the_real_aerial_images(tmp_path, treesat_folder):
    collection = open_collection(treesat_folder)
    grid = collection.header(collection.ids[0]).grid
    write_landcover(tmp_path / "l.tif", land_cover(grid=grid), TAGS)
    write_superres(tmp_path / "s.tif", super_resolved(grid), TAGS)
    source = treesat_folder / f"{collection.ids[0]}_WEFL_NLF.tif"
    with rasterio.open(source) as aerial, rasterio.open(tmp_path / "l.tif") as out:
        assert tuple(out.bounds) == pytest.approx(tuple(aerial.bounds), abs=0.01)
        assert out.crs.to_epsg() == 25832
    with rasterio.open(tmp_path / "s.tif") as out:
        assert out.res == pytest.approx((1.6, 1.6), abs=1e-6)
        assert out.crs.to_epsg() == 25832


@pytest.mark.parametrize("side", [304, 1100])
def test_all_three_are_cloud_optimised(tmp_path, side):
    grid = replace(GRID, height=side, width=side)
    write_landcover(tmp_path / "l.tif", land_cover(grid=grid), TAGS)
    write_confidence(tmp_path / "c.tif", land_cover(grid=grid), TAGS)
    write_superres(tmp_path / "s.tif", super_resolved(grid), TAGS)
    for name in ("l", "c", "s"):
        assert cog_validate(tmp_path / f"{name}.tif", strict=True) == (True, [], [])


def test_same_input_gives_the_same_bytes(tmp_path):
    backwards = dict(reversed(TAGS.items()))
    for number, tags in enumerate((TAGS, backwards)):
        write_landcover(tmp_path / f"l{number}.tif", land_cover(), tags)
        write_confidence(tmp_path / f"c{number}.tif", land_cover(), tags)
        write_superres(tmp_path / f"s{number}.tif", super_resolved(), tags)
    for name in "lcs":
        assert (tmp_path / f"{name}0.tif").read_bytes() == (tmp_path / f"{name}1.tif").read_bytes()


def test_a_written_class_map_can_be_read_back_as_labels(tmp_path):
    cover = land_cover()
    write_landcover(tmp_path / "l.tif", cover, TAGS)
    np.testing.assert_array_equal(read_reference(tmp_path / "l.tif", GRID).labels, cover.class_map)


def test_file_follows_the_umask_and_nothing_else_is_left(tmp_path):
    write_landcover(tmp_path / "l.tif", land_cover(), TAGS)
    assert [one.name for one in tmp_path.iterdir()] == ["l.tif"]
    (tmp_path / "plain").touch()
    assert (tmp_path / "l.tif").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_folder_that_is_not_there(tmp_path):
    with pytest.raises(RunError, match="cannot be written: No such file"):
        write_landcover(tmp_path / "nowhere" / "l.tif", land_cover(), TAGS)


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 128 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode != 0:
        pytest.skip(f"cannot mount a small file system here: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_full_disk_leaves_what_was_there(small_disk):
    target = small_disk / "superres.tif"
    target.write_bytes(b"the last run")
    with pytest.raises(RunError, match=r"no space .* MB needed, 0\.1\d MB free"):
        write_superres(target, super_resolved(), TAGS)
    assert [one.name for one in small_disk.iterdir()] == ["superres.tif"]
    assert target.read_bytes() == b"the last run"
    target.unlink()
    write_landcover(target, land_cover(grid=replace(GRID, height=64, width=64)), TAGS)


def test_limit_on_file_size_leaves_nothing(tmp_path):
    """The same without a mount: the kernel refuses to let the file grow."""
    code = """
import resource, sys, numpy as np
from affine import Affine
from lcapp.classes import FLAIR2
from lcapp.errors import RunError
from lcapp.scene.rasters.export import write_confidence
from lcapp.types import Grid, LandCover
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
values = np.random.default_rng(0).random((13, 256, 256), np.float32)
grid = Grid("EPSG:2154", Affine(0.2, 0, 0, 0, -0.2, 0), 256, 256)
try:
    write_confidence(sys.argv[1], LandCover(values, FLAIR2, grid), {})
except RunError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "c.tif")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert "no space to write it" in done.stdout
    assert list(tmp_path.iterdir()) == []
