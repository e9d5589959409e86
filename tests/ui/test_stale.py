"""Files that are replaced while the page shows what was read of them."""

import os
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
import rasterio
from affine import Affine
from streamlit.testing.v1 import AppTest

from lcapp.families.door import open_card
from lcapp.scene.collection import Collection
from lcapp.types import Scene
from lcapp.ui.session import cache
from tests.ui.pages import ended, explore, runs, told

pytestmark = pytest.mark.usefixtures("nothing_shared")

NAME = "Quercus_robur_7_85750_WEFL_NLF"


@pytest.fixture
def folder(treesat_folder: Path, tmp_path: Path) -> Path:
    """A real scene as a plain pair."""
    with rasterio.open(treesat_folder / f"{NAME}.tif") as file:
        nir, green, blue, red = file.read()
    write_aerial(tmp_path, np.stack([red, green, blue, nir]))
    (series,) = treesat_folder.glob(f"{NAME}_*.h5")
    with h5py.File(series) as file:
        np.save(tmp_path / "a_series.npy", file["sen-2-data"][()])
        np.save(tmp_path / "a_masks.npy", file["sen-2-masks"][()])
        names = [name.decode() for name in file["sen-2-products"][()]]
    (tmp_path / "a_dates.txt").write_text("\n".join(names))
    return tmp_path


def write_aerial(folder: Path, image: np.ndarray) -> None:
    """In place, so that the folder's time stays."""
    bands, height, width = image.shape
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            count=bands,
            height=height,
            width=width,
            dtype="uint8",
            crs="EPSG:2154",
            transform=Affine(0.2, 0, 8e5, 0, -0.2, 6.5e6),
        ) as raster:
            raster.write(image)
        (folder / "a_aerial.tif").write_bytes(memory.read())


def shown(folder: Path) -> Scene:
    """What the page that has just been drawn has read."""
    collection = cache.collection(str(folder))
    content = collection.fingerprint("a")
    return cache.scene(collection, "a", content, open_card("tiny"))


def opened(folder: Path) -> AppTest:
    page = explore(collection=str(folder), model="tiny", steps="1")
    assert [error.value for error in page.error] == []
    assert not page.exception
    return page


def test_a_replaced_series_is_read_anew_and_has_no_result(folder: Path) -> None:
    page = opened(folder)
    ended(page.button(key="explore_run").click().run())
    assert page.metric
    first = runs()[0].result.super_resolved.reflectance

    series = np.load(folder / "a_series.npy")
    np.save(folder / "new.npy", series // 2)
    (folder / "new.npy").replace(folder / "a_series.npy")
    page = opened(folder)
    assert not page.metric, "a result of the file that was there before"
    page.button(key="explore_run").click().run()
    ended(page, runs()[-1])
    second = runs()[-1].result.super_resolved.reflectance
    assert np.nanmean(second) < 0.8 * np.nanmean(first)


def test_a_series_written_over_in_place_is_read_anew(folder: Path) -> None:
    opened(folder)
    before = shown(folder).sentinel2
    series = np.load(folder / "a_series.npy")
    np.save(folder / "a_series.npy", series // 2)
    opened(folder)
    after = shown(folder).sentinel2
    assert before is not None
    assert after is not None
    assert np.nanmean(after.values) == pytest.approx(np.nanmean(before.values) / 2, rel=0.01)


def test_size_and_place_of_an_image_written_over_in_place_are_those_of_the_new_one(
    folder: Path,
) -> None:
    assert "60.8 × 60.8 m" in told(opened(folder))
    with rasterio.open(folder / "a_aerial.tif") as file:
        image = file.read()
    time = folder.stat().st_mtime_ns
    write_aerial(folder, image[:, :280, :280])
    assert folder.stat().st_mtime_ns == time
    assert "56.0 × 56.0 m" in told(opened(folder))
    assert cache.collection(str(folder)).header("a").grid.width == 280
    assert shown(folder).grid.width == 280


def test_what_is_written_while_it_is_read_is_filed_under_no_content(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Collection.scene

    def written_over(self: Collection, *asked: object) -> Scene:
        scene = read(self, *asked)  # type: ignore[arg-type]
        os.utime(folder / "a_series.npy", ns=(1, 1))
        return scene

    monkeypatch.setattr(Collection, "scene", written_over)
    page = explore(collection=str(folder), model="tiny")
    assert any("changed while they were read" in error.value for error in page.error)
    monkeypatch.undo()
    os.utime(folder / "a_series.npy")
    opened(folder)


def test_a_file_that_joins_or_leaves_is_noticed(folder: Path) -> None:
    assert opened(folder).selectbox(key="explore_scene").options == ["a"]
    shutil.copy(folder / "a_aerial.tif", folder / "b_aerial.tif")
    assert opened(folder).selectbox(key="explore_scene").options == ["a", "b"]
