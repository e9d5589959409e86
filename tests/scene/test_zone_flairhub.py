"""A region of interest as one zone: windows across the borders of its patches."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from lcapp.errors import SceneError
from lcapp.scene.collection import open_collection
from lcapp.scene.zone.area import Area
from lcapp.sensors import MODALITIES
from tests.scene.roi import DAYS, NAME, NORTH, WEST, file, write_roi

EVERYTHING = ("AERIAL_RGBI", "AERIAL-RLT_PAN", "DEM_ELEV", "SPOT_RGBI", "SENTINEL2_TS")
SPARSE = (0, 2)
"""A patch that misses two of the days; its neighbours have all."""


def span(start: int) -> slice:
    return slice(start, start + 512)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def regions(root: Path) -> dict[str, np.ndarray]:
    """2 x 3 patches, one of them absent, one with two days only."""
    days = {SPARSE: (DAYS[3], DAYS[1])}  # in an order of its own
    return write_roi(root, 2, 3, EVERYTHING, gaps=((1, 1),), days=days)


@pytest.fixture(scope="module")
def zone(root: Path, regions: dict[str, np.ndarray]) -> Area:
    return open_collection(root).region(NAME, EVERYTHING)


def test_the_region_lies_where_its_patches_lie_and_tells_its_gap(zone: Area) -> None:
    assert (zone.grid.height, zone.grid.width, zone.grid.crs) == (1024, 1536, "EPSG:2154")
    assert zone.grid.transform.almost_equals(Affine(0.2, 0, WEST, 0, -0.2, NORTH), precision=1e-6)
    seen = zone.seen(slice(0, 1024), slice(0, 1536))
    expected = np.ones((1024, 1536), bool)
    expected[512:, 512:1024] = False
    np.testing.assert_array_equal(seen, expected)
    np.testing.assert_array_equal(zone.seen(span(256), span(768)), expected[256:768, 768:1280])


@pytest.mark.parametrize(("row", "col"), [(0, 0), (0, 256), (0, 1024)])
def test_a_window_holds_the_pixels_of_every_modality_at_its_place(
    zone: Area, regions: dict[str, np.ndarray], row: int, col: int
) -> None:
    patch = zone.scene(span(row), span(col))
    assert patch is not None
    for name in EVERYTHING[:4]:
        pixels = MODALITIES[name].pixels
        top, left = row * pixels // 512, col * pixels // 512
        expected = regions[name][:, top : top + pixels, left : left + pixels]
        np.testing.assert_array_equal(patch.images[name].pixels, expected)
        kind = np.float32 if name == "SPOT_RGBI" else expected.dtype  # SPOT's unit is decided
        assert patch.images[name].pixels.dtype == kind
    assert patch.grid.bounds == pytest.approx(
        (WEST + 0.2 * col, NORTH - 102.4, WEST + 0.2 * col + 102.4, NORTH), abs=1e-6
    )


def test_a_window_on_one_patch_has_all_its_days_and_one_on_two_those_of_both(
    zone: Area, regions: dict[str, np.ndarray]
) -> None:
    series = regions["SENTINEL2_TS"].reshape(4, 10, 20, 30)
    for col, days in ((0, [0, 1, 2, 3]), (256, [0, 1, 2, 3]), (768, [1, 3]), (1024, [3, 1])):
        patch = zone.scene(span(0), span(col))
        assert patch is not None
        found = patch.series["SENTINEL2_TS"]
        assert [f"{day:%Y%m%d}" for day in found.dates] == [DAYS[day] for day in days]
        left = col * 10 // 512
        np.testing.assert_array_equal(found.values, series[days, :, :10, left : left + 10])
        assert found.snow is not None
        assert found.snow.shape == found.cloud.shape == (len(days), 10, 10)


def test_a_window_on_one_patch_is_that_patchs_scene(root: Path, zone: Area) -> None:
    scene = zone.scene(span(0), span(1024))
    alone = open_collection(root).scene(f"{NAME}/0-2")
    assert scene is not None
    np.testing.assert_array_equal(scene.aerial.pixels, alone.aerial.pixels)
    np.testing.assert_array_equal(scene.ndsm, alone.ndsm)
    for part in ("values", "offsets", "snow", "cloud"):
        found, expected = getattr(scene.sentinel2, part), getattr(alone.sentinel2, part)
        np.testing.assert_array_equal(found, expected)
    assert (scene.sentinel2.dates, scene.sentinel2.bands) == (
        alone.sentinel2.dates,
        alone.sentinel2.bands,
    )
    assert scene.sentinel2.grid.bounds == pytest.approx(alone.sentinel2.grid.bounds, abs=1e-6)
    assert zone.scene(span(256), span(256)) is None


def test_a_scene_across_a_border_has_its_series_where_its_image_lies(zone: Area) -> None:
    scene = zone.scene(span(0), span(256))
    assert scene is not None
    assert scene.sentinel2.grid.bounds == pytest.approx(scene.aerial.grid.bounds, abs=1e-6)
    assert scene.aerial.grid.bounds[0] == pytest.approx(WEST + 51.2)


def test_a_series_has_no_window_over_a_gap_but_images_have(root: Path, zone: Area) -> None:
    assert zone.scene(span(256), span(256)) is None
    images = open_collection(root).region(NAME, ("AERIAL_RGBI",))
    patch = images.scene(span(256), span(256))
    assert patch is not None
    absent = patch.images["AERIAL_RGBI"].pixels == 0  # elsewhere at least 1
    assert absent[:, 256:, 256:].all()
    assert absent.sum() == 4 * 256 * 256


def test_patches_without_a_day_in_common_have_no_window_together(tmp_path: Path) -> None:
    days = {(0, 0): DAYS[:2], (0, 1): DAYS[2:]}
    write_roi(tmp_path, 1, 2, ("SENTINEL2_TS",), days=days)
    zone = open_collection(tmp_path).region(NAME, ("SENTINEL2_TS",))
    assert zone.scene(span(0), span(256)) is None
    assert zone.scene(span(0), span(512)) is not None


@pytest.mark.parametrize(("row", "size"), [(100, 512), (4, 512), (0, 256)])
def test_a_window_that_cuts_through_pixels_is_a_programming_error(
    zone: Area, row: int, size: int
) -> None:
    with pytest.raises(ValueError, match=r"cut through|expected a window"):
        zone.scene(slice(row, row + size), slice(0, size))


def test_an_exchanged_file_or_date_changes_the_fingerprint_of_its_modality(tmp_path: Path) -> None:
    def prints() -> dict[str, str]:
        return open_collection(tmp_path).region(NAME, ("SPOT_RGBI", "SENTINEL2_TS")).fingerprints()

    write_roi(tmp_path, 1, 2, ("SPOT_RGBI", "SENTINEL2_TS"))
    before = prints()
    assert set(before) == {"SPOT_RGBI", "SENTINEL2_TS", "SENTINEL2_MSK-SC", "SENTINEL2 dates"}
    with rasterio.open(file(tmp_path, "SPOT_RGBI", 0, 1), "r+") as dataset:
        dataset.write(dataset.read() + 1)
    assert {name for name, one in prints().items() if one != before[name]} == {"SPOT_RGBI"}
    shutil.rmtree(tmp_path / "GLOBAL_ALL_MTD")
    other = tmp_path / "other"
    write_roi(other, 1, 2, ("SENTINEL2_TS",), days={(0, 1): DAYS[:3]})
    (other / "GLOBAL_ALL_MTD").rename(tmp_path / "GLOBAL_ALL_MTD")
    assert prints()["SENTINEL2 dates"] != before["SENTINEL2 dates"]


def test_what_is_missing_is_said_before_anything_is_read(tmp_path: Path) -> None:
    write_roi(tmp_path, 1, 2, ("AERIAL_RGBI", "SENTINEL2_TS"))
    collection = open_collection(tmp_path)
    with pytest.raises(SceneError, match=rf"no region of interest 'D1/X'; expected one of {NAME}"):
        collection.region("D1/X", ("AERIAL_RGBI",))
    with pytest.raises(SceneError, match="0-0 has no SPOT_RGBI"):
        collection.region(NAME, ("AERIAL_RGBI", "SPOT_RGBI"))
    masks = file(tmp_path, "SENTINEL2_MSK-SC", 0, 1)
    kept = masks.read_bytes()
    masks.unlink()
    with pytest.raises(SceneError, match="0-1 has no SENTINEL2_MSK-SC"):
        collection.region(NAME, ("SENTINEL2_TS",))
    masks.write_bytes(kept)
    shutil.rmtree(tmp_path / "GLOBAL_ALL_MTD")
    write_roi(tmp_path / "again", 1, 1, ("SENTINEL2_TS",))
    (tmp_path / "again" / "GLOBAL_ALL_MTD").rename(tmp_path / "GLOBAL_ALL_MTD")
    with pytest.raises(SceneError, match="no dates of SENTINEL2 for the patch"):
        open_collection(tmp_path).region(NAME, ("SENTINEL2_TS",))


def test_patches_beside_the_lattice_are_refused(tmp_path: Path) -> None:
    write_roi(tmp_path, 1, 2, ("AERIAL_RGBI",))
    with rasterio.open(file(tmp_path, "AERIAL_RGBI", 0, 1), "r+") as dataset:
        dataset.transform = dataset.transform @ Affine.translation(3, 0)
    with pytest.raises(SceneError, match=r"0-1 does not lie beside the others, 102.4 m apart"):
        open_collection(tmp_path).region(NAME, ("AERIAL_RGBI",))
