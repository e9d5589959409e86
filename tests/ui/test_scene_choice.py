"""Choosing a scene where scenes lie in regions: by name, by place, by a click on the map."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import rasterio
import streamlit as st
from affine import Affine
from rasterio.warp import transform
from streamlit.testing.v1 import AppTest

from lcapp.ui.parts.choice import region as region_choice
from lcapp.views.footprints import OUTLINES
from tests.scene.roi import DOMAIN, NAME, NORTH, WEST, file, write_roi
from tests.ui.pages import explore

FAR = f"{DOMAIN}/UU-S2-3"
"""A second region, 5 km east of the first."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two regions of two patches each, with their aerial images alone."""
    write_roi(tmp_path, 1, 2, ("AERIAL_RGBI",))
    near = file(tmp_path, "AERIAL_RGBI", 0, 0).parent
    far = Path(shutil.copytree(near, near.with_name("UU-S2-3")))
    for path in list(far.iterdir()):
        moved = path.rename(far / path.name.replace("AF-S1-27", "UU-S2-3"))
        with rasterio.open(moved, "r+") as raster:
            raster.transform = Affine.translation(5000.0, 0.0) @ raster.transform
    return tmp_path


@pytest.fixture
def page(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page on that folder; a button stands for a click on the map, at `click_at`."""

    def clicked_map(
        options: Mapping[str, Any], *, key: str, place: str, choose: Callable[..., None]
    ) -> None:
        st.session_state["drawn"] = options["style"]
        st.button("click", key=key, on_click=lambda: choose(*st.session_state["click_at"]))

    monkeypatch.setattr(region_choice, "choice_map", clicked_map)
    return explore(collection=str(folder))


def chosen(page: AppTest) -> str:
    """The patch of the list; region and highlight have to agree with it."""
    assert not page.exception
    region, patch = (str(page.selectbox(key=f"explore_{one}").value) for one in ("region", "scene"))
    assert patch.startswith(f"{region}/")
    outlines = page.session_state["drawn"]["sources"][OUTLINES]["data"]["features"]
    assert [one["properties"]["name"] for one in outlines if one["properties"]["chosen"]] == [patch]
    return patch


def find(page: AppTest, typed: str) -> AppTest:
    (box,) = (one for one in page.text_input if one.label.startswith("Find"))
    return box.set_value(typed).run()


def click(page: AppTest, east: float, north: float) -> AppTest:
    page.session_state["click_at"] = degrees(east, north)
    return page.button(key="explore_places").click().run()


def degrees(east: float, north: float) -> tuple[float, float]:
    (lon,), (lat,) = transform("EPSG:2154", "EPSG:4326", [east], [north])
    return lon, lat


def test_the_map_shows_one_region_with_the_image_of_the_chosen_patch(page: AppTest) -> None:
    assert chosen(page) == f"{NAME}/0-0"
    drawn = page.session_state["drawn"]
    assert len(drawn["sources"][OUTLINES]["data"]["features"]) == 2
    assert drawn["sources"]["aerial"]["url"].startswith("data:image/png")


@pytest.mark.parametrize(
    "typed",
    [
        f"{FAR}/0-1",
        f" {DOMAIN}_AERIAL_RGBI_UU-S2-3_0-1.tif ",
        "{:.6f}, {:.6f}".format(*degrees(WEST + 5150.0, NORTH - 50.0)),
        "{:.6f} {:.6f}".format(*degrees(WEST + 5150.0, NORTH - 50.0)),
    ],
)
def test_what_is_typed_is_found_in_every_region(page: AppTest, typed: str) -> None:
    assert chosen(find(page, typed)) == f"{FAR}/0-1"
    assert not page.warning


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (f"{NAME}/0-9", "did you mean"),
        ("2.5, 95", "no place on the Earth"),
        (f"{'9' * 5000}, 1", "no place on the Earth"),
        (f"1{' ' * 50_000}x", "has no scene"),
        ("-1.5, 46", "the nearest is the region of interest"),
    ],
)
def test_what_is_not_there_gets_a_sentence_and_the_choice_stays(
    page: AppTest, typed: str, said: str
) -> None:
    find(page, f"{FAR}/0-1")
    find(page, typed)
    assert said in page.warning[0].value
    assert chosen(page) == f"{FAR}/0-1"
    page.selectbox(key="explore_scene").set_value(f"{FAR}/0-0").run()
    assert not page.warning, "a sentence about the last search outlived the next choice"


def test_a_click_chooses_the_patch_under_it(page: AppTest) -> None:
    assert chosen(click(page, WEST + 150.0, NORTH - 50.0)) == f"{NAME}/0-1"
    click(page, WEST - 40.0, NORTH - 50.0)
    assert "40 m away" in page.warning[0].value
    assert chosen(page) == f"{NAME}/0-1"


def test_a_click_where_two_years_lie_stays_in_the_region_that_is_shown(
    page: AppTest, folder: Path
) -> None:
    again = folder / "D012-2022_AERIAL_RGBI" / "AF-S1-27"
    again.mkdir(parents=True)
    for path in file(folder, "AERIAL_RGBI", 0, 0).parent.iterdir():
        shutil.copy(path, again / path.name.replace(DOMAIN, "D012-2022"))
    page.run()  # the folder has changed and is listed anew
    find(page, "D012-2022/AF-S1-27/0-0")
    assert chosen(click(page, WEST + 150.0, NORTH - 50.0)) == "D012-2022/AF-S1-27/0-1"
    find(page, "{:.6f}, {:.6f}".format(*degrees(WEST + 150.0, NORTH - 50.0)))
    assert f"2 patches lie there: {NAME}/0-1" in page.warning[0].value


def test_from_a_patch_that_cannot_be_read_a_click_leads_away(page: AppTest, folder: Path) -> None:
    path = file(folder, "AERIAL_RGBI", 0, 1)
    path.write_bytes(path.read_bytes()[:-200_000])
    page.selectbox(key="explore_scene").set_value(f"{NAME}/0-1").run()
    assert any(path.name in error.value for error in page.error)
    assert chosen(click(page, WEST + 50.0, NORTH - 50.0)) == f"{NAME}/0-0"
    assert not any(path.name in error.value for error in page.error)
