"""The figures of a month and of a pixel say what the values say."""

import re

import numpy as np
import pytest
from affine import Affine

from lcapp.types import Grid, Image, LandCover, SuperResolved
from lcapp.views.frames import month_html, on_grid
from lcapp.views.inspector import probabilities_figure, year_figure


def titles(drawn: str) -> list[str]:
    return re.findall("<figcaption><b>(.*?)</b>", drawn)


def test_a_coarse_picture_shows_the_same_ground_pixel_by_pixel() -> None:
    coarse = Grid("EPSG:2154", Affine(10, 0, -5, 0, -10, 5), 2, 2)  # begins 5 m west and north
    fine = Grid("EPSG:2154", Affine(2.5, 0, 0, 0, -2.5, 0), 5, 8)
    rgba = np.zeros((2, 2, 4), np.uint8)
    rgba[..., 0], rgba[..., 3] = [[1, 2], [3, 4]], 255
    found = on_grid(rgba, coarse, fine)
    assert found[..., 0].tolist() == [
        *[[1, 1, 2, 2, 2, 2, 0, 0]] * 2,
        *[[3, 3, 4, 4, 4, 4, 0, 0]] * 3,
    ]
    assert (found[:, 6:, 3] == 0).all()  # beyond it nothing is made up


def test_the_pictures_of_a_month_are_named_with_their_resolution_and_how_they_do(
    sr: SuperResolved, aerial: Image
) -> None:
    drawn = month_html(sr, 7, aerial, truth=sr.bicubic, figures={"superres": "+3 dB <well>"})
    assert titles(drawn) == [
        "Sentinel-2, 10 m",
        "Bicubic, 1.6 m",
        "Guided, 1.6 m",
        "Super-resolved, 1.6 m",
        "Truth, 1.6 m",
        "Aerial image, 0.2 m",
    ]
    assert "<b>Super-resolved, 1.6 m</b><span>+3 dB &lt;well&gt;</span>" in drawn
    assert "flown 1 July 2021" in drawn
    assert titles(month_html(sr, 7, None))[-1] == "Super-resolved, 1.6 m"


def test_bars_are_the_probabilities_of_that_pixel(cover: LandCover) -> None:
    (bars,) = probabilities_figure(cover, 0, 0).data
    assert bars.y[-1] == "coniferous"
    assert bars.x[-1] == pytest.approx(0.9)
    assert sum(bars.x) == pytest.approx(1.0, abs=1e-5)
    assert bars.marker.color[-1] == "rgb(25,74,38)"
    (other,) = probabilities_figure(cover, 1, 1).data
    assert other.y[-1] == "impervious surface"


def test_the_year_before_and_after_with_gaps_where_months_are_absent(sr: SuperResolved) -> None:
    before, after = year_figure(sr, 15, 23, aerial_gsd=0.2).data
    expected_before = [0.5] * 12  # (0.3 - 0.1) / 0.4
    expected_after = [0.6] * 12  # (0.4 - 0.1) / 0.5
    expected_before[1] = expected_after[1] = np.nan
    np.testing.assert_allclose(before.y, expected_before, atol=1e-6)
    np.testing.assert_allclose(after.y, expected_after, atol=1e-6)
    assert before.connectgaps is False


def test_an_aerial_pixel_reads_the_sr_pixel_it_lies_in(sr: SuperResolved) -> None:
    sr.reflectance[6, 3, 1, 2] = 0.1  # SR row 1, column 2: aerial rows 8.., columns 16..
    inside = year_figure(sr, 8, 16, aerial_gsd=0.2).data[1].y[6]
    beside = year_figure(sr, 7, 15, aerial_gsd=0.2).data[1].y[6]
    assert inside == pytest.approx(0.0, abs=1e-6)
    assert beside == pytest.approx(0.6, abs=1e-6)
