"""The calendar of acquisitions: kept or not, and by what each is covered."""

import datetime as dt

import numpy as np
import pytest
from affine import Affine

from lcapp.errors import SceneError
from lcapp.sensors import SENTINEL2
from lcapp.types import Grid, Scene, Series
from lcapp.views.superres.acquisitions import (
    acquisitions,
    acquisitions_csv,
    acquisitions_html,
)

PLACE = Grid("EPSG:2154", Affine(0.2, 0, 0, 0, -0.2, 0), 500, 500)  # 100 m
LR = Grid("EPSG:2154", Affine(10, 0, 0, 0, -10, 0), 10, 10)


def scene() -> Scene:
    """Four dates: clear, half under snow, a tenth under cloud, a fifth without data."""
    values = np.full((4, 4, 10, 10), 2000, np.float32)
    cloud, snow = np.zeros((4, 10, 10), np.float32), np.zeros((4, 10, 10), np.float32)
    snow[1, :5] = 90
    cloud[2, 0] = 90
    values[3, :, :2] = np.nan
    days = (dt.date(2021, 4, 20), dt.date(2021, 1, 3), dt.date(2021, 4, 2), dt.date(2021, 7, 9))
    series = Series(values, ("B2", "B3", "B4", "B8"), days, np.zeros(4), LR, cloud, snow, "s.npy")
    return Scene("s", "tests", PLACE, series={SENTINEL2: series})


def test_each_date_says_whether_it_is_kept_and_what_covers_it() -> None:
    found = acquisitions(scene())
    assert [one.date.month for one in found] == [1, 4, 4, 7]
    assert [one.kept for one in found] == [False, False, True, False]
    assert [one.kind for one in found] == ["snow", "cloud", "", "gaps"]
    assert found[0].reason == "50 % snow; at most 5 % are allowed"  # and no cloud
    assert found[1].reason == "10 % cloud; at most 5 % are allowed"
    assert found[3].reason == "20 % no data; at most 5 % are allowed"
    assert found[2].reason == ""


def test_the_calendar_shows_them_by_month() -> None:
    found = acquisitions(scene())
    page = acquisitions_html(found)
    april = page.split("<h5>Apr ")[1].split("</section>")[0]
    assert "<span>1/2</span>" in april
    assert april.count("<li") == 2
    assert "✗ ☁" in april
    assert "✓" in april
    assert "<h5>Feb <span>0/0</span></h5><ul><li class='lc-none'>none</li>" in page
    lines = acquisitions_csv(found).splitlines()
    assert lines[1] == '2021-01-03,50.00,0.00,50.00,0.00,no,"50 % snow; at most 5 % are allowed"'


def test_a_scene_without_a_series_has_none() -> None:
    with pytest.raises(SceneError, match="there is no"):
        acquisitions(Scene("s", "tests", PLACE))
