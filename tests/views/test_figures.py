"""The figures of a month and of a pixel say what the values say."""

import numpy as np
import pytest

from lcapp.types import Image, LandCover, SuperResolved
from lcapp.views.frames import month_figure
from lcapp.views.inspector import probabilities_figure, year_figure


def test_the_panels_lie_in_metres_from_the_corner_of_the_tile(
    sr: SuperResolved, aerial: Image
) -> None:
    low, bicubic, guided, high, photo = month_figure(sr, 7, aerial).data
    # plotly places pixel centres; the LR crop begins 5 m west and 5 m north of the tile
    assert (low.x0, low.y0, low.dx) == pytest.approx((0.0, 0.0, 10.0))
    assert (high.x0, high.y0, high.dx) == pytest.approx((0.8, 0.8, 1.6))
    assert (bicubic.x0, bicubic.dy) == pytest.approx((0.8, 1.6))
    assert (guided.x0, guided.dy) == pytest.approx((0.8, 1.6))
    assert (photo.x0, photo.dx) == pytest.approx((0.1, 0.2))


def test_the_panels_show_the_same_piece_of_ground(sr: SuperResolved, aerial: Image) -> None:
    layout = month_figure(sr, 7, aerial).layout
    for axis in (layout.xaxis, layout.xaxis2, layout.xaxis3, layout.xaxis4, layout.xaxis5):
        assert axis.range == pytest.approx((0, 4.8))
    for axis in (layout.yaxis, layout.yaxis2, layout.yaxis3, layout.yaxis4, layout.yaxis5):
        assert axis.range == pytest.approx((3.2, 0))


def test_panels_are_named_with_their_resolution(sr: SuperResolved, aerial: Image) -> None:
    layout = month_figure(sr, 7, aerial, "NDVI").layout
    assert layout.title.text == "Jul 2021, NDVI"
    assert [note.text for note in layout.annotations] == [
        "Sentinel-2, 10 m",
        "bicubic, 1.6 m",
        "guided, 1.6 m",
        "super-resolved, 1.6 m",
        "aerial image, 0.2 m",
    ]


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
