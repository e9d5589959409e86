"""The truth of a tile and the satellite's view of it are one and the same ground."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from lcapp.sensors import COMMON_BANDS, SENTINEL2_BANDS, point_spread
from lcapp.simulate.demo.countryside import countryside
from lcapp.simulate.domain import HOME, Domain
from lcapp.simulate.instruments.light import SHADOW_REACH, shaded
from lcapp.simulate.instruments.sentinel2 import (
    Recording,
    optics_of,
    record,
)
from lcapp.simulate.instruments.truth import shown_dates, truth
from lcapp.simulate.land.ground.settled import settled
from lcapp.simulate.land.landscape import Landscape

KEY = 7
CROP = (slice(11, 51), slice(14, 54))
CORNER = (51.2 - 340.0, 51.2 - 310.0)
ORDER = [SENTINEL2_BANDS.index(band) for band in COMMON_BANDS.values()]
SNOWY = replace(HOME, climate=replace(HOME.climate, snow_days=40))


@pytest.fixture(scope="module")
def drawn() -> tuple[Landscape, Landscape]:
    """The super-area at 2 m and the tile at 0.2 m, in its shade."""
    plan = countryside(0)
    far = plan.raster(*CORNER, 2.0, 320, 330)
    near = plan.raster(-SHADOW_REACH, -SHADOW_REACH, 0.2, 812, 812)
    surfaces = settled(near.surfaces, HOME)
    inside = slice(150, 150 + 512)
    tile = shaded(replace(near, surfaces=surfaces), HOME).window(inside, inside)
    return replace(far, surfaces=surfaces), tile


@pytest.fixture(scope="module")
def recording(drawn: tuple[Landscape, Landscape]) -> Recording:
    far, tile = drawn
    return record(far, HOME, np.random.default_rng(3), KEY, [tile])


def year(tile: Landscape, recording: Recording, domain: Domain = HOME) -> np.ndarray:
    return truth(tile, domain, recording, CROP, KEY)


def brought_down(image: np.ndarray, row: int, col: int) -> np.ndarray:
    """M 4, the truth through the 10 m bands' point spread at one pixel of the series."""
    blur = 10.0 * point_spread("B8")
    cells = (np.arange(64) + 0.5) * 1.6
    across, down = (
        np.exp(-0.5 * ((cells - (start + 10 * number + 5)) / blur) ** 2)
        for start, number in zip(CORNER, (col, row), strict=True)
    )
    weights = down[:, None] * across[None, :]
    return (image * weights).sum(axis=(2, 3)) / weights.sum()


def test_the_truth_brought_down_is_the_noiseless_composite(
    drawn: tuple[Landscape, Landscape], recording: Recording
):
    far, tile = drawn
    image = year(tile, recording)
    optics = optics_of(far, KEY, [tile])
    months = shown_dates(recording, CROP)
    assert sum(map(bool, months)) >= 7
    for month, dates in enumerate(months):
        if not dates:
            continue
        seen = optics.look([date.timetuple().tm_yday for date in dates]).mean(axis=0)[ORDER]
        # Pixels at least 22 m inside the tile, so that the point spread stays within it.
        for row in range(29, 33):
            for col in range(32, 36):
                found = brought_down(image, row, col)[month]
                np.testing.assert_allclose(found, seen[:, row, col], atol=0.003)


def test_the_measured_composite_scatters_around_it(
    drawn: tuple[Landscape, Landscape], recording: Recording
):
    image = year(drawn[1], recording)
    for month, dates in enumerate(shown_dates(recording, CROP)):
        if not dates:
            continue
        kept = [date in dates for date in recording.dates]
        measured = recording.digital_numbers[kept].mean(axis=0)[ORDER] / 10_000
        found = brought_down(image, 30, 33)[month]
        np.testing.assert_allclose(found, measured[:, 30, 33], atol=0.02)


def test_all_months_are_there_and_plausible(
    drawn: tuple[Landscape, Landscape], recording: Recording
):
    image = year(drawn[1], recording)
    assert (image.shape, image.dtype) == ((12, 4, 64, 64), np.float32)
    assert np.isfinite(image).all()
    assert image.min() > 0
    assert image.max() < 1
    np.testing.assert_array_equal(image, year(drawn[1], recording))


def test_a_month_without_a_clear_date_shows_its_fifteenth_with_the_snow_that_lies(
    drawn: tuple[Landscape, Landscape], recording: Recording
):
    assert not shown_dates(recording, CROP)[0]
    bare, snowy = (
        year(drawn[1], recording, domain)[0, 0]
        for domain in (replace(HOME, climate=replace(HOME.climate, snow_days=0)), SNOWY)
    )
    assert bare.mean() < 0.15
    assert snowy.mean() > 0.4
    labels = drawn[1].labels[4::8, 4::8]
    # Open ground is whiter than a wood, and water stays as it is.
    assert snowy[labels == 10].mean() > snowy[labels == 7].mean() + 0.2
    pond = np.argwhere(labels == 5).mean(axis=0).astype(int)
    assert snowy[tuple(pond)] == pytest.approx(bare[tuple(pond)], abs=0.01)


def test_a_month_shows_the_dates_that_its_composite_averages():
    days = tuple(dt.date(2021, *day) for day in ((5, 4), (5, 9), (6, 3), (6, 8), (7, 2)))
    masks, clear = np.zeros((5, 2, 64, 66), np.uint8), np.ones((5, 64, 66), bool)
    masks[:, :, 0] = 100  # beyond the crop
    masks[0, 0, 11:13, 14:54] = 2  # snow on two of its forty rows: kept
    masks[1, 1, 11:14, 14:54] = 2  # cloud on three
    clear[2] = False  # clouds that the mask has missed
    masks[4, 1] = 100  # no date of July is kept: its truly clear one stands for it
    recording = Recording(masks.astype(np.uint16), masks, ("",) * 5, days, clear)
    months = shown_dates(recording, CROP)
    assert months[4:7] == [[days[0]], [days[2], days[3]], [days[4]]]
    assert sum(map(len, months)) == 4


def test_single_structures_are_sharper_than_the_satellite_sees_them(
    drawn: tuple[Landscape, Landscape], recording: Recording
):
    image = year(drawn[1], recording)[6, 3]
    far, tile = drawn
    seen = optics_of(far, KEY, [tile]).look([196])[0, 6, 26:36, 29:39]
    assert image.std() > 1.2 * seen.std()
