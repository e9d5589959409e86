"""The simulated scene through the same reader and preparation as a real one."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio

from lcapp.errors import RunError
from lcapp.prepare import InputSpec, prepare, unscale
from lcapp.scene import open_collection
from lcapp.simulate import demo_collection, simulate
from lcapp.simulate.aerial import photograph
from lcapp.simulate.countryside import countryside
from lcapp.simulate.landscape import Landscape
from lcapp.simulate.sentinel2 import record
from lcapp.simulate.surfaces import SURFACES
from lcapp.types import Prepared, Scene

ROOT = Path(__file__).resolve().parents[2]


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(tmp_path_factory.mktemp("simulated") / "demo", seed=0)


@pytest.fixture(scope="module")
def scene(folder: Path) -> Scene:
    collection = open_collection(folder)
    (name,) = collection.ids
    return collection.scene(name)


@pytest.fixture(scope="module")
def prepared(scene: Scene) -> Prepared:
    return prepare(scene, InputSpec())


def test_the_folder_reads_as_flair2_and_says_that_it_is_simulated(folder: Path, scene: Scene):
    assert open_collection(folder).kind == "flair2"
    assert scene.simulated
    assert "simulated" in (folder / "SIMULATED.txt").read_text()
    assert scene.id.startswith("D900_2021/")
    assert (scene.aerial.grid.crs, scene.aerial.pixels.shape) == ("EPSG:2154", (4, 512, 512))
    assert scene.aerial.date is not None
    assert scene.aerial.date.isoformat() == "2021-07-12"


def test_the_series_lies_around_the_tile_and_is_from_before_the_offset(scene: Scene):
    series = scene.series
    assert series is not None
    assert 35 <= len(series.dates) <= 60
    assert {date.year for date in series.dates} == {2021}
    assert (series.offsets == 0).all()
    assert len({date.weekday() for date in series.dates}) > 1
    assert series.cloud is not None
    assert series.cloud.max() > 90
    assert series.snow is not None
    assert series.snow.max() > 90


def test_the_super_area_is_larger_than_the_context_on_every_side(folder: Path):
    (path,) = folder.rglob("*_data.npy")
    values = np.load(path, allow_pickle=False)
    row, col = json.loads((folder / "flair-2_centroids_sp_to_patch.json").read_text())[
        "IMG_000001.tif"
    ]
    assert values.shape[1] == 10
    assert values.dtype == np.uint16
    assert min(row, col, values.shape[2] - row, values.shape[3] - col) >= 30


def test_the_tile_is_centred_in_its_crop(prepared: Prepared):
    west, south, east, north = prepared.hr_grid.bounds
    left, bottom, right, top = prepared.lr_grid.bounds
    assert (west + east) / 2 == pytest.approx((left + right) / 2)
    assert (south + north) / 2 == pytest.approx((top + bottom) / 2)
    assert (prepared.lr_grid.height, prepared.lr_grid.width) == (40, 40)


def test_some_month_is_absent_and_most_are_present(prepared: Prepared):
    assert not prepared.present[0]
    assert "cloudy" in str(prepared.months[0].reason)
    assert 7 <= prepared.present.sum() <= 11
    assert all(month.reason is None for month in prepared.months if month.present)
    assert prepared.neutral_bands == ()


def test_the_labels_hold_most_classes_and_a_swimming_pool(folder: Path):
    (path,) = folder.rglob("MSK_*.tif")
    with rasterio.open(path) as raster:
        labels = raster.read(1)
    shares = np.bincount(labels.ravel(), minlength=20) / labels.size
    assert (shares[1:14] > 0.002).all()
    assert shares[0] == 0
    assert shares[14:].sum() == 0


def ndvi_of(prepared: Prepared, scene: Scene, label: int) -> np.ndarray:
    """M, at the LR pixel with the largest share of a class id."""
    assert scene.reference is not None
    rows, cols = prepared.windows.inside
    # 512 px of 0.2 m over 10.24 LR pixels; the inner ten begin at 0.12 of one
    share = np.zeros((10, 10))
    for i in range(10):
        for j in range(10):
            top, left = 6 + 50 * i, 6 + 50 * j
            share[i, j] = (scene.reference.labels[top : top + 50, left : left + 50] == label).mean()
    i, j = np.unravel_index(share.argmax(), share.shape)
    spec = InputSpec()
    red = unscale(prepared.series[:, 0, rows, cols][:, i, j], spec.scaling("B4"))
    infrared = unscale(prepared.series[:, 3, rows, cols][:, i, j], spec.scaling("B8"))
    return (infrared - red) / (infrared + red)


def test_the_satellite_sees_the_seasons_of_the_classes_where_the_labels_are(
    prepared: Prepared, scene: Scene
):
    july, december_or_march = 6, next(month for month in (11, 2) if prepared.present[month])
    deciduous, coniferous = (ndvi_of(prepared, scene, label) for label in (6, 5))
    assert deciduous[july] > 0.75
    assert deciduous[december_or_march] < 0.5
    assert coniferous[december_or_march] > 0.6
    # ploughed after the spring crop
    plowed = ndvi_of(prepared, scene, 11)
    assert plowed[3] > 0.6
    assert plowed[july] < 0.3


def test_maize_looks_like_a_meadow_to_the_aeroplane_and_not_to_the_year(
    prepared: Prepared, scene: Scene
):
    maize = np.s_[:, 160:250, 20:150]
    meadow = np.s_[:, 215:245, 400:500]
    pixels = scene.aerial.pixels.astype(float)
    greenness = [
        (one[3] - one[0]).mean() / (one[3] + one[0]).mean()
        for one in (pixels[maize], pixels[meadow])
    ]
    assert greenness[0] == pytest.approx(greenness[1], abs=0.15)
    rows, cols = prepared.windows.inside
    spec = InputSpec()
    red, infrared = (
        unscale(prepared.series[4, channel, rows, cols], spec.scaling(band))
        for channel, band in ((0, "B4"), (3, "B8"))
    )
    ndvi_in_may = (infrared - red) / (infrared + red)
    assert ndvi_in_may[3, 1] < 0.35  # maize
    assert ndvi_in_may[4, 8:10].min() > 0.6  # meadow


def test_heights_belong_to_what_stands_there(scene: Scene):
    assert scene.ndsm is not None
    assert scene.reference is not None
    labels = scene.reference.labels
    assert scene.ndsm[labels == 4].max() == 0  # water
    assert scene.ndsm[labels == 0].min() > 1.9  # roofs
    assert 12 < scene.ndsm[labels == 6].max() < 20


def test_a_tower_casts_its_shadow_away_from_the_sun():
    index = np.zeros((200, 200), np.uint8)
    height = np.zeros((200, 200), np.float32)
    height[95:105, 95:105] = 10.0
    at = ((np.arange(200) + 0.5) * 0.2).astype(np.float32)
    place = Landscape((SURFACES["terrace"],), index, height, np.ones_like(height), at, at)
    red = photograph(place, day=193, gsd=0.2, key=0)[0].astype(float)
    # 10 m at 50 degrees reach 8.4 m or 42 pixels: to 36 rows north, 22 columns west
    assert red[66:72, 78:84].mean() < 0.7 * red[20:50, 20:50].mean()
    assert red[40:50, 60:70].mean() > 0.95 * red[20:50, 20:50].mean()
    assert red[125:135, 112:122].mean() > 0.95 * red[20:50, 20:50].mean()


@pytest.mark.parametrize("seed", range(8))
def test_january_is_dark_in_every_year_and_summer_is_not(seed: int):
    place = countryside(seed).raster(-100, -100, 5.0, 60, 60)
    recording = record(place, 5.0, 2021, np.random.default_rng(seed))
    clear = (recording.masks <= 1).all(axis=1).mean(axis=(1, 2)) >= 0.95
    months = {date.month for date, one in zip(recording.dates, clear, strict=True) if one}
    assert 1 not in months
    assert months & {6, 7, 8}
    assert len(months) >= 6


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_scene(
    folder: Path, tmp_path: Path
):
    assert digest(simulate(tmp_path / "again", seed=0)) == digest(folder)
    other = digest(simulate(tmp_path / "other", seed=1))
    changed = {name for name, value in other.items() if value != digest(folder)[name]}
    assert any(name.endswith(".tif") for name in changed)
    assert any(name.endswith("_data.npy") for name in changed)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="not an empty folder"):
        simulate(tmp_path)
    with pytest.raises(RunError, match="not an empty folder"):
        simulate(tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_failure_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lcapp.simulate.flair2.np.save", full)
    with pytest.raises(RunError, match="No space left on device"):
        simulate(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_demo_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LCAPP_CACHE", str(tmp_path / "cache"))
    first = demo_collection()
    assert first.parent == tmp_path / "cache"
    before = {path: path.stat().st_mtime_ns for path in first.rglob("*")}
    assert demo_collection() == first
    assert {path: path.stat().st_mtime_ns for path in first.rglob("*")} == before


def test_processes_that_race_for_the_demo_all_get_it(tmp_path: Path):
    code = "from lcapp.simulate import demo_collection; print(demo_collection())"
    environment = {**os.environ, "LCAPP_CACHE": str(tmp_path), "PYTHONPATH": str(ROOT)}
    racing = [
        subprocess.Popen(
            [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    answers = {one.communicate(timeout=120)[0].strip() for one in racing}
    assert [one.returncode for one in racing] == [0, 0, 0]
    (made,) = tmp_path.iterdir()
    assert answers == {str(made)}
    assert (made / "SIMULATED.txt").is_file()


def test_a_cache_that_cannot_be_written_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LCAPP_CACHE", str(tmp_path / "file"))
    with pytest.raises(RunError, match="LCAPP_CACHE"):
        demo_collection()


def test_simulating_imports_no_torch():
    code = "import sys, lcapp.simulate; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
