"""A simulated collection read as FLAIR #2 says, once without lcapp's reader and once with it."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio

from lcapp.prepare import InputSpec, apply_window, prepare
from lcapp.scene.collection import open_collection
from lcapp.sensors import parse_sentinel2_product
from lcapp.simulate.domain import STYLES, domains
from lcapp.simulate.zones import SUPER_AREA, held_out_domains, usual_domains, zones_of
from lcapp.views.months import measured_year

COMMON = [2, 1, 0, 6]
"""B4, B3, B2, B8 among the ten bands."""


NUMBERS = range(1, 6)
"""Of the tiles."""


@pytest.fixture(scope="module")
def folder(simulated_folder: Path) -> Path:
    return simulated_folder


def read(path: Path) -> tuple[np.ndarray, rasterio.DatasetReader]:
    with rasterio.open(path) as raster:
        return raster.read(), raster


def test_the_files_are_those_of_flair2(folder: Path):
    images = sorted(folder.glob("flair_aerial_train/D*_20??/Z*_??/img/IMG_*.tif"))
    assert [path.name for path in images] == [f"IMG_{number:06d}.tif" for number in NUMBERS]
    for path in images:
        image, raster = read(path)
        assert (image.shape, image.dtype, str(raster.crs)) == ((5, 512, 512), "uint8", "EPSG:2154")
        assert raster.transform.a == pytest.approx(0.2)
        mask = Path(str(path).replace("_aerial_", "_labels_").replace("/img/IMG", "/msk/MSK"))
        labels, of_labels = read(mask)
        assert (labels.shape, labels.dtype) == ((1, 512, 512), "uint8")
        assert of_labels.transform == raster.transform
        assert labels.min() >= 1
        assert labels.max() <= 19
        assert (image[4][labels[0] == 5] == 0).all()  # water has no height
    data, _ = sorted(folder.glob("flair_sen_train/*/*/sen/SEN2_sp_*_data.npy"))
    area = data.parents[1]
    assert data.name == f"SEN2_sp_{area.parent.name}-{area.name}_data.npy"
    series = np.load(data, allow_pickle=False)
    masks = np.load(str(data).replace("_data", "_masks"), allow_pickle=False)
    products = Path(str(data).replace("_data.npy", "_products.txt")).read_text().splitlines()
    assert (series.shape[1:], series.dtype) == ((10, *SUPER_AREA), "uint16")
    assert (masks.shape[1:], masks.dtype) == ((2, *SUPER_AREA), "uint8")
    assert len(series) == len(masks) == len(products)
    assert masks.max() <= 100
    years = {parse_sentinel2_product(name)[0].year for name in products}
    assert years == {int(area.parent.name[-4:])}


def test_the_tables_place_and_date_every_tile(folder: Path):
    centroids = json.loads((folder / "flair-2_centroids_sp_to_patch.json").read_text())
    metadata = json.loads((folder / "flair-2_metadata_aerial.json").read_text())
    assert set(centroids) == {f"IMG_{number:06d}.tif" for number in NUMBERS}
    assert set(metadata) == {f"IMG_{number:06d}" for number in NUMBERS}
    for row, col in centroids.values():
        assert isinstance(row, int)
        # As the data set's own code cuts it: forty pixels around the centroid.
        assert 20 <= row <= SUPER_AREA[0] - 20
        assert 20 <= col <= SUPER_AREA[1] - 20
    collection = open_collection(folder)
    for scene_id in collection.ids:
        date = collection.scene(scene_id).aerial.date
        assert date is not None
        assert 4 <= date.month <= 11


def test_the_folder_says_that_it_is_simulated(folder: Path):
    text = (folder / "SIMULATED.txt").read_text()
    assert "simulated" in text
    assert "no aeroplane and no satellite has seen" in text
    collection = open_collection(folder)
    assert collection.simulated
    assert all(collection.scene(scene_id).simulated for scene_id in collection.ids)


def test_adjacent_tiles_are_one_picture(folder: Path):
    left, right = (read(path)[0].astype(float) for path in sorted(folder.rglob("IMG_*.tif"))[:2])
    across = np.abs(left[:, :, -1] - right[:, :, 0]).mean()
    within = np.abs(left[:, :, -2] - left[:, :, -1]).mean()
    assert across < 1.5 * within + 1.0
    shifted = np.abs(left[:, :, -1] - np.roll(right[:, :, 0], 150, axis=1)).mean()
    assert across < 0.6 * shifted


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_centroids_place_the_series_exactly(count: int):
    (zone,) = zones_of(count, domains(1, 0), 0)
    left, top = zone.corner
    placed = []
    for tile in zone.tiles:
        row, col = zone.centroid(tile)
        placed.append((tile.left + 51.2 - 10 * col, tile.top + 51.2 - 10 * row))
    # Each tile's own placing may be off by the rounding; their mean, as a reader takes it, is not.
    np.testing.assert_allclose(np.mean(placed, axis=0), (left, top), atol=1e-9)
    assert np.ptp(placed, axis=0).max() <= 10 * 0.2400001


def test_the_months_of_the_truth_are_those_of_the_crop_that_a_network_sees(folder: Path):
    collection = open_collection(folder)
    zones = zones_of(5, domains(1, 3), 3)
    placed = [(zone, tile) for zone in zones for tile in zone.tiles]
    for scene_id, (zone, tile) in zip(collection.ids, placed, strict=True):
        seen = prepare(collection.scene(scene_id), InputSpec()).lr_grid
        rows, cols = zone.crop(tile)
        assert (rows.stop - rows.start, cols.stop - cols.start) == (seen.height, seen.width)
        left, top = zone.corner
        assert seen.transform.c == pytest.approx(zone.left + left + 10 * cols.start)
        assert seen.transform.f == pytest.approx(zone.top - top - 10 * rows.start)


def test_another_seed_is_another_place_in_the_same_domain():
    keys = {zone.fields_key for seed in (1, 2) for zone in zones_of(8, domains(2, 0), seed)}
    assert len(keys) == 4


def test_tiles_go_to_zones_of_four_and_zones_to_the_domains_in_turn():
    zones = zones_of(26, domains(5, 7), 7)
    assert [len(zone.tiles) for zone in zones] == [4, 4, 4, 4, 4, 4, 2]
    assert [tile.number for zone in zones for tile in zone.tiles] == list(range(1, 27))
    names = [zone.domain.name for zone in zones]
    assert names[:2] == names[5:]
    assert len({(zone.domain.name, zone.name) for zone in zones}) == 7
    corners = [(zone.left, zone.top) for zone in zones]
    apart = [np.hypot(a[0] - b[0], a[1] - b[1]) for a in corners for b in corners if a != b]
    assert min(apart) > 660


def test_no_two_zones_lie_on_one_ground_not_even_in_two_years_of_a_department():
    zones = zones_of(4 * 3 * 350, domains(350, 0), 0)
    corners = np.array([(zone.left, zone.top) for zone in zones])
    height, width = (10 * side for side in SUPER_AREA)
    apart = np.abs(corners[:, None] - corners)  # N N 2: east, south
    meet = (apart[..., 0] < width) & (apart[..., 1] < height)
    assert meet.sum() == len(zones)  # each with itself


def test_whole_domains_are_held_out_one_of_each_style_where_there_are_enough():
    assert [held_out_domains(count) for count in (1, 4, 5, 9, 10, 14, 15, 20, 70)] == [
        *(0, 0, 1, 1, 2, 2, 5, 5, 5)
    ]
    zones = zones_of(4 * 63, domains(21, 0), 0)
    trees = {zone.domain.name: set() for zone in zones}
    for zone in zones:
        trees[zone.domain.name].add(zone.tree)
    assert all(len(tree) == 1 for tree in trees.values())
    held_out = {zone.domain.style for zone in zones if zone.tree == "test"}
    assert held_out == set(STYLES)


def test_a_few_tiles_have_a_domain_for_each_zone_and_many_have_five_zones_each():
    assert [usual_domains(tiles) for tiles in (1, 20, 40, 400, 4000)] == [1, 5, 10, 20, 40]


def test_the_truth_has_twelve_named_months(folder: Path):
    first = min(folder.glob("truth/*/*/TRU_*.tif"))
    with rasterio.open(first) as raster:
        assert (raster.count, raster.dtypes[0], raster.shape) == (48, "float32", (64, 64))
        assert raster.transform.a == pytest.approx(1.6)
        names = raster.descriptions
    year = first.parts[-3][-4:]
    assert names[:5] == (
        *(f"{year}-01 {band}" for band in ("B4", "B3", "B2", "B8")),
        f"{year}-02 B4",
    )
    collection = open_collection(folder)
    known = collection.truth(collection.ids[0])
    assert known is not None
    assert known.grid == prepare(collection.scene(collection.ids[0]), InputSpec()).sr_grid
    assert [date.month for date in known.dates] == list(range(1, 13))


def test_the_truth_brought_down_is_the_composite(folder: Path):
    """Of the months that are truly clear; the series adds noise, haze and its own blur."""
    collection, spec = open_collection(folder), InputSpec()
    for scene_id in collection.ids:
        scene = collection.scene(scene_id)
        prepared = prepare(scene, spec)
        known = collection.truth(scene_id)
        assert known is not None
        both = prepared.present & known.observed
        assert both.sum() >= 4
        seen = measured_year(scene).reflectance[both]
        down = apply_window(known.reflectance[both], prepared.windows.down)
        assert np.abs(seen - down).mean() < 0.015
        contrast = np.abs(down - down.mean(axis=(2, 3), keepdims=True)).mean()
        assert np.abs(seen - down).mean() < contrast
