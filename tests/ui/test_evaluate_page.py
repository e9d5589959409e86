"""The page Evaluate, driven without a browser, and its main path in one."""

import html
import os
import re
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser
from streamlit.testing.v1 import AppTest

import lcapp.pipeline.evaluation.scene as evaluation_scene
from lcapp.errors import BundleError, RunError
from lcapp.pipeline.evaluation.result import read_evaluation
from lcapp.scene.collection import Collection, open_collection
from lcapp.ui.session import cache
from lcapp.ui.session.asked import Asked
from lcapp.ui.session.roots import ROOTS
from lcapp.ui.session.work import evaluations
from lcapp.ui.session.work.evaluations import EVALUATION, Request, request
from lcapp.ui.session.work.tasks import Task
from tests.train.conftest import write_area
from tests.ui.pages import LONG, told
from tests.ui.sessions import server as serving
from tests.ui.windows import opened, outside

shared = pytest.mark.usefixtures("nothing_shared")

FIRST, SECOND = "D801_2021/Z1_NN/IMG_000010", "D801_2021/Z1_NN/IMG_000011"
QUICK = Asked(seeds=1, samples=1)
QUICK_TEXT = "seeds=1~samples=1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tiles of a test domain with labels, and one to train on."""
    root = tmp_path_factory.mktemp("made")
    write_area(root, "test", "D801_2021", 2, 104, 1)
    write_area(root, "train", "D802_2021", 1, 104, 2)
    return root


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache in which no other test has evaluated anything."""
    monkeypatch.setenv("LCAPP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def _script() -> None:
    from lcapp.ui.pages.evaluate import EVALUATE

    EVALUATE.show()


def shown(**query: str) -> AppTest:
    """The page as that address opens it."""
    page = AppTest.from_function(_script, default_timeout=LONG)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def only_task() -> Task:
    ((_, task),) = cache.tasks().all(EVALUATION)
    return task


def drawn(page: AppTest) -> str:
    return "\n".join(part.proto.body for part in page.get("html"))


@shared
def test_the_main_path(folder: Path, own_cache: Path) -> None:
    page = shown(collection=str(folder), evaluation=f"part=test~{QUICK_TEXT}")
    assert "Nothing has been computed yet" in told(page)
    assert "2 scenes, 2 runs in all" in told(page)
    page.button(key="evaluate_start").click().run()
    assert only_task().wait(LONG)
    page.run()
    assert not page.exception
    (done,) = own_cache.glob("evaluations/*/*/evaluation.json")
    found = read_evaluation(done.parent)
    assert found is not None
    assert found.scenes == (FIRST, SECOND)
    assert f"{100 * found.classes[0].miou.mean:.1f}" in drawn(page)
    assert page.button(key="evaluate_start").disabled
    # After the server was restarted it is there at once, with what was looked at.
    cache.tasks.clear()
    page = shown(collection=str(folder), evaluation=f"part=test~{QUICK_TEXT}~shown=worst~by=miou")
    assert page.button(key="evaluate_start").label == "Result is there"
    links = [html.unescape(one) for one in re.findall(r"href='([^']*)'", drawn(page))]
    lowest = min(found.by_scene, key=lambda row: row.miou)
    said = parse_qs(urlsplit(links[0]).query)
    assert len(links) == 2
    assert (said["scene"], said["model"]) == ([lowest.scene], ["demo"])
    assert said["collection"] == [str(folder)]
    page.segmented_control(key="evaluate_shown").set_value("mistakes").run()
    assert "shown=mistakes" in "".join(page.query_params["evaluation"])
    # Another choice: the result stays, named, until there is another one.
    page.number_input(key="evaluate_limit").set_value(1).run()
    assert "The choice has changed" in told(page)
    assert "Table 2" not in drawn(page)
    assert page.button(key="evaluate_start").label == "Go on"
    assert "The figures of 1 scenes are there" in told(page)


@shared
def test_a_cancelled_evaluation_goes_on_after_the_finished_scenes(
    folder: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    reached, goes_on = threading.Event(), threading.Event()
    whole = evaluation_scene.predict

    def predict(ready, *given, **named):
        seen.append(ready.scene_id)
        if ready.scene_id == SECOND:
            reached.set()
            assert goes_on.wait(LONG)
        return whole(ready, *given, **named)

    monkeypatch.setattr(evaluation_scene, "predict", predict)
    asked = request(Asked(part="test", seeds=1, samples=0), open_collection(folder))
    task = evaluations.start(asked)
    assert reached.wait(LONG)
    assert (task.progress.scene, task.progress.done) == (FIRST, 4)
    task.cancel()
    goes_on.set()
    assert task.wait(LONG)
    assert task.state == "cancelled"
    assert asked.recorded() == 1
    assert evaluations.there(asked) is None
    again = evaluations.start(asked)
    assert again.wait(LONG)
    assert again.error is None
    assert seen == [FIRST, SECOND, SECOND]
    assert evaluations.answers(again.result, asked)


@shared
def test_what_cannot_be_evaluated_is_refused_in_a_sentence(
    folder: Path, treesat_folder: Path, own_cache: Path, tmp_path: Path
) -> None:
    page = shown(collection=str(treesat_folder))
    assert "none of its 4 scenes has labels of land cover" in page.error[0].value
    page = shown(collection=str(folder), evaluation="seeds=none")
    assert "“evaluation=seeds=none” in the address is not used" in told(page)
    page = shown(collection=str(folder), evaluation="models=gone~part=test")
    assert "There is no model" in page.warning[0].value
    page = shown(collection=str(folder), evaluation="part=validation")
    assert "has no scene for validation" in page.error[0].value
    page.text_input(key="evaluate_steps").set_value("1, few").run()
    assert "the denoising steps are '1, few'" in page.error[0].value
    (tmp_path / "file").write_text("")
    page = shown(
        collection=str(folder), evaluation=f"part=test~{QUICK_TEXT}~out={tmp_path / 'file'}"
    )
    page.button(key="evaluate_start").click().run()
    assert only_task().wait(LONG)
    assert "is a file; expected a folder" in page.run().error[0].value


def test_the_eldest_evaluations_of_the_cache_go_and_the_records_stay(tmp_path: Path) -> None:
    for age, name in enumerate(("newest", "middle", "eldest", "records")):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    evaluations._forget_eldest(tmp_path, 2)
    assert {one.name for one in tmp_path.iterdir()} == {"newest", "middle", "records"}


def asked_of(collection: Collection, **asked: object) -> Request:
    return request(Asked(part="test", **asked), collection)


def test_a_request_depends_on_files_weights_and_settings_but_not_on_what_is_looked_at(
    folder: Path, own_cache: Path
) -> None:
    found = open_collection(folder)
    first = asked_of(found)
    assert asked_of(found, shown="worst", line=2).key == first.key
    others = [asked_of(found, **one) for one in ({"seeds": 2}, {"steps": (3,)}, {"limit": 1})]
    others.append(asked_of(found, models=("tiny",)))
    assert len({first.key, *(one.key for one in others)}) == 5
    assert {one.records for one in others} == {first.records}
    two = asked_of(found, models=("demo", "tiny"))
    assert [(one.name, len(one.bundles)) for one in two.methods] == [("demo", 1), ("tiny", 1)]
    with pytest.raises(BundleError, match="'trainings together' has networks"):
        asked_of(found, models=("demo", "tiny"), joined=True)
    one = asked_of(found, models=("tiny",), joined=True)
    assert [method.name for method in one.methods] == ["trainings together"]
    with pytest.raises(BundleError, match="there is no model 'pigeon'"):
        asked_of(found, models=("pigeon",))
    label = next((folder / "flair_labels_test").rglob("*.tif"))
    label.touch()
    assert asked_of(open_collection(folder)).key != first.key


def test_a_server_for_others_writes_into_its_own_cache_alone(
    folder: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(ROOTS, str(tmp_path))
    found = open_collection(folder)
    assert asked_of(found).out.is_relative_to(own_cache)
    with pytest.raises(RunError, match="no folder of this server is written"):
        asked_of(found, out=str(tmp_path / "out"))
    page = shown(collection=str(folder))
    assert "is not opened here" in page.error[0].value


@pytest.mark.browser
@pytest.mark.slow
def test_in_a_browser_an_evaluation_is_made_looked_at_and_leads_to_a_scene(
    folder: Path, browser: Browser, tmp_path: Path
) -> None:
    requests: list[str] = []
    variables = {"LCAPP_COLLECTION": str(folder), "LCAPP_CACHE": str(tmp_path / "cache")}
    with serving(tmp_path / "log", **variables) as (address, _):
        page = opened(browser, "about:blank", 1400)
        page.on("request", lambda request: requests.append(request.url))
        page.goto(f"http://{address}/evaluate?evaluation=part=test~{QUICK_TEXT}")
        page.get_by_role("button", name="Evaluate", exact=True).click()
        page.get_by_text("the paper's Table 2").wait_for()
        page.get_by_text("Mistakes", exact=True).click()
        page.get_by_text("The commonest mistakes.").wait_for()
        assert "shown=mistakes" in page.url.replace("%3D", "=")
        page.reload()
        page.get_by_text("The commonest mistakes.").wait_for()
        page.get_by_text("Worst scenes", exact=True).click()
        page.get_by_text("A picture opens its scene").wait_for()
        with page.expect_download() as scenes:
            page.get_by_role("button", name="scenes.csv").click()
        lines = Path(scenes.value.path()).read_text().splitlines()
        assert len(lines) == 3
        name = lines[1].split(",")[2]
        page.locator(".lc-worst a", has_text=name).click()
        page.wait_for_url("**/?collection=*")
        page.get_by_role("heading", name=name).wait_for()
        page.close()
    assert outside(requests) == []
