"""A real aerial image with its real series, in windows, through the small network."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from lcapp.pipeline.zone.tsrdiff import TSRDiffZone

from lcapp.errors import Cancelled, RunError
from lcapp.families.tsrdiff.model import load
from lcapp.pipeline.predict import predict
from lcapp.pipeline.zone.run import ZoneWindow, predict_zone
from lcapp.pipeline.zone.windows import Layout, Tiling
from lcapp.scene.collection import open_collection
from lcapp.scene.rasters.plain import write_geotiff
from lcapp.scene.zone.image import Zone, open_zone
from lcapp.types import CloudRule, Run

LAYOUT = Layout(128, 32, 4)


@pytest.fixture(scope="module")
def zone(treesat_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Zone:
    """304 x 304 real pixels as a plain GeoTIFF, the series as .npy."""
    folder = tmp_path_factory.mktemp("betula")
    scene = open_collection(treesat_folder).scene("Betula_spec._1_15679")
    order = [scene.aerial.bands.index(band) for band in ("red", "green", "blue", "nir")]
    write_geotiff(folder / "betula.tif", scene.aerial.pixels[order], scene.aerial.grid)
    series = scene.sentinel2
    assert series is not None
    assert series.cloud is not None
    assert series.snow is not None
    bands = [series.bands.index(band) for band in ("B4", "B3", "B2", "B8")]
    reflectance = series.values[:, bands] - series.offsets[:, None, None, None]
    np.save(folder / "series.npy", reflectance.astype(np.float32))
    np.save(folder / "masks.npy", np.stack([series.snow, series.cloud], axis=1))
    (folder / "dates.txt").write_text("\n".join(date.isoformat() for date in series.dates))
    return open_zone(
        folder / "betula.tif", folder / "series.npy", folder / "dates.txt", folder / "masks.npy"
    )


@pytest.fixture(scope="module")
def network() -> TSRDiffZone:
    return TSRDiffZone(load("tiny"), steps=2, device="cpu")


def window_at(zone: Zone, rows: slice, cols: slice) -> ZoneWindow:
    return ZoneWindow(zone, rows, cols, zone.grid.cut(rows, cols), zone.read(rows, cols)[1])


@pytest.mark.slow
def test_in_the_interior_of_a_window_the_mosaic_is_the_windows_own_prediction(
    tmp_path: Path, zone: Zone, network: TSRDiffZone
) -> None:
    result = predict_zone(
        zone, network, tmp_path, table=network.table, settings=network.settings, layout=LAYOUT
    )
    assert result is not None
    assert result.windows == 9
    with rasterio.open(tmp_path / "landcover.tif") as file:
        classes = file.read(1)
        assert file.tags()["bundle"] == "tiny"
    with rasterio.open(tmp_path / "confidence.tif") as file:
        confidence = file.read(1)
    tiling = Tiling.over(304, 304, LAYOUT)
    for index in [(0, 0), (1, 1), (2, 1)]:
        rows, cols = tiling.window(index)
        alone = predict(
            zone.scene(rows, cols), network.bundle, Run(steps=2, device="cpu", micro_batch=4)
        ).land_cover
        interior = tiling.weights(index) == 1
        assert interior.sum() > 50 * 50
        np.testing.assert_array_equal(classes[rows, cols][interior], alone.class_map[interior])
        difference = np.abs(confidence[rows, cols] - alone.confidence)[interior]
        assert difference.max() < 1e-5


@pytest.mark.slow
def test_the_answer_of_a_window_does_not_depend_on_those_before_it(
    zone: Zone, network: TSRDiffZone
) -> None:
    window = window_at(zone, slice(96, 224), slice(96, 224))
    first = network(window)
    network(window_at(zone, slice(0, 128), slice(0, 128)))
    second = network(window)
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(np.exp(first).sum(0), 1, atol=1e-5)


def test_a_window_without_a_clear_month_has_no_answer(zone: Zone, network: TSRDiffZone) -> None:
    strict = replace(network, cloud_rule=CloudRule(max_cover_percent=-1.0))
    assert strict(window_at(zone, slice(0, 64), slice(0, 64))) is None


def test_cancel_stops_within_a_window(zone: Zone, network: TSRDiffZone) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        replace(network, cancel=cancel)(window_at(zone, slice(0, 64), slice(0, 64)))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"steps": 0}, "cannot take 0 steps"),
        ({"steps": 10_000}, "cannot take 10000 steps"),
        ({"sampler": "ancestral"}, "ancestral sampler cannot take 2 steps"),
        ({"micro_batch": 0}, "micro-batch is 0"),
    ],
)
def test_settings_without_meaning_are_refused_before_a_run_is_begun_with_them(
    network: TSRDiffZone, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(RunError, match=said):
        replace(network, **settings)
