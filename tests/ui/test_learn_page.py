"""The page Learn: the main path through its six steps, and that in a browser without a network."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from streamlit.testing.v1 import AppTest

from lcapp.ui.session import cache
from lcapp.ui.session.work.learning import TOY
from lcapp.ui.session.work.seeds import DENOISING
from lcapp.ui.session.work.tasks import Kind
from lcapp.views.learn.lessons import titles
from tests.ui.pages import LONG, told, with_result
from tests.ui.windows import opened, outside

pytestmark = pytest.mark.usefixtures("demo_folder", "nothing_shared")


@pytest.fixture(autouse=True)
def _hardly_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy of these tests need not draw well."""
    monkeypatch.setattr("lcapp.diffusion.toy._ROUNDS", 30)
    monkeypatch.setattr("lcapp.diffusion.toy._LEAP_ROUNDS", 10)


def _script() -> None:
    from lcapp.ui.pages.learn import LEARN

    LEARN.show()


def shown(**query: str) -> AppTest:
    """The page as that address opens it, once the run is done."""
    return with_result(_script, **query)


def ended(page: AppTest, kind: Kind[Any, Any]) -> AppTest:
    """Once that work is done."""
    for _, task in cache.tasks().all(kind):
        assert task.wait(LONG)
        assert task.error is None
    return page.run()


def query_of(page: AppTest) -> dict[str, str]:
    return {name: "".join(value) for name, value in page.query_params.items()}


def test_the_way_through_the_six_steps() -> None:
    page = shown()
    heard = {
        1: "An aircraft saw this place **once**",
        2: "it must find **39**",
        3: "Drag k from 0 to 499",
        4: "Same place, same month, two different noises",
        5: "Each square of 6.4 m asks",
        6: "Left of the handle the map without",
    }
    for number, words in heard.items():
        if number > 1:
            page.button(key="learn_to_arrow_forward").click().run()
        assert not page.exception
        assert words in told(page)
        assert query_of(page)["lesson"] == str(number)
        assert page.segmented_control(key="learn_lesson").value == number
        answer = page.toggle(key=f"learn_answer_{number}")
        before = len(page.success)
        answer.set_value(True).run()
        assert len(page.success) == before + 1
    assert "Of the pixels with a reference" in page.success[-1].value
    ended(page, DENOISING)


def test_a_month_is_denoised_with_the_seeds_and_by_the_way_of_the_address() -> None:
    page = shown(lesson="4", month="5", long_way="True", other_seed="7")
    ended(page, DENOISING)
    assert not page.exception
    made = [dict(key.options) for key, _ in cache.tasks().all(DENOISING)]
    assert {one["seed"] for one in made} == {0, 7}
    assert {(one["sampler"], one["steps"]) for one in made} == {("ddim", 12)}
    assert "The sampler **ddim** walks" in told(page)
    assert "have half forgotten this way" in told(page)
    page.toggle(key="learn_answer_4").set_value(True).run()
    assert re.search(r"differ by \*\*0\.\d{4}\*\* reflectance", page.success[-1].value)
    query = query_of(page)
    assert (query["long_way"], query["other_seed"], query["month"]) == ("True", "7", "5")
    (link,) = (one.value for one in page.code)
    assert "other_seed=7" in link
    assert "lesson=4" in link


def test_the_toy_trains_when_it_is_opened_and_takes_the_steps_that_are_asked_for() -> None:
    page = shown(lesson="4", toy="True", toy_steps="8")
    ended(page, TOY)
    assert not page.exception
    assert "A diffusion small enough to be watched" in told(page)
    assert page.segmented_control(key="learn_toy_steps").value == 8
    page.segmented_control(key="learn_toy_steps").set_value(2).run()
    assert query_of(page)["toy_steps"] == "2"
    page.toggle(key="learn_answer_40").set_value(True).run()
    assert "Measured here: ddim ends" in page.success[-1].value
    assert len(cache.tasks().all(TOY)) == 1


def test_the_hand_out_computes_what_it_lacks() -> None:
    page = shown(lesson="2")
    assert not cache.tasks().all(TOY)
    page.button(key="learn_prepare").click().run()
    for _ in range(3):  # the toy, and a film for each seed
        for kind in (TOY, DENOISING):
            page = ended(page, kind)
    assert not page.exception
    offered = [one.proto.label for one in page.get("download_button")]
    assert "Hand-out (HTML)" in offered


def test_without_a_series_the_page_says_what_to_do() -> None:
    page = shown(lesson="3", sampler="none")
    assert not page.exception
    page.segmented_control(key="learn_lesson").set_value(4).run()
    assert "Nothing is denoised in this run" in told(page)
    page = shown(model="tiny")
    assert "Run the model (at the left)" in told(page)


@pytest.mark.browser
@pytest.mark.slow
def test_it_answers_in_the_browser_and_prints_on_two_sides(
    app: str, browser: Browser, tmp_path: Path
) -> None:
    requests: list[str] = []
    faults: list[str] = []
    page = opened(browser, "about:blank", 1400, 1000)
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{app}/learn?lesson=3&k=240")
    page.get_by_text("k = 240", exact=True).wait_for()
    _moves_without_the_server(page)
    page.wait_for_url(re.compile("k=379"))
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    page.get_by_text("k = 379", exact=True).wait_for()

    page.get_by_text("5 · Attention").first.click()
    page.wait_for_selector(".lc-gaze[data-square]")
    canvas = page.locator(".lc-gaze canvas").first
    box = canvas.bounding_box()
    assert box is not None
    # 16 squares of 6.4 m: the pointer is on the third from the left, the tenth from above.
    page.mouse.move(box["x"] + box["width"] * 2.5 / 16, box["y"] + box["height"] * 9.5 / 16)
    page.wait_for_selector(".lc-gaze[data-square='9 2']")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".lc-gaze[data-square='9 3']")
    page.wait_for_url(re.compile("pixel="))

    page.get_by_text("Hand-out for the class").click()
    page.get_by_role("button", name="Prepare it").click()
    with page.expect_download() as loading:
        page.get_by_role("button", name="Hand-out (HTML)").click()
    loading.value.save_as(tmp_path / "hand-out.html")
    page.goto((tmp_path / "hand-out.html").as_uri())
    assert page.locator("article").count() == len(titles())
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", paper)) == 2
    page.close()
    assert [one for one in outside(requests) if not one.startswith("file:")] == []
    assert faults == []


def _moves_without_the_server(page: Page) -> None:
    """All is drawn anew before the browser does anything else, let alone the server."""
    slides = page.locator(".lc-slides")
    before, after = slides.evaluate(
        """(root) => {
          const pictures = () => [...root.querySelectorAll("img")].map((one) => one.src);
          const before = [root.querySelector("output").textContent, ...pictures()];
          const range = root.querySelector("input");
          range.value = 19;
          range.dispatchEvent(new Event("input"));
          return [before, [root.querySelector("output").textContent, ...pictures()]];
        }"""
    )
    assert (before[0], after[0]) == ("k = 240", "k = 379")
    assert all(one != other for one, other in zip(before, after, strict=True))
