"""The page Attention, driven without a browser, and its main path in one."""

import calendar
import re
from pathlib import Path

import numpy as np
import pytest
import rasterio
from playwright.sync_api import Browser
from streamlit.testing.v1 import AppTest

from lcapp.scene.collection import open_collection
from lcapp.sensors import AERIAL
from lcapp.ui.session import cache
from lcapp.ui.session.work.months_left_out import OCCLUSION
from lcapp.views.attention.worth import answer
from lcapp.views.map import pixel_at, place_of
from tests.ui.pages import LONG, runs, told
from tests.ui.windows import opened, outside

shared = pytest.mark.usefixtures("nothing_shared")


@pytest.fixture(scope="module")
def wide_pair(treesat_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real scene of 128 x 256 pixels under six months that are not."""
    folder = tmp_path_factory.mktemp("pairs")
    real = open_collection(treesat_folder)
    aerial = real.scene(real.ids[0], [AERIAL]).aerial
    place = aerial.grid.cut(slice(40, 168), slice(0, 256))
    with rasterio.open(
        folder / "wide_aerial.tif",
        "w",
        driver="GTiff",
        dtype="uint8",
        count=4,
        height=place.height,
        width=place.width,
        crs=place.crs,
        transform=place.transform,
    ) as file:
        file.write(aerial.pixels[:, 40:168, :256])
        file.descriptions = aerial.bands
    values = np.random.default_rng(0).integers(300, 3000, (6, 4, 16, 16), np.uint16)
    np.save(folder / "wide_series.npy", values)
    days = "\n".join(f"2021-{month:02}-15" for month in range(3, 9))
    (folder / "wide_dates.txt").write_text(days)
    return folder


def _script() -> None:
    from lcapp.ui.pages.attention import ATTENTION

    ATTENTION.show()


def shown(**query: str) -> AppTest:
    """The page as that address opens it, once the run is done."""
    page = AppTest.from_function(_script, default_timeout=LONG)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    for button in page.button:
        if button.key == "attention_run" and not button.disabled:
            button.click().run()
    for task in runs():
        assert task.wait(LONG)
    return page.run()


def number(page: AppTest, name: str) -> int:
    """What the row or the column is set to."""
    (found,) = (one.value for one in page.number_input if one.label == name)
    return int(found)


def query_of(page: AppTest) -> dict[str, str]:
    return {name: "".join(value) for name, value in page.query_params.items()}


@shared
def test_what_of_an_address_does_not_fit_the_model_and_the_patch_is_refused(
    wide_pair: Path,
) -> None:
    page = shown(
        collection=str(wide_pair), model="demo", stage="1", head="9", pixel="2.5000000,48.0000000"
    )
    (said,) = (one.value for one in page.warning if "in the address" in one.value)
    assert "stage=1” in the address is not used: expected one of 3, 4, 5; used instead: 3." in said
    assert "head=9” in the address is not used: expected a whole number from 0 to 4" in said
    assert "pixel=2.5000000,48.0000000” in the address is not used" in said


@shared
def test_it_answers_for_the_pixel_of_the_address_in_a_scene_that_is_no_square(
    wide_pair: Path,
) -> None:
    row, col = 30, 190
    grid = open_collection(wide_pair).scene("wide").grid
    assert (grid.height, grid.width) == (128, 256)
    lon, lat = place_of(grid, row, col)
    page = shown(collection=str(wide_pair), model="demo", pixel=f"{lon:.7f},{lat:.7f}", stage="5")
    assert not page.exception
    assert (number(page, "Row"), number(page, "Column")) == (row, col)
    (task,) = runs()
    cover, explanation = task.result.land_cover, task.result.explanation
    assert f"**{answer(cover, explanation, row, col)}**" in [one.value for one in page.info]
    assert "Stage 5, mean of 4 heads: half of the attention within" in told(page)
    page.segmented_control(key="attention_stage").set_value(4)
    page.selectbox(key="attention_head").set_value(3)
    (down,) = (one for one in page.number_input if one.label == "Row")
    down.set_value(127).run()
    query = query_of(page)
    assert (query["stage"], query["head"]) == ("4", "3")
    assert pixel_at(grid, *map(float, query["pixel"].split(","))) == (127, col)
    assert "Stage 4, head 3 of 4:" in told(page)


@shared
def test_what_the_months_are_worth_comes_when_it_is_asked_for(wide_pair: Path) -> None:
    page = shown(collection=str(wide_pair), model="demo", head="0")
    assert "head 4 of 4" in told(page)
    assert "moves most here" not in told(page)
    page.button(key="attention_leave_out").click().run()
    ((_, task),) = cache.tasks().all(OCCLUSION)
    assert task.wait(LONG)
    assert task.result is not None
    page.run()
    assert not page.exception
    change = task.result.change[:, number(page, "Row"), number(page, "Column")]
    most = calendar.month_name[int(np.nanargmax(np.abs(change))) + 1]
    assert f"{most} moves most here" in told(page)
    assert "rank correlation" in told(page)
    assert "attention_leave_out" not in [one.key for one in page.button]


@shared
def test_leaving_out_months_can_be_cancelled(
    wide_pair: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = shown(collection=str(wide_pair), model="demo")

    def endless(*_: object, cancel: object, **__: object) -> None:
        assert cancel.wait(LONG)  # type: ignore[attr-defined]

    monkeypatch.setattr("lcapp.pipeline.occlusion.leave_out_months", endless)
    page.button(key="attention_leave_out").click().run()
    page.button(key="attention_cancel_months").click().run()
    ((_, task),) = cache.tasks().all(OCCLUSION)
    assert task.wait(LONG)
    page.run()
    assert "what a month is worth is not known" in told(page)
    assert "attention_leave_out" in [one.key for one in page.button]


@shared
def test_without_a_result_the_page_says_what_to_do(wide_pair: Path) -> None:
    page = AppTest.from_function(_script, default_timeout=LONG)
    page.query_params["collection"] = str(wide_pair)
    page.run()
    assert "Run the model (at the left)" in told(page)


@pytest.mark.browser
@pytest.mark.slow
def test_a_click_asks_the_pixel_that_is_clicked(
    app: str, browser: Browser, wide_pair: Path
) -> None:
    requests: list[str] = []
    faults: list[str] = []
    page = opened(browser, "about:blank", 1400, 1400)
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{app}/attention?model=demo&collection={wide_pair}")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_selector(".lc-panes[data-drawn^=side]")
    canvas = page.locator(".lc-cell canvas").first
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + 0.3 * box["height"])
    page.get_by_text(re.compile(r"Row 3[6-9], column 20[2-7]:")).wait_for()
    page.get_by_label("Stage").get_by_text("5 (6.4 m)").click()
    page.get_by_text("Stage 5, mean of 4 heads:").wait_for()
    canvas.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("stage=5"))
    page.wait_for_timeout(1000)
    said, link = page.get_by_text(re.compile(r"Row \d+, column")).inner_text(), page.url
    page.goto("about:blank")
    page.goto(link)
    page.get_by_text(said).wait_for()
    page.get_by_text("Stage 5, mean of 4 heads:").wait_for()
    page.close()
    assert outside(requests) == []
    assert faults == []
