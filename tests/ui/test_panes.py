"""Pictures beneath one camera, in a browser: by mouse, by keys, by touch; over reruns and links."""

import base64
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from tests.ui.sessions import server as serving
from tests.ui.windows import opened, outside

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_SCRIPT = """
import json
import numpy as np
import streamlit as st
from affine import Affine
from lcapp.types import Grid
from lcapp.ui.components.panes import compare
from lcapp.views.panes import Arrangement, Pane, Values, from_text, to_text

st.set_page_config(layout="wide")
place = Grid("EPSG:2154", Affine(1, 0, 100, 0, -1, 200), 10, 20)  # wider than high
coarse = Grid("EPSG:2154", Affine(5, 0, 100, 0, -5, 200), 2, 4)
month = st.radio("month", (1, 2), horizontal=True)
name = st.radio("place", ("here", "there"), horizontal=True)
rows, cols = np.mgrid[:10, :20]
fine = np.stack([cols / 100, rows / 100]).astype(np.float32) * month  # 2 H W
rough = np.stack([np.full((2, 4), 0.05), np.full((2, 4), 0.01)]).astype(np.float32)
rough[:, 1, 3] = np.nan
kinds = np.stack([cols >= 10, np.where(cols >= 10, 0.75, 0.5)]).astype(np.float32)

def flat(colour, shape):
    return np.full((*shape, 4), (*colour, 255), np.uint8)

striped = flat((0, 0, 0), (10, 20))
striped[:, ::2, 0] = 200  # every second column is red
panes = [
    Pane("fine", "Fine", striped, place, "", Values(fine, ("a", "b"), "units", shown=(0, 1))),
    Pane("rough", "Rough", flat((0, 0, 255), (2, 4)), coarse, "",
         Values(rough, ("a", "b"), "units")),
    Pane("kinds", "Kinds", flat((0, 160, 0), (10, 20)), place, "",
         Values(kinds, ("class", "probability"), digits=2, classes=("wood", "water"))),
]
start = from_text(st.query_params.get("panes", "")) or Arrangement()
def changed(one):
    st.query_params["panes"] = to_text(one)
def picked(x, y):
    st.session_state["picked"] = [x, y]
compare(panes, place, key="p", name=name, start=start, on_change=changed, on_pick=picked)
st.html("<i id='picked' data-at='%s'></i>" % json.dumps(st.session_state.get("picked")))
"""

_PIXEL = "(c, [u, v]) => [...c.getContext('2d').getImageData(u * c.width, v * c.height, 1, 1).data]"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page of three panes, whose pictures and numbers are known."""
    folder = tmp_path_factory.mktemp("panes")
    (folder / "page.py").write_text(_SCRIPT)
    with serving(folder / "log", script=folder / "page.py") as (found, _):
        yield f"http://{found}"
    assert "Traceback" not in (folder / "log").read_text()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A window on it; a request to another machine, or a fault in a script, fails the test."""
    requests: list[str] = []
    faults: list[str] = []
    page = opened(browser, "about:blank", 1400, 1000)
    page.set_default_timeout(20_000)
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    settled(page, "side")
    yield page
    page.close()
    assert outside(requests) == []
    assert faults == []


def settled(page: Page, mode: str) -> None:
    page.wait_for_selector(f".lc-panes[data-drawn^='{mode}']" if mode else ".lc-panes[data-drawn]")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def canvas(page: Page, place: int = 0) -> Locator:
    return page.locator(".lc-cell canvas").nth(place)


def colour(page: Page, across: float, down: float, place: int = 0) -> tuple[int, ...]:
    """The colour at shares of a picture's width and height."""
    settled(page, "")
    return tuple(canvas(page, place).evaluate(_PIXEL, [across, down]))[:3]


def picture(page: Page) -> np.ndarray:
    """What the first canvas shows: H W 4."""
    url = canvas(page).evaluate("c => c.toDataURL()")
    image = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    return np.asarray(image.convert("RGBA")).astype(int)


def to(page: Page, across: float, down: float, place: int = 0) -> None:
    """Move the pointer to shares of a picture's width and height."""
    box = canvas(page, place).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
    settled(page, "")


def values(page: Page) -> list[str]:
    return page.locator(".lc-values").all_inner_texts()


def test_the_pointer_reads_the_numbers_of_the_same_place_in_every_pane(page: Page) -> None:
    to(page, 12.5 / 20, 3.5 / 10)
    assert values(page) == [
        "a 0.120 · b 0.030 units",
        "a 0.050 · b 0.010 units",
        "water · probability 0.75",
    ]
    to(page, 17.5 / 20, 7.5 / 10, 1)  # another pane's picture, the pixel without a number
    assert values(page) == ["a 0.170 · b 0.070 units", "nothing here", "water · probability 0.75"]
    page.mouse.move(5, 5)
    settled(page, "")
    assert values(page) == ["", "", ""]


def test_pixels_are_squares_until_smoothing_is_asked_for(page: Page) -> None:
    reds = {colour(page, (col + share) / 20, 0.5)[0] for col in range(20) for share in (0.3, 0.7)}
    assert reds == {0, 200}
    page.get_by_role("button", name="Smooth").click()
    reds = {colour(page, (col + share) / 20, 0.5)[0] for col in range(20) for share in (0.1, 0.9)}
    assert reds - {0, 200}


def test_all_panes_move_together_and_keep_their_place_when_the_pictures_change(page: Page) -> None:
    to(page, 0.25, 0.5)
    before = values(page)
    canvas(page).click(position={"x": 5, "y": 5})  # the wheel is the picture's from now on
    to(page, 0.25, 0.5)
    page.mouse.wheel(0, -240)  # twice as near, the place beneath the pointer stays
    settled(page, "")
    assert values(page) == before
    to(page, 0.25 + 0.25, 0.5)  # as far to the right as half of that was before
    assert values(page)[0].startswith("a 0.070")  # 5 + 20 / 4 / 2 metres
    to(page, 0.5, 0.5, 2)
    box = canvas(page, 2).bounding_box()
    assert box is not None
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.5, steps=4)
    page.mouse.up()
    to(page, 0.5, 0.5)
    moved = values(page)[0]
    assert moved.startswith("a 0.090")  # 2 of 10 metres further
    page.get_by_text("2", exact=True).first.click()  # the other month: twice the numbers
    page.wait_for_function("location.href")
    page.locator("[data-testid=stRadio] input").nth(1).wait_for(state="attached")
    to(page, 0.49, 0.5)
    for _ in range(50):
        to(page, 0.5, 0.5)
        if values(page)[0].startswith("a 0.180"):
            break
        page.wait_for_timeout(100)
    assert values(page)[0].startswith("a 0.180")


def test_another_place_is_seen_whole_in_the_same_arrangement(page: Page) -> None:
    page.get_by_role("button", name="Swipe").click()
    canvas(page).focus()
    for _ in range(3):
        page.keyboard.press("+")
    page.wait_for_url(re.compile("panes=swipe~fine~rough~50~10~5~"))
    page.get_by_text("there", exact=True).click()
    page.wait_for_selector(".lc-panes[data-drawn='swipe there']")
    page.wait_for_url(re.compile("panes=swipe~fine~rough~50~~~~~0"))


def test_swipe_by_mouse_and_by_keys(page: Page) -> None:
    page.get_by_role("button", name="Swipe").click()
    settled(page, "swipe")
    assert canvas(page).count() == 1
    handle = page.get_by_role("slider", name="border between the two pictures")
    assert handle.get_attribute("aria-valuenow") == "50"
    assert colour(page, 0.75, 0.5) == (0, 0, 255)  # Rough, at the right
    assert colour(page, 0.25, 0.5)[2] == 0
    handle.focus()
    page.keyboard.press("End")
    assert handle.get_attribute("aria-valuenow") == "100"
    assert colour(page, 0.75, 0.5)[2] == 0
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    settled(page, "swipe")
    assert handle.get_attribute("aria-valuenow") == "2"
    box, picture = handle.bounding_box(), canvas(page).bounding_box()
    assert box is not None
    assert picture is not None
    page.mouse.move(box["x"] + 14, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(picture["x"] + 0.75 * picture["width"], box["y"] + 40)
    page.mouse.up()
    settled(page, "swipe")
    assert handle.get_attribute("aria-valuenow") == "75"
    canvas(page).focus()
    page.keyboard.press("3")  # at the left: Kinds
    assert colour(page, 0.3, 0.5) == (0, 160, 0)


def test_a_difference_is_that_of_the_numbers(page: Page) -> None:
    page.get_by_role("button", name="Difference").click()
    settled(page, "difference")
    note = page.locator(".lc-note").inner_text()
    cols, rows = np.meshgrid(np.arange(20), np.arange(10))
    apart = (np.abs(cols / 100 - 0.05) + np.abs(rows / 100 - 0.01)) / 2
    apart[5:, 15:] = np.nan
    assert note.startswith("Rough − Fine. Mean amount over a, b: white 0, dark from 0.1 on.")
    assert float(note.split("Mean ")[-1].rstrip(".")) == pytest.approx(np.nanmean(apart), abs=1e-4)
    to(page, 0.5, 0.55)
    said = values(page)[0]
    col = int(re.search(r"Fine: a 0\.(\d\d)0", said)[1])  # type: ignore[index]
    expected = (abs(col / 100 - 0.05) + abs(5 / 100 - 0.01)) / 2
    assert float(said.rpartition("difference ")[2]) == pytest.approx(expected, abs=1e-4)


def test_blinking_shows_one_and_the_other_and_can_be_stopped(page: Page) -> None:
    page.get_by_role("button", name="Blink").click()
    seen = set()
    for _ in range(60):
        seen.add(colour(page, 0.5, 0.55)[2])
        if len(seen) == 2:
            break
        page.wait_for_timeout(100)
    assert seen == {0, 255}
    page.get_by_role("button", name="Pause").click()
    stays = colour(page, 0.5, 0.55)
    page.wait_for_timeout(2000)
    assert colour(page, 0.5, 0.55) == stays


def test_one_picture_is_shifted_against_the_others_and_brought_back(page: Page) -> None:
    page.get_by_role("button", name="Linked").click()
    canvas(page, 1).focus()
    page.keyboard.press("ArrowRight")  # a tenth of the width: 2 m
    to(page, 0.125, 0.5)
    assert colour(page, 0.95, 0.2, 1)[2] == 0  # nothing there: the picture has moved to the left
    page.get_by_role("button", name="Unlinked").click()
    canvas(page).focus()
    page.keyboard.press("ArrowLeft")  # both move, and keep their shift
    assert colour(page, 0.95, 0.2, 1)[2] == 255
    assert colour(page, 0.05, 0.2)[0] == colour(page, 0.02, 0.2)[0] == 0  # Fine has moved as well
    page.get_by_role("button", name="Align").click()
    assert colour(page, 0.05, 0.2, 1)[2] == 0
    page.get_by_role("button", name="Whole").click()
    assert colour(page, 0.02, 0.2, 1)[2] == 255
    assert colour(page, 0.98, 0.2, 1)[2] == 255


def test_keys_move_zoom_choose_and_point(page: Page) -> None:
    canvas(page).focus()
    page.keyboard.press("2")
    settled(page, "side")
    assert page.locator("figcaption").all_inner_texts() == ["2Rough"]
    page.keyboard.press("2")
    assert len(page.locator("figcaption").all_inner_texts()) == 3
    canvas(page).focus()
    page.keyboard.press("Shift+ArrowRight")  # the cursor, from the middle: a pixel of this picture
    page.keyboard.press("Shift+ArrowDown")
    settled(page, "side")
    assert values(page)[0] == "a 0.110 · b 0.060 units"
    assert page.locator(".lc-said").text_content() == "Fine: a 0.110 · b 0.060 units"
    page.keyboard.press("Enter")
    page.wait_for_selector("#picked[data-at='[11.0, 6.0]']", state="attached")
    for _ in range(4):
        page.keyboard.press("+")
    settled(page, "side")
    page.mouse.move(5, 5)
    page.keyboard.press("Home")
    to(page, 0.975, 0.95)
    assert values(page)[0] == "a 0.190 · b 0.090 units"


def test_a_click_tells_the_page_where(page: Page) -> None:
    box = canvas(page, 2).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"])
    page.wait_for_function("document.querySelector('#picked').dataset.at !== 'null'")
    x, y = json.loads(page.locator("#picked").get_attribute("data-at") or "")
    assert x == pytest.approx(15, abs=0.1)
    assert y == pytest.approx(2.5, abs=0.1)


def test_a_link_opens_what_was_seen(page: Page, address: str) -> None:
    page.get_by_role("button", name="Swipe").click()
    canvas(page).focus()
    page.keyboard.press("3")
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("panes=swipe"))
    page.wait_for_timeout(1500)
    settled(page, "swipe")
    page.mouse.move(5, 5)
    settled(page, "swipe")
    seen, link = picture(page), page.url
    page.goto("about:blank")
    page.goto(link)
    settled(page, "swipe")
    assert (np.abs(picture(page) - seen).max(-1) > 8).mean() < 0.002
    page.goto(f"{address}/?panes=swipe~../etc~~999~~~~~")  # nonsense: as it opens anyway
    settled(page, "side")


def test_what_is_seen_is_saved_as_a_picture(page: Page, tmp_path: Path) -> None:
    with page.expect_download() as saved:
        page.get_by_role("button", name="PNG").click()
    saved.value.save_as(tmp_path / "seen.png")
    assert saved.value.suggested_filename == "here-side.png"
    picture = np.asarray(Image.open(tmp_path / "seen.png").convert("RGB")).reshape(-1, 3)
    found = {tuple(one) for one in np.unique(picture, axis=0).tolist()}
    assert {(200, 0, 0), (0, 0, 255), (0, 160, 0), (255, 255, 255)} <= found


def test_a_pinch_zooms(page: Page) -> None:
    told = canvas(page).evaluate(
        """async (canvas) => {
          const box = canvas.getBoundingClientRect();
          const at = (id, type, u) => canvas.dispatchEvent(new PointerEvent(type, {
            pointerId: id, pointerType: "touch", bubbles: true,
            clientX: box.left + u * box.width, clientY: box.top + box.height / 2 }));
          canvas.setPointerCapture = () => {};
          at(1, "pointerdown", 0.4); at(2, "pointerdown", 0.6);
          at(1, "pointermove", 0.3); at(2, "pointermove", 0.7);
          at(1, "pointerup", 0.3); at(2, "pointerup", 0.7);
        }"""
    )
    assert told is None
    to(page, 0.75, 0.5)
    # Twice as near around the middle: 10 + 20 / 4 / 2 metres.
    assert values(page)[0].startswith("a 0.120")


def test_thirty_frames_a_second_while_it_moves(page: Page) -> None:
    seconds = canvas(page).evaluate(
        """async (canvas) => {
          const frame = () => new Promise(requestAnimationFrame);
          canvas.focus();
          await frame();
          const begun = performance.now();
          let spent = 0;
          for (let n = 0; n < 40; n += 1) {
            const now = performance.now();
            canvas.dispatchEvent(new KeyboardEvent("keydown", { key: n % 2 ? "+" : "ArrowLeft" }));
            spent += performance.now() - now;
            await frame();
          }
          return (performance.now() - begun) / 40000;
        }"""
    )
    assert seconds < 1
