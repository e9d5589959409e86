"""The app in a real headless browser that has no network but this machine's own."""

import io
import json
import random
import re
import shutil
from pathlib import Path
from urllib.parse import urlparse

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from lcapp.simulate.collection import _alone
from lcapp.simulate.demo.scenes import DEMO
from lcapp.ui.parts.plain import printable
from tests.ui.sessions import server as serving
from tests.ui.sessions import started
from tests.ui.windows import opened, outside

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def drawn(page: Page, layer: str) -> None:
    """Wait until the map rests with that layer on it, and the browser has shown it."""
    page.wait_for_selector(f".lc-root[data-drawn~={layer}]")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def pixels(page: Page) -> np.ndarray:
    """The map as the reader sees it: H W 3, without the buttons at its right."""
    shot = page.locator(".lc-map").screenshot()
    image = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)
    return image[:, :-60]


def share_of(colour: tuple[int, ...], image: np.ndarray) -> np.ndarray:
    """Where the image has that colour, within what a colour profile may change."""
    return np.abs(image - np.array(colour)).max(-1) <= 3


def legend(page: Page) -> dict[str, tuple[tuple[int, ...], float]]:
    """Class name to its colour and share, as the legend shows them."""
    rows = {}
    for row in page.locator(".lc-legend tbody tr").all():
        style = row.locator(".lc-swatch").get_attribute("style") or ""
        (colour,) = re.findall(r"#([0-9a-f]{6})", style)
        _, name, share, _ = row.locator("td").all_inner_texts()
        rows[name] = (tuple(bytes.fromhex(colour)), float(share.rstrip(" %")) / 100)
    return rows


def test_a_prediction_is_drawn_over_the_aerial_image_without_any_network(
    browser: Browser, app: str, tmp_path: Path
) -> None:
    requests: list[str] = []
    failures: list[str] = []
    page = opened(browser, "about:blank", height=1300)  # a pixel of the map is more than one here
    page.on("request", lambda request: requests.append(request.url))
    page.on("websocket", lambda socket: requests.append(socket.url))
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto(f"{app}/?steps=2&model=tiny")
    drawn(page, "aerial")

    # The aerial image is there before any run, and it is a picture, not a black square.
    aerial = pixels(page)
    middle = aerial[200:500, 250:550].reshape(-1, 3)
    assert len(np.unique(middle, axis=0)) > 1000
    assert middle.mean() > 30

    page.get_by_role("button", name="Run", exact=True).click()
    drawn(page, "classes")
    assert page.get_by_text("Random initial weights").first.is_visible()
    assert page.get_by_text("The scene is simulated").is_visible()

    # Each class covers as much of the map as the legend says.
    page.get_by_label("opacity of Class map").fill("100")
    words = page.locator(".lc-place, .lc-all, .maplibregl-ctrl-scale")
    words.evaluate_all("all => all.forEach(one => { one.style.visibility = 'hidden'; })")
    drawn(page, "classes")
    image, classes = pixels(page), legend(page)
    covered = {name: share_of(colour, image) for name, (colour, _) in classes.items()}
    total = sum(where.sum() for where in covered.values())
    assert total > 100_000
    for name, (_, share) in classes.items():
        assert covered[name].sum() / total == pytest.approx(share, abs=0.015), name

    # A click names what is drawn there, and so does the pointer.
    largest = max(classes, key=lambda name: classes[name][1])
    rows, cols = np.nonzero(covered[largest])
    row, col = int(rows[len(rows) // 2]), int(cols[len(rows) // 2])
    box = page.locator(".lc-map").bounding_box()
    assert box is not None
    at = (box["x"] + col, box["y"] + row)
    page.mouse.move(*at)
    page.locator(".lc-tip", has_text=largest).wait_for()
    page.mouse.click(*at)
    page.get_by_text(re.compile(r"Class probabilities, row \d+, column \d+")).wait_for()
    assert largest in page.locator(".ytick text").all_text_contents()

    # A class that is not wanted is not drawn; its row stays.
    page.get_by_role("checkbox", name=largest, exact=True).uncheck()
    page.wait_for_url(re.compile("hidden="))
    while share_of(classes[largest][0], pixels(page)).mean() > 0.02:  # until the test's own limit
        page.wait_for_timeout(100)
    assert largest in legend(page)

    # Another layer, in place and on top, opaque: the square of 64 pixels is no black one either.
    page.get_by_role("checkbox", name="Super-resolved, Jul").check()
    page.wait_for_url(re.compile("layers=aerial~100.classes~100.superres~100"))
    drawn(page, "superres")
    series = pixels(page)[200:500, 250:550].reshape(-1, 3)
    assert len(np.unique(series, axis=0)) > 100

    # With the keyboard: the map moves, and Enter asks about the pixel in its middle.
    before = page.url
    page.locator(".lc-map canvas").focus()
    for key in ("ArrowUp", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(lambda url: "pixel=" in url and url != before)
    assert page.locator(".lc-said").inner_text()
    page.screenshot(path=tmp_path / "explore.png")

    assert outside(requests) == []
    assert len(requests) > 10  # they were listened to
    assert failures == []
    page.close()


def test_the_first_map_comes_unasked(browser: Browser, app: str, tmp_path: Path) -> None:
    page = opened(browser, app)
    drawn(page, "classes")
    assert page.get_by_text("trained on simulated scenes alone").is_visible()
    assert len(legend(page)) >= 3
    page.screenshot(path=tmp_path / "first.png")
    page.close()


def test_in_a_narrow_window_a_link_opens_on_its_layers_and_the_year_chooses_the_month(
    browser: Browser, app: str
) -> None:
    link = "/?month=4&layers=aerial~100.confidence~60&hidden=3"
    page = opened(browser, f"{app}{link}", width=900, height=900)
    drawn(page, "confidence")
    assert page.get_by_label("opacity of Confidence").input_value() == "60"
    assert not page.get_by_role("checkbox", name="Class map").is_checked()
    page.get_by_role("checkbox", name="Class map").check()
    drawn(page, "classes")
    assert page.locator("[data-class='3']").is_checked() is False

    # The whole place is seen, and nothing is cut off at the right.
    wide = page.get_by_test_id("stMain").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert wide[0] == wide[1]
    shown = pixels(page)
    ground = share_of((232, 235, 238), shown)
    assert not ground[:, shown.shape[1] // 2].all()
    assert ground[100:-100, 3:8].all(), "the place does not end before the map does"

    page.get_by_role("radio", name=re.compile("^Apr")).focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("month=5"))
    page.get_by_text(re.compile("^May 2021")).wait_for()
    chosen = page.locator(".lc-year [aria-checked=true]")
    expect(chosen).to_have_attribute("data-month", "5")
    expect(chosen).to_be_focused()
    page.close()


def test_a_month_is_compared_and_the_next_one_at_the_same_place(browser: Browser, app: str) -> None:
    requests: list[str] = []
    failures: list[str] = []
    page = opened(browser, "about:blank")
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto(f"{app}/super_resolution?month=4")
    page.wait_for_selector(".lc-panes[data-drawn]")
    assert page.get_by_text(re.compile("April's super-resolution .* trusted")).is_visible()
    names = [one.lstrip("1245") for one in page.locator("figcaption").all_inner_texts()]
    assert names == ["Sentinel-2, 10 m", "Bicubic", "Super-resolved", "Truth (simulated)"]

    # Nearer, one from the other, and the month after: the place stays, the numbers change.
    picture = page.locator(".lc-cell canvas").first
    picture.focus()
    for key in ("+", "+", "ArrowRight"):
        page.keyboard.press(key)
    page.get_by_role("button", name="Difference").click()
    page.wait_for_selector(".lc-panes[data-drawn^=difference]")
    page.wait_for_url(re.compile("panes=difference"))
    place = re.search("panes=([^&]*)", page.url)
    before = page.locator(".lc-note").inner_text()
    assert re.search(r"Mean 0\.0\d+\.", before)
    page.get_by_role("slider", name="Month").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text(re.compile("May's super-resolution .* trusted")).wait_for()
    expect(page.locator(".lc-note")).not_to_have_text(before)
    assert "month=5" in page.url
    assert place is not None
    assert place[0] in page.url

    # The link opens the same in another window.
    page.goto("about:blank")
    page.goto(f"{app}/super_resolution?month=5&{place[0]}")
    page.wait_for_selector(".lc-panes[data-drawn^=difference]")
    assert place[0] in page.url
    assert outside(requests) == []
    assert failures == []
    page.close()


def test_the_other_page_and_back_again(browser: Browser, app: str) -> None:
    page = opened(browser, f"{app}/?steps=2&model=tiny&seed=7")
    drawn(page, "aerial")
    page.get_by_role("link", name="Models").click()
    page.get_by_text("published models on disk").wait_for()
    assert urlparse(page.url).path == "/models"
    page.get_by_role("link", name="Explore").click()
    drawn(page, "aerial")
    page.wait_for_url("**/?*seed=7*")
    assert page.get_by_label("Seed").input_value() == "7"
    page.close()


def test_on_a_first_start_the_other_scenes_join_the_list_unasked(
    browser: Browser, demo_folder: Path, tmp_path: Path
) -> None:
    # As if the first start had come as far as the last scene.
    begun = tmp_path / "cache" / demo_folder.name
    shutil.copytree(demo_folder, begun)
    zone = DEMO[-1].id.split("/")[1]
    missing = [folder for folder in begun.rglob(zone) if folder.is_dir()]
    assert missing
    for folder in missing:
        shutil.rmtree(folder)
    with started(tmp_path / "log", LCAPP_CACHE=str(tmp_path / "cache")) as address:
        with _alone(begun, patient=True):  # until the page is there nobody draws
            page = opened(browser, address)
            page.get_by_text("Patch, 7 simulated").wait_for()
            page.get_by_text("1 more is being simulated").wait_for()
        page.get_by_text("Patch, 8 simulated").wait_for()
        page.get_by_text("being simulated (first start").wait_for(state="hidden")
        page.close()


_TEXTS = """
import json
from pathlib import Path
import streamlit as st
from lcapp.ui.parts.plain import plain, printable

for number, text in enumerate(json.loads(Path(__file__).with_name("texts.json").read_text())):
    st.error(plain(text))
    st.caption(f"before {plain(text)} after")
    st.selectbox(f"label {plain(text)}", [printable(text)], key=number)
st.html("<i id='end'></i>")
"""
"""A page with nothing but texts of others."""

_BOX, _CAPTION = "[data-testid=stMarkdownContainer]", "[data-testid=stCaptionContainer]"
_ELEMENTS = "a, img, code, em, strong, del, .katex, h1, h2, table, blockquote, hr, ul, ol, span"

_KNOWN = (
    *("![x](http://evil.example/p.png)", "[l](http://evil.example)", "<http://evil.example>"),
    *("http://evil.example/a_b", "see www.evil.example now", "a@evil.example", "x@y.zz/d"),
    *("<b>b</b>", "<img src=http://evil.example/q.png>", "&amp; &#65;", "<!-- x -->"),
    *("$x^2$", "$$y$$", ":red[r]", ":blue-background[b]", ":help[t]", ":color[b]{foreground=red}"),
    *(":material/home:", ":streamlit:", ":smile:", "a -> b <- c <-> d -- e >= f <= g ~= h"),
    *("`c`", "**e** *f* __g__ _h_", "~~s~~ ~t~", "# h", "1. one", "2) two", "- x", "+ y", "> q"),
    *("---", "| a | b |", "```py", "[^1]", "[x]: http://evil.example", "[ ] task", "::: x", "\\"),
    "/data/a_b/Betula_spec._1_15679_WEFL_NLF.tif: is no TIFF; expected ~5 m, 100 %",
)
_PIECES = (*"`*_[]()<>$~&:!#+-=|{}\\/.@^\"' 1ab", "http://e.xy", "www.e.xy", ":red[", ":material/")


def test_what_others_wrote_is_drawn_as_they_wrote_it(browser: Browser, tmp_path: Path) -> None:
    draw = random.Random(3)
    mixed = ("".join(draw.choices(_PIECES, k=draw.randint(2, 25))) for _ in range(60))
    texts = [*_KNOWN, *mixed]
    (tmp_path / "texts.json").write_text(json.dumps(texts))
    (tmp_path / "page.py").write_text(_TEXTS)
    requests: list[str] = []
    with serving(tmp_path / "log", script=tmp_path / "page.py") as (address, _):
        page = opened(browser, "about:blank")
        page.on("request", lambda request: requests.append(request.url))
        page.goto(f"http://{address}")
        page.wait_for_selector("#end", state="attached")
        boxes, captions = (
            [one.replace("\u2060", "").strip() for one in page.locator(place).all_text_contents()]
            for place in (f".stAlert {_BOX}", _CAPTION)
        )
        drawn = page.locator(f":is({_BOX}, {_CAPTION}) :is({_ELEMENTS})").all_inner_texts()
        page.close()
    shown = [printable(text) for text in texts]
    assert boxes == [text.strip() for text in shown]
    assert captions == [f"before {text} after".strip() for text in shown]
    assert drawn == []
    assert outside(requests) == []
