"""Recognising folders, listing them, and naming what is not there."""

import datetime as dt
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import rasterio

from lcapp.errors import SceneError
from lcapp.scene.collection import open_collection
from lcapp.scene.rasters import aerial as raster_module
from lcapp.scene.reader import SceneHeader
from lcapp.sensors import AERIAL, SENTINEL2


def test_kinds_are_recognised_by_their_file_names(pair, flair2, treesat_folder):
    pair.write()
    flair2.tile(1)
    assert open_collection(pair.folder).kind == "pairs"
    assert open_collection(flair2.root).kind == "flair2"
    assert open_collection(treesat_folder).kind == "treesat"


def test_a_folder_that_is_no_collection_is_told_what_each_kind_looks_like(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(SceneError, match=r"no collection.*WEFL_NLF.*flair_aerial.*_aerial\.tif"):
        open_collection(tmp_path)


def test_a_path_that_is_no_folder_is_refused(tmp_path):
    with pytest.raises(SceneError, match="is no folder"):
        open_collection(tmp_path / "nowhere")


def test_unknown_id_names_close_matches(pair):
    pair.write()
    with pytest.raises(SceneError, match=r"no scene 'b'.*try a"):
        open_collection(pair.folder).header("b")


def test_unknown_id_of_treesat_names_the_nearest(treesat_folder):
    with pytest.raises(SceneError, match=r"did you mean Betula_spec\._1_15679"):
        open_collection(treesat_folder).scene("Betula_spec_1_15679")


def test_listing_opens_each_raster_once_also_from_many_threads(pair, monkeypatch):
    pair.write()
    calls = []
    opening = rasterio.open
    monkeypatch.setattr(
        raster_module.rasterio, "open", lambda *a, **k: calls.append(a) or opening(*a, **k)
    )
    collection = open_collection(pair.folder)
    assert calls == []
    with ThreadPoolExecutor(4) as pool:
        headers = list(pool.map(collection.header, ["a"] * 8))
    assert len(calls) == 1
    assert headers[0] == SceneHeader(
        "a", headers[0].grid, frozenset({AERIAL, SENTINEL2}), has_reference=False
    )
    assert headers[0].grid.crs == "EPSG:2154"


def test_simulated_folders_say_so_on_every_scene(pair):
    pair.write()
    (pair.folder / "SIMULATED.txt").write_text("by lcapp.simulate\n")
    collection = open_collection(pair.folder)
    assert collection.header("a").simulated
    assert collection.scene("a").simulated


def test_a_broken_scene_does_not_hide_the_others(pair):
    pair.write()
    (pair.folder / "b_aerial.tif").write_bytes(b"")
    collection = open_collection(pair.folder)
    assert collection.ids == ("a", "b")
    collection.header("a")
    with pytest.raises(SceneError, match="empty file"):
        collection.header("b")


def test_reading_imports_no_torch(treesat_folder):
    code = (
        "import sys; import lcapp.scene.rasters.export;"
        "from lcapp.scene.collection import open_collection;"
        f"c = open_collection({str(treesat_folder)!r}); c.scene(c.ids[0]);"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_replaced_file_is_read_anew(pair, make):
    """By a collection that is open already: image, header and series."""
    pair.write()
    collection = open_collection(pair.folder)
    assert collection.header("a").grid.width == 64
    before = collection.fingerprint("a")
    make.tif(pair.folder / "new.tif", make.pixels(side=32)).replace(pair.aerial)
    np.save(pair.series, np.full((3, 4, 4, 4), 5000, np.uint16))
    assert collection.header("a").grid.width == 32
    assert (collection.scene("a").sentinel2.values == 5000).all()
    assert collection.fingerprint("a") != before


def test_replaced_tables_of_a_data_set_are_read_anew(flair2):
    tile = flair2.tile(1)
    flair2.series()
    flair2.metadata({"IMG_000001": {"date": "2021-06-01"}})
    collection = open_collection(flair2.root)
    before = collection.scene(tile)
    flair2.metadata({"IMG_000001": {"date": "01/07/2021"}})
    assert collection.scene(tile).aerial.date is None  # of July, or the seventh of January
    flair2.metadata({"IMG_000001": {"date": "20210701T1030"}})
    flair2.left += 50.0
    flair2.tile(1)
    after = collection.scene(tile)
    assert after.aerial.date == dt.date(2021, 7, 1)
    assert after.sentinel2.grid.transform.c != before.sentinel2.grid.transform.c
