"""What a pane is packed into, how panes are arranged, and which panes a month has."""

import base64
import datetime as dt
import io
from dataclasses import replace

import numpy as np
import pytest
from affine import Affine
from PIL import Image as Picture

from lcapp.sensors import AERIAL
from lcapp.types import Grid, Image, Scene, SuperResolved
from lcapp.views.imagery import LOOKS, ndvi, series_rgba
from lcapp.views.panes import Arrangement, Pane, Values, from_text, packed, to_text
from lcapp.views.panes.arrangement import plain_data, told_by
from lcapp.views.superres.film import gif, year_frames
from lcapp.views.superres.panes import Known, arranged_at_first, month_panes
from tests.views.conftest import ABSENT


def test_what_is_packed_is_what_was_there_and_no_more_than_is_bounded() -> None:
    place = Grid("EPSG:2154", Affine(1, 0, 0, 0, -1, 0), 700, 600)
    numbers = np.random.default_rng(0).normal(size=(2, 700, 600)).astype(np.float32)
    numbers[0, 0, 0] = np.nan
    noise = np.random.default_rng(1).integers(0, 256, (700, 600, 4), np.uint8)
    (told,) = packed([Pane("p", "P", noise, place, "", Values(numbers, ("a", "b")))], place)
    assert len(told["picture"]) < 1_500_000
    values = told["values"]
    codes = np.frombuffer(base64.b64decode(values["codes"]), "<u2").reshape(values["size"])
    assert codes.size <= 262_144
    assert codes[0, 0, 0] == 65_535
    for band, (low, step), number in zip(codes, values["ranges"], numbers, strict=True):
        true = number[::2, ::2]
        known = np.isfinite(true)
        assert np.abs(low + step * band.astype(float) - true)[known].max() <= 0.51 * step


def test_a_pane_says_where_it_lies_in_metres_from_the_corner_of_the_place() -> None:
    place = Grid("EPSG:2154", Affine(1, 0, 100, 0, -1, 200), 10, 20)
    shifted = Grid("EPSG:2154", Affine(5, 0, 97, 0, -5, 204), 3, 5)
    (told,) = packed([Pane("p", "P", np.zeros((3, 5, 4), np.uint8), shifted)], place)
    assert told["box"] == [-3, -4, 25, 15]
    assert "values" not in told


def test_ids_of_classes_are_packed_as_they_are() -> None:
    place = Grid("EPSG:2154", Affine(1, 0, 0, 0, -1, 0), 1, 3)
    ids = np.array([[[2, 12, 5]]], np.float32)
    values = Values(ids, ("class",), classes=("a",) * 13)
    (told,) = packed([Pane("p", "P", np.zeros((1, 3, 4), np.uint8), place, "", values)], place)
    codes = np.frombuffer(base64.b64decode(told["values"]["codes"]), "<u2")
    ((low, step),) = told["values"]["ranges"]
    assert (low + step * codes).tolist() == [2, 12, 5]


ONE = Arrangement("swipe", "sr", "truth", 37, 51.25, -3.5, 40, ("lr", "bicubic"), True)


def test_an_address_and_a_browser_say_the_same_as_the_arrangement() -> None:
    assert to_text(ONE) == "swipe~sr~truth~37~51.25~-3.5~40~lr.bicubic~1"
    assert from_text(to_text(ONE)) == ONE
    assert from_text(to_text(Arrangement())) == Arrangement()
    assert told_by(plain_data(ONE)) == ONE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "swipe",
        "peek~~~50~~~~~0",
        "side~~~101~~~~~0",
        "side~~~50~1~~~~0",
        "side~~~50~1~2~0~~0",
        "side~~~50~nan~2~3~~0",
        "side~~~50~1~2~99999999~~0",
        "side~<b>~~50~~~~~0",
        "side~~~50~~~~a b~0",
        "side~~~50~~~~~2",
        "side~~~50~~~~" + "x." * 300 + "~0",
    ],
)
def test_nonsense_in_an_address_is_no_arrangement(text: str) -> None:
    assert from_text(text) is None


@pytest.mark.parametrize("change", [{"share": "x"}, {"x": None}, {"hidden": ["/"]}, {"mode": 1}])
def test_nonsense_from_a_browser_is_none_either(change: dict[str, object]) -> None:
    assert told_by(plain_data(ONE) | change) is None
    assert told_by({}) is None


@pytest.fixture
def known(aerial: Image, sr: SuperResolved) -> Known:
    """A scene whose truth is brighter than what was found by 0.05 in B4."""
    truth = sr.reflectance.copy()
    truth[:, 0] += 0.05
    return Known(Scene("s", "tests", aerial.grid, {AERIAL: aerial}), truth)


def test_a_month_has_its_panes_with_the_numbers_behind_them(
    sr: SuperResolved, known: Known
) -> None:
    panes = {one.id: one for one in month_panes(sr, 7, known, "true colour")}
    assert list(panes) == ["lr", "bicubic", "guided", "sr", "truth", "aerial", "error"]
    values = panes["sr"].values
    assert values is not None
    assert values.names == ("B4", "B3", "B2", "B8", "NDVI")
    assert values.shown == (0, 1, 2)
    np.testing.assert_allclose(values.numbers[:, 0, 0], [0.1, 0.08, 0.06, 0.4, 0.6], atol=1e-6)
    error = panes["error"].values
    assert error is not None
    np.testing.assert_allclose(error.numbers[:, 1, 1], [-0.05, 0, 0, 0], atol=1e-6)
    bytes_of = panes["aerial"].values
    assert bytes_of is not None
    assert bytes_of.names == ("red byte", "green byte", "blue byte", "near infrared byte")
    assert bytes_of.numbers[:, 1, 1].round().tolist() == [10, 20, 30, 200]
    assert arranged_at_first(list(panes.values())).hidden == ("guided", "aerial", "error")


def test_ndvi_is_compared_where_it_is_shown(sr: SuperResolved, known: Known) -> None:
    panes = {one.id: one for one in month_panes(sr, 7, known, "NDVI")}
    values = panes["bicubic"].values
    assert values is not None
    assert [values.names[band] for band in values.shown] == ["NDVI"]
    expected = ndvi(np.float32([0.1]), np.float32([0.3]))
    assert values.numbers[4, 0, 0] == pytest.approx(float(expected[0]))


def test_samples_add_their_mean_and_their_spread(sr: SuperResolved, known: Known) -> None:
    deviation = np.full_like(sr.reflectance, 0.02)
    sampled = replace(known, mean=sr.reflectance, deviation=deviation, samples=6)
    panes = {one.id: one for one in month_panes(sr, 7, sampled, "blue alone")}
    assert panes["mean"].title == "Mean of 6 seeds"
    assert panes["spread"].note.startswith("Spread: mean amount over B2")


def test_spot_is_shown_as_reflectance_on_the_bands_of_the_series(
    sr: SuperResolved, known: Known
) -> None:
    levels = {"red": 900, "green": 800, "blue": 700, "nir": 3000}
    pixels = np.stack([np.full((2, 3), level, np.uint16) for level in levels.values()])
    spot = Image(pixels, tuple(levels), sr.sr_grid, dt.date(2021, 6, 3))
    panes = {one.id: one for one in month_panes(sr, 7, replace(known, spot=spot), "true colour")}
    values = panes["spot"].values
    assert values is not None
    np.testing.assert_allclose(values.numbers[:4, 0, 0], [0.09, 0.08, 0.07, 0.3], atol=1e-6)
    assert "3 June 2021" in panes["spot"].note


def test_only_the_measured_pixels_that_touch_the_place_are_shown(
    sr: SuperResolved, known: Known
) -> None:
    wide = replace(sr, monthly=np.repeat(np.repeat(sr.monthly, 3, 2), 3, 3))
    wide = replace(wide, lr_grid=replace(sr.lr_grid, height=6, width=6))
    lr = month_panes(wide, 7, known, "true colour")[0]
    assert lr.rgba.shape[:2] == (1, 1)  # 3.2 x 4.8 m within the pixel of 10 m
    west, south, east, north = lr.grid.bounds
    own = sr.sr_grid.bounds
    assert west <= own[0]
    assert south <= own[1]
    assert east >= own[2]
    assert north >= own[3]


def test_a_stretch_of_its_own_uses_all_of_the_brightness(sr: SuperResolved) -> None:
    image = np.linspace(0.01, 0.05, 4 * 30 * 30, dtype=np.float32).reshape(4, 30, 30)
    fixed, own = (series_rgba(image, sr.bands, "red alone", one) for one in (False, True))
    assert fixed[..., 0].max() < 120
    assert own[..., 0].min() == 0
    assert own[..., 0].max() == 255
    assert (own[..., 0] == own[..., 2]).all()  # one band is grey


@pytest.mark.parametrize("look", LOOKS)
def test_every_look_draws_every_pane(look: str, sr: SuperResolved, known: Known) -> None:
    for one in month_panes(sr, 7, known, look):
        assert one.rgba.shape[2] == 4
        assert (one.rgba[..., 3] == 255).all()


def test_the_film_has_the_present_months_in_their_order(sr: SuperResolved) -> None:
    frames = year_frames(sr)
    assert len(frames) == 11
    assert [name[:3] for name, _ in frames[:2]] == ["Jan", "Mar"]  # ABSENT is left out
    assert ABSENT == 2
    film = Picture.open(io.BytesIO(gif(frames, 500)))
    assert film.n_frames in (1, 11)  # equal pictures may be one, but their names differ
    assert film.n_frames == 11
    assert film.info["duration"] == 500
