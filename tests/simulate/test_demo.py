"""The demo scenes: made once, the first one first, and each shows what its story says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lcapp.classes import FLAIR2
from lcapp.errors import RunError
from lcapp.families.door import open_model
from lcapp.pipeline.predict import predict
from lcapp.prepare import InputSpec, prepare
from lcapp.scene.collection import Collection, open_collection
from lcapp.scene.reader import SIMULATED
from lcapp.simulate.demo import region
from lcapp.simulate.demo.scenes import DEMO, Spot, demo_collection, scenes_in
from lcapp.simulate.formats.flair2 import write_tables
from lcapp.types import MAPS_ALONE, Prepared, Scene
from lcapp.views.imagery import ndvi

ROOT = Path(__file__).resolve().parents[2]
MAIZE, LARCH, FLOOD, CLOUDS, BUILDING, VINEYARD, VILLAGE, SNOW = (one.id for one in DEMO)
JANUARY, FEBRUARY, MAY, JULY = 0, 1, 4, 6


@pytest.fixture(scope="module")
def demo(demo_folder: Path) -> Collection:
    return open_collection(demo_folder)


def prepared(demo: Collection, scene_id: str) -> Prepared:
    return prepare(demo.scene(scene_id), InputSpec())


def labels(scene: Scene) -> np.ndarray:
    """64 64, the label in the middle of each SR pixel."""
    assert scene.reference is not None
    return scene.reference.labels[4::8, 4::8]


def greenness(demo: Collection, scene_id: str) -> np.ndarray:
    """12 64 64, NDVI of the truth."""
    known = demo.truth(scene_id)
    assert known is not None
    return ndvi(known.reflectance[:, 0], known.reflectance[:, 3])


def aerial_greenness(scene: Scene) -> np.ndarray:
    """64 64, the same quotient of the aerial image's bytes."""
    pixels = scene.aerial.pixels.astype(np.float32)
    return ndvi(pixels[0], pixels[3])[4::8, 4::8]


def share(scene: Scene, name: str) -> float:
    assert scene.reference is not None
    return float((scene.reference.labels == FLAIR2.index(name)).mean())


def test_the_table_names_the_scenes_of_the_collection(demo: Collection):
    assert tuple(one.id for one in DEMO) == demo.ids
    assert len(DEMO) == 8
    assert demo.ids[0] == "D900_2021/Z1_NN/IMG_000001"
    assert all(re.fullmatch(r"D9\d\d_20\d\d/Z1_[A-Z]{2}/IMG_0{5}\d", name) for name in demo.ids)
    assert len({one.title for one in DEMO}) == 8
    assert all(one.story.endswith(".") and one.story.count(". ") == 0 for one in DEMO)


def about(scene: Scene, spot: Spot) -> tuple[slice, slice]:
    """4 m around a spot."""
    row, col = round(spot.y / scene.grid.gsd), round(spot.x / scene.grid.gsd)
    return np.s_[row - 10 : row + 10, col - 10 : col + 10]


def test_the_places_that_stories_name_are_what_they_are_called(demo: Collection):
    for one in DEMO:
        scene = demo.scene(one.id)
        assert one.spots
        assert scene.reference is not None
        for spot in one.spots:
            there = scene.reference.labels[about(scene, spot)]
            right = (there == FLAIR2.index(spot.land)).mean()
            assert right > 0.9, (one.title, spot)


@pytest.mark.slow
def test_the_demo_weights_find_what_the_stories_name_where_it_is(demo: Collection):
    model = open_model("demo")
    for one in DEMO:
        scene = demo.scene(one.id)
        found = predict(scene, model, wanted=MAPS_ALONE).land_cover
        for spot in one.spots:
            there = found.class_map[about(scene, spot)]
            right = (there == found.table.index(spot.land)).mean()
            assert right > 0.8, (one.title, spot, right)


def test_every_scene_is_marked_as_simulated(demo: Collection):
    assert "simulated" in Path(demo.source, "SIMULATED.txt").read_text()
    assert all(demo.scene(one).simulated for one in demo.ids)


def test_the_first_scene_holds_most_classes_and_a_swimming_pool(demo: Collection):
    scene = demo.scene(MAIZE)
    assert scene.reference is not None
    shares = np.bincount(scene.reference.labels.ravel(), minlength=13) / 512**2
    assert (shares > 0.002).all()


def test_maize_is_a_meadow_to_the_aeroplane_and_not_to_the_year(demo: Collection):
    maize, meadow = np.s_[20:31, 3:18], np.s_[27:30, 50:62]
    scene, year = demo.scene(MAIZE), greenness(demo, MAIZE)
    seen = aerial_greenness(scene)
    assert seen[maize].mean() == pytest.approx(seen[meadow].mean(), abs=0.15)
    assert prepared(demo, MAIZE).months[MAY].present, "the page could not show what its story says"
    assert year[MAY][maize].mean() < 0.35
    assert year[MAY][meadow].mean() > 0.6


def test_larches_are_spruces_to_the_aeroplane_and_bare_in_winter(demo: Collection):
    scene, year = demo.scene(LARCH), greenness(demo, LARCH)
    conifers = labels(scene) == FLAIR2.index("coniferous")
    west, east = conifers.copy(), conifers.copy()
    west[:, 28:] = False
    west[38:] = False
    east[:, :36] = False
    east[42:] = False
    assert (west.sum(), east.sum()) > (500, 500)
    seen = aerial_greenness(scene)
    assert seen[west].mean() == pytest.approx(seen[east].mean(), abs=0.12)
    assert year[JANUARY][west].mean() < 0.5
    assert year[JANUARY][east].mean() > 0.65


def test_the_flooded_meadow_is_dry_when_the_aeroplane_comes(demo: Collection):
    scene, year = demo.scene(FLOOD), greenness(demo, FLOOD)
    meadow = labels(scene) == FLAIR2.index("herbaceous vegetation")
    below, above = meadow.copy(), meadow.copy()
    below[:30] = False
    above[8:] = False
    assert aerial_greenness(scene)[below].mean() > 0.2
    assert year[JULY][below].mean() > 0.5
    assert year[JANUARY][below].mean() < 0.1
    assert year[JANUARY][above].mean() > 0.4


def test_the_cloudy_spring_has_no_clear_month_and_the_rest_of_the_year_has(demo: Collection):
    present = prepared(demo, CLOUDS).present
    assert not present[1:5].any()
    assert present[5:].sum() >= 5


def test_the_new_building_is_a_field_then_a_site_then_a_roof(demo: Collection):
    scene, year = demo.scene(BUILDING), greenness(demo, BUILDING)
    roof = labels(scene) == FLAIR2.index("building")
    assert scene.ndsm is not None
    assert scene.ndsm[4::8, 4::8][roof].mean() > 3.0
    assert year[JANUARY][roof].mean() > 0.5
    assert year[FEBRUARY][roof].mean() < 0.3
    known = demo.truth(BUILDING)
    assert known is not None
    red, blue = known.reflectance[:, 0][:, roof].mean(1), known.reflectance[:, 2][:, roof].mean(1)
    tiles, soil = (red[month] / blue[month] for month in (MAY, FEBRUARY))
    assert tiles > 1.2 * soil  # tiles are redder


def test_the_other_scenes_hold_what_they_are_named_after(demo: Collection):
    assert share(demo.scene(VINEYARD), "vineyard") > 0.4
    assert share(demo.scene(VILLAGE), "building") > 0.15
    snow = demo.scene(SNOW)
    assert snow.sentinel2 is not None
    assert snow.sentinel2.snow is not None
    assert not prepared(demo, SNOW).present[:3].any()
    assert prepared(demo, SNOW).present.sum() >= 6
    assert share(snow, "coniferous") > 0.2


@pytest.mark.slow
def test_one_scene_is_made_alone_and_the_rest_in_what_time_the_first_map_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo_folder: Path
):
    monkeypatch.setenv("LCAPP_CACHE", str(tmp_path / "cache"))
    started: list[tuple[int, int, int]] = []
    set_priority = os.setpriority

    def spied(which: int, process: int, nice: int) -> None:
        set_priority(which, process, nice)
        started.append((os.getpriority(which, process), os.getsid(process), os.getpgid(process)))

    monkeypatch.setattr("lcapp.simulate.workers.os.setpriority", spied)
    first = demo_collection(1)
    assert first.parent == tmp_path / "cache"
    assert open_collection(first).ids == (MAIZE,)
    assert not started, "the scene that the first map waits for has to wait"
    before = {path: path.stat().st_mtime_ns for path in first.rglob("*")}
    assert demo_collection(1) == first
    assert {path: path.stat().st_mtime_ns for path in first.rglob("*")} == before
    # A second scene comes beside the first, which stays as it is in the whole collection.
    assert open_collection(demo_collection(2, background=True)).ids == (MAIZE, LARCH)
    assert (scenes_in(first), scenes_in(demo_folder)) == (2, 8)
    for name in ("aerial", "sen"):
        for path in first.glob(f"flair_{name}_train/*/*/*/*"):
            assert path.read_bytes() == (demo_folder / path.relative_to(first)).read_bytes()
    # Another session would have a share of its own, however low the priority within it.
    ((nice, session, group),) = started
    assert (nice, session) == (19, os.getsid(0))
    assert group != os.getpgrp(), "an interruption on the terminal ends it behind our back"


@pytest.mark.slow
def test_processes_that_race_for_the_demo_all_get_it(tmp_path: Path):
    code = "from lcapp.simulate.demo.scenes import demo_collection; print(demo_collection(1))"
    environment = {**os.environ, "LCAPP_CACHE": str(tmp_path), "PYTHONPATH": str(ROOT)}
    racing = [
        subprocess.Popen(
            [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    answers = {one.communicate(timeout=120)[0].strip() for one in racing}
    assert [one.returncode for one in racing] == [0, 0]
    (made,) = tmp_path.iterdir()
    assert answers == {str(made)}
    assert open_collection(made).ids == (MAIZE,)


def test_a_cache_that_cannot_be_written_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LCAPP_CACHE", str(tmp_path / "file"))
    with pytest.raises(RunError, match="LCAPP_CACHE"):
        demo_collection()


def test_tables_that_are_right_stay_untouched_when_more_scenes_come(tmp_path: Path) -> None:
    zones = [scene.zone for scene in DEMO]
    write_tables(tmp_path, zones)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    assert before
    write_tables(tmp_path, zones)
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == before
    write_tables(tmp_path, zones[:1])
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} != before


def test_the_region_is_simulated_once_and_kept_beside_the_demo_scenes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def simulated(folder: Path) -> None:
        folder.mkdir()  # a second time it is there
        (folder / SIMULATED).touch()

    monkeypatch.setattr(region, "simulate_flairhub", simulated)
    monkeypatch.setenv("LCAPP_CACHE", str(tmp_path / "cache"))
    folder = region.demo_region()
    assert folder.parent == tmp_path / "cache"
    assert region.demo_region() == folder
    (tmp_path / "file").touch()
    monkeypatch.setenv("LCAPP_CACHE", str(tmp_path / "file"))
    with pytest.raises(RunError, match="set LCAPP_CACHE to a folder"):
        region.demo_region()
