"""Explore runs any model that a scene can feed, of whatever family."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rasterio
from streamlit.testing.v1 import AppTest

from lcapp.classes import FLAIR2
from lcapp.families.family import FAMILIES, Answer, Family
from lcapp.hub.config import BundleConfig, read_config
from lcapp.types import Card
from lcapp.ui.session import cache
from lcapp.ui.session.work.runs import RUN
from tests.families.flairhub.test_weights import written
from tests.families.tiny import TinyModel, write_tiny
from tests.hub.hub_server import served
from tests.scene.roi import NAME, write_roi
from tests.ui.pages import LONG, ended, explore, legends, runs, told

pytestmark = pytest.mark.usefixtures("nothing_shared")

SERIES_ALONE = "IGNF/FLAIR-HUB_LC-G_utae"


@pytest.fixture
def _another_family(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A family of one registration line, and a bundle of it: an aerial image in, one map out."""
    monkeypatch.setitem(FAMILIES, "tiny", "tests.families.tiny")
    weights = tmp_path / "weights"
    shutil.copytree(cache.open_model("tiny").card.path, weights / "tiny")
    write_tiny(weights / "plain", FLAIR2)
    monkeypatch.setenv("LCAPP_WEIGHTS", str(weights))


@pytest.fixture
def aerial_only(tmp_path: Path) -> Path:
    """A region of one patch with nothing but its aerial image."""
    write_roi(tmp_path / "aerial", 1, 1, ("AERIAL_RGBI",))
    return tmp_path / "aerial"


def run(page: AppTest) -> AppTest:
    page.button(key="explore_run").click().run()
    return ended(page, runs()[-1])


@pytest.mark.usefixtures("_another_family")
def test_a_model_of_another_family_maps_a_scene_that_has_no_series(aerial_only: Path) -> None:
    page = explore(collection=str(aerial_only))
    # The first of the list that takes the scene; the other is there with what it misses.
    assert page.selectbox(key="explore_model").value == "plain"
    assert page.selectbox(key="explore_model").options == [
        "plain (not trained)",
        "tiny (not trained): the scene has no SENTINEL2_TS",
    ]
    assert "explore_sampler" not in {one.key for one in page.segmented_control}
    assert not page.number_input
    run(page)
    assert not page.exception
    assert not page.error
    assert {one.label for one in page.metric} == {"Time", "Peak memory", "Device"}
    assert "lc-legend" in legends(page)["Class map"]
    assert "The year" not in told(page)
    names = {one.label for one in page.get("download_button")}
    assert names == {
        *("landcover.tif", "confidence.tif", "probabilities.tif", "summary.json", "all.zip"),
        *("report.pdf", "report.png", "map.png", "areas.csv"),
    }


@pytest.mark.usefixtures("_another_family")
def test_a_model_that_cannot_run_says_why_and_is_not_started(aerial_only: Path) -> None:
    page = explore(collection=str(aerial_only), model="tiny")
    assert not page.exception
    (error,) = page.error
    assert "the scene has no SENTINEL2_TS" in error.value
    assert "explore_run" not in {one.key for one in page.button}
    assert not runs()
    page.selectbox(key="explore_model").set_value("plain").run()
    assert not page.error
    assert page.button(key="explore_run").label == "Run"


@pytest.mark.usefixtures("_another_family")
def test_a_replaced_file_is_another_scene_and_has_no_result(aerial_only: Path) -> None:
    page = run(explore(collection=str(aerial_only)))
    assert page.metric
    (file,) = aerial_only.rglob("*.tif")
    with rasterio.open(file, "r+") as raster:
        raster.write(255 - raster.read())
    page.run()
    assert not page.metric
    run(page)
    first, second = (task.result for task in runs())
    assert (first.land_cover.probabilities != second.land_cover.probabilities).any()


@pytest.mark.usefixtures("_another_family")
def test_a_second_run_of_a_scene_does_not_prepare_it_again(
    aerial_only: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, prepare = [], TinyModel.prepare
    monkeypatch.setattr(TinyModel, "prepare", lambda *given: prepared.append(1) or prepare(*given))
    run(explore(collection=str(aerial_only)))
    cache.tasks.clear()
    run(explore(collection=str(aerial_only)))
    assert len(prepared) == 1


class TwoMaps(TinyModel):
    """The same network with a second map, of whose classes the likeliest is the first's rarest."""

    @staticmethod
    def describe(config: BundleConfig, path: Path, digest: str = "") -> Card:
        card = TinyModel.describe(config, path, digest)
        return replace(card, maps=(("landcover", FLAIR2), ("crops", FLAIR2)))

    def predict(self, *asked: Any) -> Answer:
        logits = super().predict(*asked).logits["landcover"]
        return Answer({"landcover": logits, "crops": -logits})


@pytest.mark.usefixtures("_another_family")
def test_of_several_maps_one_is_chosen_and_each_has_its_legend_and_files(
    aerial_only: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = Family(lambda path: TwoMaps.describe(read_config(path), path), TwoMaps)
    monkeypatch.setattr("tests.families.tiny.FAMILY", two)
    cache._model.clear()
    page = run(explore(collection=str(aerial_only)))
    assert not page.exception
    legend = legends(page)["Class map"]
    page.segmented_control(key="explore_shown").set_value("crops").run()
    assert not page.exception
    assert "lc-legend" in legends(page)["Crops"]
    assert legends(page)["Crops"] != legend
    names = {one.label for one in page.get("download_button")}
    assert names >= {"landcover.tif", "confidence.tif", "crops.tif", "crops_confidence.tif"}


@pytest.mark.usefixtures("_another_family")
def test_runs_of_two_families_take_turns(
    aerial_only: Path, treesat_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on, at_once = threading.Event(), threading.Event(), []

    def predicted(ready: object, model: object, *_: object, **__: object) -> None:
        at_once.append(model)
        begun.set()
        assert goes_on.wait(LONG)
        assert at_once == [model], "two runs computed at the same time"
        at_once.remove(model)

    monkeypatch.setattr("lcapp.ui.session.work.runs.predict", predicted)
    one = explore(collection=str(aerial_only), model="plain")
    one.button(key="explore_run").click().run()
    assert begun.wait(LONG)
    other = explore(collection=str(treesat_folder), model="tiny", steps="1")
    other.button(key="explore_run").click().run()
    first, second = runs()
    assert (first.before, second.before) == (0, 1)
    assert {key.model.split()[0] for key, _ in cache.tasks().all(RUN)} == {"plain", "tiny"}
    assert len(at_once) == 1
    goes_on.set()
    for task in (first, second):
        assert task.wait(LONG)
        assert task.error is None


@pytest.fixture
def _published(oracles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A small made-up file under a published model's id, fetched."""
    with served(monkeypatch, tmp_path) as hub:
        file = written(oracles, "LC-G", tmp_path)
        hub.add(SERIES_ALONE, {"FLAIR-HUB_LC-G_utae.safetensors": file.read_bytes()})
        assert cache.downloads().start(SERIES_ALONE).wait(LONG)
        yield


@pytest.mark.usefixtures("_published")
def test_a_published_model_maps_a_patch_of_the_simulated_region(
    region: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lcapp.simulate.demo.region.demo_region", lambda: region)
    page = explore(collection="region", model=SERIES_ALONE)
    assert not page.error
    assert page.radio(key="explore_kind").value == "region"
    assert "The year" in told(page)  # measured months of a scene with a series, before any run
    run(page)
    assert not page.exception
    assert not page.error
    text = told(page)
    assert "The scene is simulated" in text
    assert "lc-legend" in legends(page)["Class map"]
    assert "Sentinel-2 as measured" in text
    assert runs()[-1].result.record.model.hash in text


@pytest.mark.usefixtures("_published")
def test_a_scene_without_an_aerial_image_is_shown_all_the_same(tmp_path: Path) -> None:
    write_roi(tmp_path / "series", 1, 1, ("SENTINEL2_TS", "SPOT_RGBI"))
    page = run(explore(collection=str(tmp_path / "series"), model=SERIES_ALONE))
    assert not page.exception
    assert not page.error
    assert "no aerial image" in told(page)
    assert NAME in told(page)
    assert "lc-legend" in legends(page)["Class map"]
