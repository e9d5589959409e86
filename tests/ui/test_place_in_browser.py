"""A place that is clicked on the map becomes a map of land cover, in a real browser."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.scene.services.servers import LAT, LON
from tests.ui.sessions import started
from tests.ui.test_browser import drawn
from tests.ui.windows import opened, outside

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_place_is_clicked_and_gets_its_map(server, browser: Browser, tmp_path: Path) -> None:
    with started(tmp_path / "log", LCAPP_COLLECTION="place:") as address:
        requests: list[str] = []
        page = opened(browser, "about:blank")
        page.on("request", lambda request: requests.append(request.url))
        page.goto(f"{address}/?collection=place:&model=tiny&steps=1")
        drawn(page, "covered")
        assert server.log == []

        page.locator(".lc-map canvas").first.click()  # in the middle of what the service covers
        where = page.get_by_label("Longitude, latitude in degrees")
        expect(where).not_to_have_value("")
        lon, lat = map(float, where.input_value().split(","))
        assert (lon, lat) == pytest.approx((LON, LAT), abs=0.001)
        assert server.log == []
        if folder := os.environ.get("LCAPP_SHOTS"):
            page.screenshot(path=f"{folder}/place_chosen.png")

        where.fill(f"{LON}, {LAT}")  # the orthophoto has 280 m, a pixel of the map 40
        where.press("Enter")
        expect(page.get_by_text(f"around {LON:.5f}, {LAT:.5f}")).to_be_visible()
        page.get_by_role("button", name="Fetch, about 20 MB").click()
        drawn(page, "aerial")
        page.get_by_role("button", name="Run", exact=True).click()
        drawn(page, "classes")
        if folder:
            page.screenshot(path=f"{folder}/place_map.png")
        assert not outside(requests)
        page.close()
