"""Colours of pixels, worked out by hand."""

import base64
import io

import numpy as np
import pytest
from PIL import Image as Picture

from lcapp.classes import COSIA, FLAIR2
from lcapp.types import Image, LandCover, SuperResolved
from lcapp.views.imagery import (
    aerial_rgba,
    classes_rgba,
    confidence_rgba,
    ndvi,
    png_uri,
    series_rgba,
    shrunk,
)


def test_the_aerial_image_keeps_its_bytes(aerial: Image) -> None:
    rgba = aerial_rgba(aerial)
    assert rgba[0, 0].tolist() == [255, 20, 30, 255]
    assert rgba[5, 5].tolist() == [10, 20, 30, 255]


def test_colour_infrared_shows_near_infrared_as_red(aerial: Image) -> None:
    assert aerial_rgba(aerial, "colour infrared")[5, 5].tolist() == [200, 10, 20, 255]


def test_without_near_infrared_the_aerial_image_stays_in_true_colour(aerial: Image) -> None:
    rgb = Image(aerial.pixels[:3], ("red", "green", "blue"), aerial.grid, None)
    for composite in ("colour infrared", "NDVI"):
        np.testing.assert_array_equal(aerial_rgba(rgb, composite), aerial_rgba(rgb))


def test_the_stretch_is_the_stated_one(sr: SuperResolved) -> None:
    # reflectance 0.1 of 0.25, gamma 1.6: 255 * 0.4 ** (1 / 1.6) = 143.8
    rgba = series_rgba(sr.bicubic[6], sr.bands)
    assert rgba[0, 0].tolist() == [144, 125, 105, 255]
    # near infrared has its own white: 255 * (0.3 / 0.5) ** (1 / 1.6) = 185.3
    assert series_rgba(sr.bicubic[6], sr.bands, "colour infrared")[0, 0, 0] == 185


def test_the_same_reflectance_has_the_same_colour_in_every_month(sr: SuperResolved) -> None:
    summer, winter = sr.bicubic[6].copy(), sr.bicubic[11].copy()
    summer[:, 0, 0] = 0.9  # another pixel must not change the stretch
    a, b = series_rgba(summer, sr.bands), series_rgba(winter, sr.bands)
    assert a[1, 1].tolist() == b[1, 1].tolist()
    assert a[0, 0].tolist() == [255, 255, 255, 255]


def test_what_is_absent_is_transparent(sr: SuperResolved) -> None:
    for composite in ("true colour", "colour infrared", "NDVI"):
        assert (series_rgba(sr.bicubic[1], sr.bands, composite)[..., 3] == 0).all()


@pytest.mark.parametrize(
    ("red", "nir", "expected"),
    [(0.1, 0.3, 0.5), (0.1, 0.1, 0.0), (0.3, 0.1, -0.5), (-0.02, 0.3, 1.0), (0.0, 0.0, np.nan)],
)
def test_ndvi_by_hand(red: float, nir: float, expected: float) -> None:
    found = ndvi(np.array([red]), np.array([nir]))
    np.testing.assert_allclose(found, [expected], atol=1e-6)


@pytest.mark.parametrize("safe", [False, True])
def test_classes_have_the_colours_of_the_chosen_palette(cover: LandCover, safe: bool) -> None:
    rgba = classes_rgba(cover.class_map, FLAIR2, safe)
    colours = FLAIR2.colours(safe=safe)
    assert rgba[0, 0, :3].tolist() == colours[5].tolist()
    assert rgba[8, 8, :3].tolist() == colours[2].tolist()


@pytest.mark.parametrize("table", [FLAIR2, COSIA])
@pytest.mark.parametrize("safe", [False, True])
def test_no_two_classes_share_a_colour(table: object, safe: bool) -> None:
    # the map names the class under the pointer by its colour
    colours = table.colours(safe=safe)  # type: ignore[attr-defined]
    assert len({tuple(colour) for colour in colours.tolist()}) == len(colours)


def test_confidence_grows_brighter() -> None:
    rgba = confidence_rgba(np.array([[0.0, 0.5, 1.0]], np.float32))
    brightness = rgba[0, :, :3].astype(int).sum(-1)
    assert brightness[0] < brightness[1] < brightness[2]


def test_a_png_uri_holds_the_very_pixels(aerial: Image) -> None:
    rgba = aerial_rgba(aerial)
    packed = base64.b64decode(png_uri(rgba).removeprefix("data:image/png;base64,"))
    np.testing.assert_array_equal(np.asarray(Picture.open(io.BytesIO(packed))), rgba)


def test_a_thumbnail_is_an_average_and_keeps_its_shape() -> None:
    rgba = np.full((8, 16, 4), 255, np.uint8)
    rgba[:, ::2, :3] = 155
    small = shrunk(rgba, 4)
    assert small.shape == (2, 4, 4)
    assert (small[..., :3] == 205).all()
