"""The page Compare, driven without a browser, and its main path in one."""

import re
import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page
from streamlit.testing.v1 import AppTest

from lcapp.classes import FLAIR2, LPIS1
from lcapp.errors import BundleError
from lcapp.evaluate.differing import differing
from lcapp.families.family import FAMILIES, Model
from lcapp.scene.collection import open_collection
from lcapp.types import Card
from lcapp.ui.session import cache, pair
from lcapp.ui.session.state import View, from_query, to_query
from lcapp.ui.session.work.runs import RUN
from lcapp.views.compare.words import answer
from tests.families.tiny import write_tiny
from tests.scene.roi import write_roi
from tests.ui.pages import LONG, explore, runs, told
from tests.ui.windows import opened, outside

demo = pytest.mark.usefixtures("demo_folder", "nothing_shared")


def _script() -> None:
    from lcapp.ui.pages.compare import COMPARE

    COMPARE.show()


def shown(**query: str) -> AppTest:
    """The page as that address opens it; `b_seed` stands for `b-seed`."""
    page = AppTest.from_function(_script, default_timeout=LONG)
    for name, value in query.items():
        page.query_params[name.replace("b_", "b-")] = value
    return page.run()


def done(page: AppTest) -> AppTest:
    """Once what it has started is done."""
    for task in runs():
        assert task.wait(LONG)
    return page.run()


def run_both(page: AppTest) -> AppTest:
    for name in ("compare_run", "compare_b_run"):
        if name in [one.key for one in page.button]:
            page.button(key=name).click().run()
            page = done(page)
    return page


def query_of(page: AppTest) -> dict[str, str]:
    return {name: "".join(value) for name, value in page.query_params.items()}


@demo
def test_it_says_where_two_runs_differ_how_much_and_which_is_right(demo_folder: Path) -> None:
    page = done(shown())
    assert not page.exception
    assert not page.error
    # Unasked: what the series is worth, of one run.
    ((_, task),) = cache.tasks().all(RUN)
    found = task.result
    collection = open_collection(demo_folder)
    references = collection.scene(collection.ids[0]).references
    without = differing(found.land_cover, found.explanation.without_series, references)
    assert without is not None
    assert f"**{answer(without)}**" in [one.value for one in page.info]
    assert query_of(page)["b-shown"] == "without_series"

    # Another run: B with another seed, on its own map.
    page.number_input(key="compare_b_seed").set_value(3)
    page.selectbox(key="compare_b_shown").set_value("landcover").run()
    page = done(page)
    assert not page.exception
    (first, second) = (one.result for one in runs())
    assert (first.record.run.seed, second.record.run.seed) == (0, 3)
    seeds = differing(first.land_cover, second.land_cover, references)
    assert seeds is not None
    assert f"**{answer(seeds)}**" in [one.value for one in page.info]
    text = told(page)
    assert "<th scope='row'>Seed</th><td>0</td><td>3</td>" in text
    query = query_of(page)
    assert (query["seed"], query["b-seed"]) == ("0", "3")
    assert "b-shown" not in query

    page.button(key="compare_exchange").click().run()
    query = query_of(page)
    assert (query["seed"], query["b-seed"]) == ("3", "0")
    assert page.number_input(key="compare_seed").value == 3
    assert "<th scope='row'>Seed</th><td>3</td><td>0</td>" in told(page)


@demo
def test_the_same_run_twice_cannot_differ() -> None:
    page = done(shown(b_seed="0"))
    assert "A and B are the same run and the same map: nothing can differ" in told(page)
    assert "compare_b_run" not in [one.key for one in page.button]


@demo
def test_what_an_address_says_and_cannot_mean_is_refused_in_a_sentence() -> None:
    page = done(shown(b_steps="9999", b_model="nobody", b_shown="nothing"))
    assert not page.exception
    said = "\n".join(one.value for one in page.warning)
    assert "b-steps=9999" in said
    assert "b-model=nobody" in said
    assert "b-shown=nothing" in said
    query = query_of(page)
    assert query["b-model"] == "demo"
    assert "b-steps" not in query
    assert "b-shown" not in query


@demo
def test_a_run_is_cancelled_and_the_other_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    page = done(shown(b_seed="0"))

    def endless(*_: object, cancel: object, **__: object) -> None:
        assert cancel.wait(LONG)  # type: ignore[attr-defined]

    monkeypatch.setattr("lcapp.ui.session.work.runs.predict", endless)
    page.number_input(key="compare_b_seed").set_value(5).run()
    # Until the new run is done the last result stays, and is said to be that of other settings.
    assert "What is shown below, dimmed, is still the result of **B: demo" in told(page)
    page.button(key="compare_b_cancel").click().run()
    done(page)
    assert "The run was cancelled" in told(page)
    assert page.button(key="compare_b_run").label == "Run B"


@demo
def test_a_result_is_pinned_as_a() -> None:
    page = explore(seed="2", **{"b-seed": "7"})
    for task in runs():
        assert task.wait(LONG)
    page.run()
    assert not page.exception
    (link,) = (one.proto for one in page.get("page_link"))
    assert link.page == "compare"
    query = {name: one[0] for name, one in parse_qs(link.query_string).items()}
    assert (query["seed"], query["b-seed"]) == ("2", "7")
    page.number_input(key="explore_seed").set_value(9).run()
    links = [one.proto.query_string for one in page.get("page_link")]
    assert any("seed=2" in one and "b-seed=9" in one for one in links)
    done(page)


def test_the_address_holds_both_runs() -> None:
    b = View(model="other", sampler="ddim", steps=5, seed=3, guide=0.5, month=4, shown="crops")
    view = View(scene="S", model="demo", seed=1, b=b)
    query = to_query(view)
    assert query["b-sampler"] == "ddim"
    assert "b-scene" not in query
    assert from_query(query) == view
    swapped = pair.exchanged(view)
    assert (swapped.model, swapped.b) == ("other", View(model="demo", seed=1))
    assert replace(pair.exchanged(swapped), b=None) == replace(view, b=None)


@pytest.fixture
def _models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Models of an aerial image alone, `plain` and `other` of land cover and `crops`; and `tiny`,
    which reads a series."""
    monkeypatch.setitem(FAMILIES, "tiny", "tests.families.tiny")
    weights = tmp_path / "weights"
    shutil.copytree(cache.open_model("tiny").card.path, weights / "tiny")
    write_tiny(weights / "plain", FLAIR2)
    write_tiny(weights / "other", FLAIR2, seed=1)
    write_tiny(weights / "crops", LPIS1)
    monkeypatch.setenv("LCAPP_WEIGHTS", str(weights))
    write_roi(tmp_path / "aerial", 1, 1, ("AERIAL_RGBI",))
    monkeypatch.setenv("LCAPP_COLLECTION", str(tmp_path / "aerial"))


@pytest.mark.usefixtures("nothing_shared", "_models")
def test_maps_of_other_classes_stand_beside_each_other() -> None:
    page = run_both(shown(model="plain", b_model="crops"))
    assert not page.exception
    (said,) = (one.value for one in page.warning if "no classes in common" in one.value)
    assert "A tells FLAIR #2 (13 classes) and B LPIS, level 1 (23 classes)" in said
    assert told(page).count("class='lc-made lc-areas'") == 2
    assert "This place has no reference in these classes" in told(page)


@pytest.mark.usefixtures("nothing_shared", "_models")
def test_without_a_reference_nobody_knows_which_is_right() -> None:
    page = run_both(shown(model="plain", b_model="other"))
    assert not page.exception
    (said,) = (one.value for one in page.info if "A and B differ on" in one.value)
    assert "Nobody knows which is right: this place has no reference" in said


@pytest.mark.usefixtures("nothing_shared", "_models")
def test_of_a_run_that_is_refused_the_other_stands_alone() -> None:
    page = run_both(shown(model="plain", b_model="tiny"))
    assert not page.exception
    (error,) = page.error
    assert "B cannot be run: the scene has no SENTINEL2_TS" in error.value
    assert "There is no result of B yet: A stands here alone." in told(page)
    assert told(page).count("class='lc-made lc-areas'") == 1


@pytest.mark.usefixtures("nothing_shared", "_models")
def test_of_a_run_whose_model_is_damaged_the_other_stands_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = cache.model

    def damaged(card: Card) -> Model:
        if card.name == "other":
            raise BundleError("is damaged", where="other")
        return model(card)

    monkeypatch.setattr("lcapp.ui.session.cache.model", damaged)
    page = run_both(shown(model="plain", b_model="other"))
    assert not page.exception
    (error,) = page.error
    assert "B cannot be run: other: is damaged" in error.value
    assert "There is no result of B yet: A stands here alone." in told(page)
    assert query_of(page)["b-model"] == "other"


def share(page: Page) -> str | None:
    handle = page.get_by_role("slider", name="border between the two pictures")
    return handle.get_attribute("aria-valuenow")


@pytest.mark.browser
@pytest.mark.slow
def test_two_runs_are_swiped_and_the_link_opens_the_same(app: str, browser: Browser) -> None:
    requests: list[str] = []
    faults: list[str] = []
    page = opened(browser, "about:blank", 1400, 1000)
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{app}")
    page.get_by_role("link", name="Pin as A and compare").click()
    page.wait_for_selector(".lc-panes[data-drawn^=side]")
    page.get_by_role("button", name="Change B").click()
    page.get_by_label("Seed").last.fill("3")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("b-seed=3"))
    page.get_by_text(re.compile("B: seed 3")).first.wait_for()
    page.get_by_role("button", name="Swipe").click()
    handle = page.get_by_role("slider", name="border between the two pictures")
    handle.focus()
    page.keyboard.press("Home")
    page.keyboard.press("PageUp")
    assert share(page) == "10"
    page.wait_for_url(re.compile("panes=swipe~a~b~10"))
    said, link = page.get_by_text("A and B differ on").inner_text(), page.url
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector(".lc-panes[data-drawn^=swipe]")
    page.get_by_text(said).wait_for()
    assert share(page) == "10"
    page.close()
    assert outside(requests) == []
    assert faults == []
