"""A real aerial image with its real series, in windows, through the small network."""

import threading
from pathlib import Path

import numpy as np
import pytest
import rasterio

from lcapp.errors import Cancelled, RunError
from lcapp.families.tsrdiff.model import TSRDiffModel, load
from lcapp.pipeline.predict import predict
from lcapp.pipeline.zone.blend import NO_CLASS
from lcapp.pipeline.zone.run import predict_zone
from lcapp.pipeline.zone.windows import Layout, Tiling
from lcapp.scene.collection import open_collection
from lcapp.scene.rasters.plain import write_geotiff
from lcapp.scene.zone.image import Zone, open_zone
from lcapp.types import CloudRule, Prepared, Run, Scene

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
def model() -> TSRDiffModel:
    return load("tiny")


RUN = Run(steps=2, device="cpu")


def test_in_the_interior_of_a_window_the_mosaic_is_the_windows_own_prediction(
    tmp_path: Path, zone: Zone, model: TSRDiffModel
) -> None:
    """Whichever windows came before it; and each is decoded once, not without its series too."""
    decoded = []
    hook = model.network.hr_decoder.register_forward_hook(lambda *_: decoded.append(1))
    result = predict_zone(zone, model, tmp_path, RUN, layout=LAYOUT)
    hook.remove()
    assert result is not None
    assert result.windows == len(decoded) == 9
    with rasterio.open(tmp_path / "landcover.tif") as file:
        classes = file.read(1)
        assert file.tags()["bundle"] == "tiny"
        assert (file.tags()["steps"], file.tags()["micro_batch"]) == ("2", "4")
    with rasterio.open(tmp_path / "confidence.tif") as file:
        confidence = file.read(1)
    tiling = Tiling.over(304, 304, LAYOUT)
    for index in [(2, 1), (0, 0)]:
        rows, cols = tiling.window(index)
        alone = predict(
            zone.scene(rows, cols), model, Run(steps=2, device="cpu", micro_batch=4)
        ).land_cover
        interior = tiling.weights(index) == 1
        assert interior.sum() > 50 * 50
        np.testing.assert_array_equal(classes[rows, cols][interior], alone.class_map[interior])
        difference = np.abs(confidence[rows, cols] - alone.confidence)[interior]
        assert difference.max() < 1e-5


def test_windows_without_a_clear_month_have_no_class_and_stop_nothing(
    tmp_path: Path, zone: Zone, model: TSRDiffModel
) -> None:
    folder = zone.sheets[0].path.parent
    masks = np.full_like(np.load(folder / "masks.npy"), 100)
    np.save(tmp_path / "masks.npy", masks)
    files = (folder / "betula.tif", folder / "series.npy", folder / "dates.txt")
    covered = open_zone(*files, tmp_path / "masks.npy")
    result = predict_zone(covered, model, tmp_path, RUN, layout=LAYOUT)
    assert result is not None
    assert result.empty == result.windows == 9
    with rasterio.open(tmp_path / "landcover.tif") as file:
        assert (file.read(1) == NO_CLASS).all()


def test_cancel_stops_within_a_window(tmp_path: Path, zone: Zone, model: TSRDiffModel) -> None:
    cancel = threading.Event()

    class CancelledMeanwhile(TSRDiffModel):
        def prepare(self, scene: Scene, rule: CloudRule, registration: bool = True) -> Prepared:
            cancel.set()
            return super().prepare(scene, rule, registration)

    meanwhile = CancelledMeanwhile(model.config, model.path, network=model.network)
    with pytest.raises(Cancelled):
        predict_zone(zone, meanwhile, tmp_path, RUN, layout=LAYOUT, cancel=cancel)
    assert not list(tmp_path.rglob("*.npy"))


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (Run(steps=0), "steps is 0"),
        (Run(sampler="euler"), "unknown sampler 'euler'"),
        (Run(sampler="ancestral"), "ancestral sampler cannot take 10 steps"),
        (Run(micro_batch=0), "micro_batch is 0"),
        (Run(device="tpu"), "no such device: 'tpu'"),
    ],
)
def test_settings_without_meaning_are_refused_before_a_run_is_begun_with_them(
    tmp_path: Path, zone: Zone, model: TSRDiffModel, run: Run, said: str
) -> None:
    with pytest.raises(RunError, match=said):
        predict_zone(zone, model, tmp_path, run)
    assert not list(tmp_path.iterdir())
