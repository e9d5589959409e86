"""Scenes found by their place, in FLAIR-HUB folders and in any other collection."""

import shutil
from pathlib import Path

import pytest
from rasterio.warp import transform

from lcapp.errors import SceneError
from lcapp.scene.collection import Collection, open_collection
from lcapp.scene.places import scenes_at
from lcapp.sensors import PATCH_METRES
from tests.scene.roi import NAME, NORTH, WEST, file, write_roi
from tests.scene.test_flairhub import write_table

LAMBERT93 = "EPSG:2154"


@pytest.fixture
def roi(tmp_path: Path) -> Path:
    """Two rows of three patches, the middle one of the first row missing."""
    write_roi(tmp_path, 2, 3, ("SPOT_RGBI",), gaps=((0, 1),))
    return tmp_path


def with_table(root: Path) -> Collection:
    """The same with a table of other patches too, and without one of those that are there."""
    edges = "patch_xmin, patch_ymin, patch_xmax, patch_ymax"
    rows = [
        (one.replace("/", "_"), *map(float, grid.bounds))
        for one, grid in open_collection(root).footprints(NAME).items()
        if not one.endswith("1-1")
    ]
    away = (WEST + 900_000.0, NORTH, WEST + 900_102.4, NORTH + 102.4)
    path = root / "GLOBAL_ALL_MTD" / "GLOBAL_ALL_MTD_GEOM.gpkg"
    write_table(path, f"patch_id, {edges}", [*rows, ("D099-2020_AA-S1-1_0-0", *away)])
    return open_collection(root)


def test_a_place_in_degrees_leads_to_its_patch(roi: Path) -> None:
    (lon,), (lat,) = transform(LAMBERT93, "EPSG:4326", [WEST + 250.0], [NORTH - 150.0])
    assert scenes_at(open_collection(roi), lon, lat) == (f"{NAME}/1-2",)


@pytest.mark.parametrize("table", [True, False])
def test_beside_the_patches_the_nearest_region_is_named_with_its_distance(
    roi: Path, table: bool
) -> None:
    collection = with_table(roi) if table else open_collection(roi)
    with pytest.raises(SceneError, match=rf"no scene at 796000, .* {NAME}, 5.0 km away$"):
        scenes_at(collection, WEST - 4000.0, NORTH + 3000.0, LAMBERT93)
    with pytest.raises(SceneError, match=rf"{NAME}, 600.0 km away$"):
        scenes_at(collection, WEST + 3 * PATCH_METRES + 600_000.0, NORTH - 50.0, LAMBERT93)


def test_a_gap_of_a_region_is_called_a_gap(roi: Path) -> None:
    with pytest.raises(SceneError, match=rf"lies in a gap of the region of interest {NAME}$"):
        scenes_at(open_collection(roi), WEST + 150.0, NORTH - 50.0, LAMBERT93)


def test_swapped_degrees_are_told(roi: Path) -> None:
    (lon,), (lat,) = transform(LAMBERT93, "EPSG:4326", [WEST], [NORTH])
    with pytest.raises(SceneError, match="km away; longitude comes first"):
        scenes_at(open_collection(roi), lat, lon)


@pytest.mark.parametrize(
    ("x", "y", "crs", "said"),
    [
        (2.0, 95.0, "EPSG:4326", "no place on the Earth"),
        (2000.0, 46.0, "EPSG:4326", "no place on the Earth"),
        (float("nan"), 46.0, "EPSG:4326", "no place on the Earth"),
        (float("inf"), 6e6, LAMBERT93, "cannot be placed"),
        (1e300, 1e300, LAMBERT93, "cannot be placed"),
        (1.0, 1.0, "EPSG:nowhere", "no known CRS"),
        (1.0, 1.0, "", "no known CRS"),
    ],
)
def test_what_is_no_place_gets_a_sentence(
    roi: Path, x: float, y: float, crs: str, said: str
) -> None:
    with pytest.raises(SceneError, match=said):
        scenes_at(open_collection(roi), x, y, crs)


def test_any_georeferenced_collection_is_searched(treesat_folder: Path, tmp_path: Path) -> None:
    for path in treesat_folder.glob("*.tif"):
        shutil.copy(path, tmp_path)
    broken = tmp_path / "Abies_alba_0_0_WEFL_NLF.tif"
    broken.write_bytes(b"no raster")
    collection = open_collection(tmp_path)
    assert scenes_at(collection, 428_400.0, 5_862_930.0, "EPSG:25832") == ("Betula_spec._1_15679",)
    with pytest.raises(SceneError, match=r"no scene at .* nearest is Betula_spec._1_15679, 70 m"):
        scenes_at(collection, 428_500.4, 5_862_930.0, "EPSG:25832")


def test_footprints_are_read_from_headers_and_leave_out_what_cannot_be_read(roi: Path) -> None:
    file(roi, "SPOT_RGBI", 1, 1).write_bytes(b"no raster")
    found = open_collection(roi).footprints(NAME)
    assert set(found) == {f"{NAME}/{at}" for at in ("0-0", "0-2", "1-0", "1-2")}
    east = WEST + 2 * PATCH_METRES
    box = (east, NORTH - 2 * PATCH_METRES, east + PATCH_METRES, NORTH - PATCH_METRES)
    assert found[f"{NAME}/1-2"].bounds == pytest.approx(box)
