"""The page Explore, driven without a browser."""

import io
import re
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from lcapp.errors import Cancelled
from lcapp.evaluate.areas import group_areas
from lcapp.families.door import open_card
from lcapp.hub.held_out import held_out
from lcapp.pipeline.outputs import writers
from lcapp.prepare.registration.onto_aerial import UNDECIDED
from lcapp.simulate.demo.scenes import DEMO
from lcapp.ui.parts.choice import scene as scene_choice
from lcapp.ui.parts.explore.report import archive
from lcapp.ui.parts.plain import plain
from lcapp.ui.parts.superres.year_detail import named
from lcapp.ui.session import cache
from lcapp.ui.session.state import View
from lcapp.ui.session.work.runs import starts_by_itself
from tests.ui.pages import LONG, ROOT, ended, explore, runs, told

pytestmark = pytest.mark.usefixtures("demo_folder", "nothing_shared")


def opened(**query: str) -> AppTest:
    """The page with initial weights, which run only when asked to, or as the address says."""
    return explore(**{"model": "tiny"} | query)


def run(page: AppTest) -> AppTest:
    """Click the button, and let the page show how the run ended."""
    page.button(key="explore_run").click().run()
    return ended(page)


def test_each_demo_scene_says_what_to_look_for() -> None:
    page = opened()
    text = told(page)
    assert DEMO[0].title in text
    assert DEMO[0].story in text
    patch = next(one for one in page.selectbox if one.label.startswith("Patch"))
    assert patch.label == "Patch, 8 simulated"
    assert patch.options == [one.title for one in DEMO]
    patch.set_value(DEMO[3].id).run()
    text = told(page)
    assert DEMO[3].story in text
    assert DEMO[0].story not in text
    assert DEMO[3].id in text


@pytest.fixture
def go_on(
    monkeypatch: pytest.MonkeyPatch, demo_folder: Path, tmp_path: Path
) -> Iterator[threading.Event]:
    """A first start, whose second demo scene, as if it were the last, comes when this is set."""
    asked = threading.Event()

    def drawing(*_: int, background: bool = False) -> Path:
        if background:
            assert asked.wait(LONG)
        to_come = [one.zone.name for one in DEMO[2 if background else 1 :]]
        leave_out = shutil.ignore_patterns(*to_come)
        return Path(shutil.copytree(demo_folder, tmp_path, ignore=leave_out, dirs_exist_ok=True))

    monkeypatch.setattr("lcapp.simulate.demo.scenes.demo_collection", drawing)
    cache._first_demo_scene.clear()
    yield asked
    cache._first_demo_scene.clear()


def test_on_a_first_start_the_page_waits_for_what_it_is_asked_for_and_says_what_is_to_come(
    go_on: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened()
    assert "Patch, 1 simulated" in [box.label for box in page.selectbox]
    assert "7 more are being simulated" in told(page)

    def waits(seconds: float) -> None:
        go_on.set()
        time.sleep(seconds)

    monkeypatch.setattr(scene_choice, "time", SimpleNamespace(sleep=waits))
    page = opened(scene=DEMO[1].id)
    assert go_on.is_set(), "the page did not wait for the scene that its address names"
    assert not page.error
    assert DEMO[1].story in told(page)
    assert "Patch, 2 simulated" in [box.label for box in page.selectbox]
    _, rest = cache._first_demo_scene()
    rest.join(LONG)
    assert "more are being simulated" not in told(page.run())


def test_it_opens_on_the_simulated_scene_and_says_what_a_run_costs() -> None:
    page = opened()
    assert not page.exception
    assert not page.error
    first = next(one for one in page.main.markdown if one.value)
    assert first.value == f"### {DEMO[0].title}"  # nothing stands above the page
    text = told(page)
    assert "simulated scene" in text
    present = int(text.split("The year: ")[1].split()[0])
    assert f"Costs {10 * present} denoiser evaluations (10 steps × {present}" in text
    assert page.button(key="explore_run").label == "Run"


def test_the_ancestral_sampler_takes_all_steps_and_the_others_a_few_again() -> None:
    page = opened()
    page.segmented_control(key="explore_sampler").set_value("ancestral").run()
    assert not page.error
    assert "(500 steps ×" in told(page)
    page.segmented_control(key="explore_sampler").set_value("ddim").run()
    assert not page.error
    assert "(10 steps ×" in told(page)


@pytest.mark.slow
def test_opening_the_pages_imports_no_torch(region: Path) -> None:
    script = f"""
import sys
from tests.ui.pages import explore, models
page = explore(model='tiny')
assert not page.exception and not page.error
assert page.button(key='explore_run')
page = explore(model='tiny', collection={str(region)!r})
assert not page.exception and not page.error
page = models()
for part in ('Crops', 'On this computer', 'Another id'):
    page.segmented_control(key='models_part').set_value(part).run()
    assert not page.exception and not page.error
print([name for name in ('torch', 'diffusers', 'timm') if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_the_app_opens_on_the_demo_weights_and_maps_a_demo_scene_unasked() -> None:
    page = explore()
    assert page.selectbox(key="explore_model").value == "demo"
    assert page.button(key="explore_run").label in ("Running", "Result is there")  # begun unasked
    ended(page)
    assert not page.exception
    assert page.button(key="explore_run").label == "Result is there"
    assert page.metric
    figures = held_out(open_card("demo").figures)
    assert figures is not None
    (said,) = (one.value for one in page.info if "trained on simulated" in one.value)
    assert "it is no real place" in said
    assert f"mIoU {figures.miou:.1%}, overall accuracy {figures.oa:.1%}" in said
    assert "says nothing about real land" in said
    assert not any("Random initial weights" in one.value for one in [*page.warning, *page.caption])


def test_a_real_scene_waits_to_be_asked_and_is_told_what_may_be_expected(
    treesat_folder: Path,
) -> None:
    page = opened(model="demo", collection=str(treesat_folder), steps="1")
    assert page.button(key="explore_run").label == "Run"
    run(page)
    (said,) = (one.value for one in page.warning)
    assert "have never seen a real place" in said
    assert "expect little" in said
    assert "no heights" in said
    assert "none of that holds for this patch" in said


def test_what_may_take_minutes_and_what_means_nothing_wait_to_be_asked() -> None:
    assert starts_by_itself(View())
    assert starts_by_itself(View(model="demo", seed=3))
    for view in (View(steps=11), View(sampler="ancestral", steps=500), View(model="tiny")):
        assert not starts_by_itself(view)


def test_a_cancelled_map_is_not_begun_again_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    def waits(*_: object, cancel: threading.Event, **__: object) -> None:
        assert cancel.wait(LONG)
        raise Cancelled("the run was cancelled")

    monkeypatch.setattr("lcapp.ui.session.work.runs.predict", waits)
    page = opened(model="demo")
    page.button(key="explore_cancel").click().run()
    ended(page)
    assert "cancelled" in told(page)
    assert page.button(key="explore_run").label == "Run"
    assert len(runs()) == 1


def test_a_run_shows_its_result_with_its_warnings_and_is_found_again() -> None:
    page = opened(steps="1")
    run(page)
    assert not page.exception
    text = told(page)
    assert any("Random initial weights" in warning.value for warning in page.warning)
    reminders = [one for one in page.caption if "Random initial weights" in one.value]
    assert len(reminders) == 4  # at the legend, the pixel, the year and the files
    assert "The scene is simulated" in text
    figures = {metric.label: metric.value for metric in page.metric}
    assert figures["Denoiser evaluations"] == str(int(text.split("The year: ")[1].split()[0]))
    assert figures["LR consistency"].startswith("0.")
    assert page.button(key="explore_run").disabled
    (task,) = runs()
    with zipfile.ZipFile(io.BytesIO(archive(task.result, list(writers(task.result))))) as packed:
        assert sorted(packed.namelist()) == [
            "confidence.tif",
            "landcover.tif",
            "summary.json",
            "superres.tif",
        ]
    # another session with the same link: a closed tab, a reload
    address = {
        name: value[0] if isinstance(value, list) else value
        for name, value in page.query_params.items()
    }
    again = opened(**address)
    assert {metric.label: metric.value for metric in again.metric} == figures


def test_another_seed_has_no_result_yet() -> None:
    page = opened(steps="1")
    run(page)
    figures = {metric.label: metric.value for metric in page.metric}
    page.number_input(key="explore_seed").set_value(5).run()
    assert not page.button(key="explore_run").disabled
    # The last result stays, and is called what it is.
    assert {metric.label: metric.value for metric in page.metric} == figures
    (said,) = (one.value for one in page.info if "settings have changed" in one.value)
    assert "still the result of" in said
    assert "seed 0" in said
    assert "opacity: .7" in told(page)
    page.number_input(key="explore_seed").set_value(0).run()
    assert page.metric
    assert not any("settings have changed" in one.value for one in page.info)
    # Another scene shows nothing of this one.
    page.number_input(key="explore_seed").set_value(5).run()
    page.selectbox(key="explore_scene").set_value(DEMO[3].id).run()
    assert not page.metric


def test_cancel_gives_no_result_and_the_next_run_works() -> None:
    page = opened(steps="100")
    page.button(key="explore_run").click().run()
    (task,) = runs()
    page.button(key="explore_cancel").click().run()
    assert "cancelled" in told(page)
    assert not page.metric
    page.slider(key="explore_steps_ddim").set_value(1).run()
    page.button(key="explore_run").click().run()
    ended(page, runs()[-1])
    assert page.metric
    assert task.wait(LONG)
    assert task.result is None


def test_the_address_sets_the_widgets_and_the_widgets_the_address() -> None:
    page = opened(sampler="dpm++", steps="7", seed="3")
    assert page.slider(key="explore_steps_dpm++").value == 7
    assert page.number_input(key="explore_seed").value == 3
    page.slider(key="explore_steps_dpm++").set_value(4).run()
    assert page.query_params["steps"] in ("4", ["4"])
    assert page.query_params["sampler"] in ("dpm++", ["dpm++"])
    # the browser's back button
    page.query_params["steps"] = "7"
    page.run()
    assert page.slider(key="explore_steps_dpm++").value == 7


def test_an_absent_month_is_shown_as_absent_with_its_reason() -> None:
    page = opened(steps="1", month="1")
    run(page)
    assert "is absent: " in "\n".join(info.value for info in page.info)


@pytest.mark.parametrize("folder", ["/nowhere", "empty"])
def test_a_folder_that_is_no_collection_gets_a_sentence(folder: str, tmp_path: Path) -> None:
    name = str(tmp_path) if folder == "empty" else folder
    page = opened(collection=name)
    assert not page.exception
    (error,) = page.error
    assert name in error.value
    assert "expected" in error.value
    page.radio(key="explore_kind").set_value("demo").run()
    assert not page.error
    assert page.button(key="explore_run")


def test_a_server_may_open_on_a_collection_of_its_own(
    treesat_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LCAPP_COLLECTION", str(treesat_folder))
    page = opened()
    assert not page.error
    assert page.selectbox(key="explore_scene").value == "Betula_spec._1_15679"
    assert page.radio(key="explore_kind").value == ""


def test_a_link_to_a_scene_that_is_not_there_gets_a_sentence() -> None:
    page = opened(scene="IMG_nowhere")
    assert not page.error
    assert any("IMG_nowhere" in one.value for one in page.warning)
    assert page.selectbox(key="explore_scene").value != "IMG_nowhere", "another can be chosen"


def test_a_broken_scene_gets_a_sentence_and_its_neighbour_still_opens(
    treesat_folder: Path, tmp_path: Path
) -> None:
    names = ("Betula_spec._1_15679", "Quercus_robur_7_85750")
    for file in treesat_folder.iterdir():
        if file.name.startswith(names):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    broken = tmp_path / f"{names[0]}_WEFL_NLF.tif"
    broken.write_bytes(broken.read_bytes()[:5000])
    page = opened(collection=str(tmp_path), scene=names[0])
    assert not page.exception
    assert any(plain(broken.name) in error.value for error in page.error)
    page.selectbox(key="explore_scene").set_value(names[1]).run()
    assert not page.error
    assert page.button(key="explore_run")


def test_an_unforeseen_error_is_in_the_log_and_the_page_says_where(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("/somewhere/secret.py")

    page = opened(steps="1")
    monkeypatch.setattr("lcapp.ui.session.work.runs.predict", fails)
    run(page)
    assert not page.exception
    (error,) = page.error
    assert "did not foresee (ZeroDivisionError)" in error.value
    assert "secret" not in error.value
    number = error.value.rpartition("error ")[2].rstrip(".")
    (logged,) = (one for one in caplog.records if one.name.startswith("lcapp"))
    assert number in logged.getMessage()
    assert "secret" in str(logged.exc_info)


def test_the_first_screen_says_how_much_is_sealed_and_how_sure_the_map_is() -> None:
    page = ended(explore())
    (task,) = runs()
    sealed = group_areas(task.result.land_cover)[0]
    text = told(page)
    assert f"**{sealed.share:.1%} of this place is sealed**" in text
    assert f"{sealed.confidence:.0%} sure" in text
    assert "by the reference it is 8.3%" in text
    for group in ("green", "farmland", "water"):
        assert re.search(rf"<b>{group} \d+\.\d%</b>", text)
    # Words that not everybody knows have a sentence.
    known = {metric.label: metric.help for metric in page.metric}
    assert "not that the detail is right" in known["LR consistency"]
    for label in ("Denoiser evaluations", "Changed by the series", "mIoU of the weights"):
        assert known[label]
    # How the month does stands at its picture.
    assert re.search(r"<b>Super-resolved, 1.6 m</b><span>[+-]\d\.\d dB on bicubic</span>", text)


def test_composite_palette_and_reference_are_in_the_address_and_come_back_from_it() -> None:
    page = ended(explore(composite="NDVI", safe="True", beside="True", layers="none"))
    assert page.segmented_control(key="explore_composite").value == "NDVI"
    assert page.toggle(key="explore_safe").value
    assert page.toggle(key="explore_beside").value
    assert dict(page.query_params)["layers"] in ("none", ["none"])
    page.segmented_control(key="explore_composite").set_value("true colour").run()
    page.toggle(key="explore_beside").set_value(False).run()
    assert "composite" not in page.query_params
    assert "beside" not in page.query_params
    assert not page.exception


def test_where_nothing_decides_the_shift_it_is_said_and_not_referred_to() -> None:
    page = ended(explore(scene=DEMO[3].id))
    (task,) = runs()
    shift = task.result.record.registration
    assert not shift.decided
    assert UNDECIDED in task.result.record.notes
    text = told(page)
    assert plain(shift.said) in text
    assert "see shift" not in text


def test_the_month_that_was_chosen_stays_while_another_run_is_awaited() -> None:
    page = opened(steps="1")
    page.session_state["explore_month"] = 4  # as the strip of the year does
    run(page.run())
    assert page.query_params["month"] in ("4", ["4"])
    page.number_input(key="explore_seed").set_value(5).run()
    page.number_input(key="explore_seed").set_value(6).run()
    assert page.query_params["month"] in ("4", ["4"])
    assert "April 2021" in told(page)


def test_files_are_named_by_what_made_them() -> None:
    page = opened(steps="1", seed="3")
    run(page)
    names = [one.proto.label for one in page.get("download_button")]
    for name in ("probabilities.tif", "superres_07.tif", "report.pdf", "map.png", "areas.csv"):
        assert name in names
    choice = SimpleNamespace(
        run=runs()[0].result.record.run,
        card=runs()[0].result.record.model,
        scene=SimpleNamespace(id="D/Z/S"),
    )
    assert named(choice, "areas.csv") == "D_Z_S_tiny_ddim_1-steps_seed-3_areas.csv"  # type: ignore[arg-type]
