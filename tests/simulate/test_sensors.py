"""The two sensors against numbers that do not come from the simulator."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from lcapp.sensors import FINE_BANDS, SENTINEL2_BANDS, parse_sentinel2_product
from lcapp.simulate.domain import HOME, Climate, Domain, Radiometry
from lcapp.simulate.instruments.aerial import photograph
from lcapp.simulate.instruments.sentinel2 import Recording, optics_of, record
from lcapp.simulate.instruments.sun import sun
from lcapp.simulate.instruments.weather import acquisitions, lying_snow
from lcapp.simulate.land.ground.surfaces import SURFACES
from lcapp.simulate.land.landscape import Landscape
from lcapp.simulate.land.texture import lattice, noise, noise_on_grid, patches

ALWAYS_CLEAR = Climate(clear_sky=(1.0,) * 12, acquisitions=73, snow_days=0, drought=0.0)


def level(kinds: tuple[str, ...], index: np.ndarray, gsd: float) -> Landscape:
    """Flat ground without patches."""
    height, width = index.shape
    return Landscape(
        tuple(replace(SURFACES[kind], patches=0.0) for kind in kinds),
        index.astype(np.uint16),
        np.zeros(index.shape, np.float32),
        np.ones(index.shape, np.float32),
        ((np.arange(width) + 0.5) * gsd).astype(np.float32),
        ((np.arange(height) + 0.5) * gsd).astype(np.float32),
        (0.0,) * len(kinds),
    )


def recorded(domain: Domain, kinds: tuple[str, ...] = ("terrace",), seed: int = 0) -> Recording:
    place = level(kinds, np.arange(400 * 400).reshape(400, 400) // 400 * len(kinds) // 400, 1.0)
    return record(place, domain, np.random.default_rng(seed), key=seed)


def in_year(year: int, climate: Climate = ALWAYS_CLEAR) -> Domain:
    return replace(HOME, year=year, climate=climate)


def reflectances(recording: Recording) -> np.ndarray:
    offsets = [parse_sentinel2_product(name)[1] for name in recording.products]
    return (recording.digital_numbers - np.array(offsets)[:, None, None, None]) / 10_000


@pytest.mark.parametrize(("band", "pixel"), [("B4", 10.0), ("B8", 10.0), ("B11", 20.0)])
def test_the_finest_pattern_keeps_between_15_and_30_percent_of_its_modulation(
    band: str, pixel: float
):
    place = level(("terrace",), np.zeros((400, 400)), 1.0)
    # A sine with two pixels to a period, its crests on pixel centres.
    wave = 0.5 * np.cos(np.pi * (place.x - pixel / 2) / pixel)
    place = replace(place, tone=np.broadcast_to(1 + wave, (400, 400)).astype(np.float32))
    number = SENTINEL2_BANDS.index(band)
    row = optics_of(place, key=0).look([180])[0, number, 20]
    row = row[:: round(pixel / 10)][4:-4]  # beyond reach of the border
    flat = place.surfaces[0].spectrum(180)[number]
    assert row.mean() == pytest.approx(flat, rel=0.01)
    modulation = np.abs(np.diff(row)).mean() / 2 / flat
    assert 0.15 < modulation / 0.5 < 0.30


def test_an_edge_rises_within_two_pixels_and_does_not_move():
    index = np.zeros((400, 400), int)
    index[:, 205:] = 1
    place = level(("pond", "terrace"), index, 1.0)
    row = optics_of(place, key=0).look([180])[0, 2, 20]
    share = (row - row[0]) / (row[-1] - row[0])
    assert share[20] == pytest.approx(0.5, abs=0.02)  # its centre is at 205 m
    assert 0.01 < share[19] < 0.12
    assert share[18] < 0.005


def test_twenty_metre_bands_come_in_blocks_of_two_by_two():
    generator = np.random.default_rng(0)
    place = level(("pond", "meadow"), generator.integers(0, 2, (200, 240)), 2.0)
    seen = optics_of(place, key=0).look([180])[0]
    assert seen.shape == (10, 40, 48)
    for number, band in enumerate(SENTINEL2_BANDS):
        blocks = seen[number].reshape(20, 2, 24, 2)
        same = np.ptp(blocks, axis=(1, 3)).max() == 0
        assert same == (band not in FINE_BANDS)


def test_a_part_drawn_finely_is_seen_as_it_is_and_not_as_the_coarse_drawing_has_it():
    coarse = level(("pond", "terrace"), np.zeros((300, 300)), 1.0)
    fine = level(("pond", "terrace"), np.ones((512, 512)), 0.2)
    fine = replace(fine, x=fine.x + 90.0, y=fine.y + 90.0)
    seen = optics_of(coarse, 0, [fine]).look([180])[0, 2]
    assert seen[14, 14] == pytest.approx(fine.surfaces[1].spectrum(180)[2], rel=0.01)
    assert seen[3, 3] == pytest.approx(coarse.surfaces[0].spectrum(180)[2], rel=0.01)


def test_noise_is_that_of_a_signal_to_noise_ratio_of_150_to_250():
    values = reflectances(recorded(in_year(2021)))[:, 2, 4:-4, 4:-4]
    signal, noise_level = values.mean(axis=(1, 2)), values.std(axis=(1, 2))
    assert signal.mean() == pytest.approx(SURFACES["terrace"].spectrum(180)[2], rel=0.02)
    assert 150 < (signal / noise_level).mean() < 250
    # Dates differ by what the atmospheric correction leaves: one to three percent.
    assert 0.008 < signal.std() / signal.mean() < 0.03


def test_digital_numbers_have_the_offset_that_their_names_tell():
    recording = recorded(in_year(2022))
    offsets = np.array([parse_sentinel2_product(name)[1] for name in recording.products])
    late = np.array([date >= dt.date(2022, 1, 25) for date in recording.dates])
    assert 0 < late.sum() < len(late)
    np.testing.assert_array_equal(offsets, np.where(late, 1000.0, 0.0))
    means = reflectances(recording)[:, 2].mean(axis=(1, 2))
    assert np.ptp(means) < 0.05
    named = [parse_sentinel2_product(name)[0] for name in recording.products]
    assert named == list(recording.dates)


@pytest.mark.parametrize("count", [20, 66, 67, 110])
def test_the_year_has_as_many_dates_as_the_climate_says(count: int):
    domain = in_year(2020, replace(ALWAYS_CLEAR, acquisitions=count))
    dates = acquisitions(domain, np.random.default_rng(0))
    assert len(dates) == len(set(dates)) == count
    assert list(dates) == sorted(dates)
    assert {date.year for date in dates} == {2020}
    assert len({(after - before).days for before, after in pairwise(dates)}) > 1


def test_dates_are_clear_as_often_as_the_sky():
    climate = replace(ALWAYS_CLEAR, clear_sky=(0.5,) * 12, acquisitions=110)
    clear = [
        (recorded(in_year(2021, climate), seed=seed).clear.mean(axis=(1, 2)) > 0.95).mean()
        for seed in range(2)
    ]
    assert 0.42 < np.mean(clear) < 0.65


def test_masks_err_as_masks_do():
    climate = replace(ALWAYS_CLEAR, clear_sky=(0.4,) * 12, acquisitions=110)
    recording = recorded(in_year(2021, climate), ("meadow", "white roof"), seed=1)
    cloud, clear = recording.masks[:, 1], recording.clear
    half = cloud.shape[1] // 2
    false_alarms = (cloud[:, : half - 2] > 1)[clear[:, : half - 2]].mean()
    assert 0.001 < false_alarms < 0.02
    on_bright_roofs = (cloud[:, half + 2 :] > 1)[clear[:, half + 2 :]].mean()
    assert 0.2 < on_bright_roofs < 0.8
    # Thin cloud and shadows are missed, a closed deck never.
    unmasked = (cloud <= 1)[~clear].mean()
    assert 0.02 < unmasked < 0.4
    blue = reflectances(recording)[:, 0, : half - 2]
    assert (cloud[:, : half - 2][blue > 0.4] > 50).all()


def test_cloud_shadows_darken_what_no_mask_tells():
    climate = replace(ALWAYS_CLEAR, clear_sky=(0.3,) * 12, acquisitions=110)
    recording = recorded(in_year(2021, climate), seed=2)
    red = reflectances(recording)[:, 2]
    dark = red < 0.7 * np.median(red[recording.clear])
    assert dark.sum() > 100
    assert (recording.masks[:, 1][dark] <= 1).mean() > 0.3


def test_snow_lies_for_as_many_days_as_the_climate_says_and_is_masked():
    climate = replace(ALWAYS_CLEAR, snow_days=80)
    domain = in_year(2021, climate)
    at = np.arange(5, 400, 10, dtype=np.float32)
    year = [dt.date(2021, 1, 1) + dt.timedelta(days=n) for n in range(365)]
    lying = [lying_snow(day, domain, at, at, key=0).mean() for day in year]
    assert np.count_nonzero(lying) == pytest.approx(80, abs=2)
    recording = recorded(domain, ("meadow",))
    winter = np.array([date.month == 1 for date in recording.dates])
    assert recording.masks[winter, 0].mean() > 70
    assert not recording.clear[winter].any()
    assert reflectances(recording)[winter, 2].mean() > 0.5
    summer = np.array([4 < date.month < 11 for date in recording.dates])
    assert recording.masks[summer, 0].max() == 0


def test_the_same_generator_and_key_give_the_same_bytes():
    first, second = (recorded(HOME, seed=5) for _ in range(2))
    assert first.digital_numbers.tobytes() == second.digital_numbers.tobytes()
    assert first.masks.tobytes() == second.masks.tobytes()
    other = recorded(HOME, seed=6)
    assert first.products != other.products


@pytest.mark.parametrize("hour", [9, 15])
def test_a_tower_casts_its_shadow_where_the_sun_of_place_and_hour_puts_it(hour: int):
    domain = replace(HOME, flight=dt.datetime(2021, 8, 20, hour), radiometry=Radiometry())
    place = level(("terrace",), np.zeros((300, 300)), 0.2)
    height = np.zeros((300, 300), np.float32)
    height[145:155, 145:155] = 10.0
    red = photograph(replace(place, height=height), domain, key=0)[0].astype(float)
    east, south = sun(domain.flight, domain.latitude).shadow(8.5)
    row, col = 150 + round(south / 0.2), 150 + round(east / 0.2)
    lit = red[5:60, 5:60].mean() if hour == 15 else red[5:60, -60:-5].mean()
    assert red[row - 3 : row + 3, col - 3 : col + 3].mean() < 0.75 * lit
    mirrored = red[300 - row - 3 : 300 - row + 3, 300 - col - 3 : 300 - col + 3]
    assert mirrored.mean() > 0.95 * lit


def test_domains_show_the_same_ground_in_different_bytes():
    usual, other = Radiometry(), Radiometry(gain=(2.4, 2.6, 3.4, 1.2), gamma=(2.0,) * 4)
    place = level(("meadow",), np.zeros((60, 60)), 0.2)
    means = [
        photograph(place, replace(HOME, radiometry=one), key=0).mean(axis=(1, 2))
        for one in (usual, other)
    ]
    assert np.abs(means[0] - means[1]).max() > 10
    # The formula by hand for a place without texture, up to the spreading of colours.
    infrared = SURFACES["meadow"].spectrum(HOME.flight_day)[6]
    expected = 255 * ((infrared + other.haze[3]) * other.gain[3]) ** (1 / 2.0)
    assert means[1][3] == pytest.approx(expected, abs=3)


def test_noise_is_one_field_however_it_is_asked_for():
    x, y = (np.arange(50, dtype=np.float32) * step - 7 for step in (0.2, 0.7))
    at_points = noise(*np.meshgrid(x, y), 6.0, key=3, octaves=3)
    np.testing.assert_allclose(noise_on_grid(x, y, 6.0, 3, octaves=3), at_points, atol=1e-5)
    huge = lattice(np.arange(4), np.arange(4), key=2**40)
    assert ((huge >= 0) & (huge < 1)).all()


def test_patches_are_of_the_size_of_soil_spots_and_not_finer():
    at = np.arange(0, 400, 1.6, dtype=np.float32)
    field = patches(at, at, key=4)
    assert np.abs(field).max() < 1.2
    assert 0.2 < field.std() < 0.6
    near, far = (np.corrcoef(field[:, :-n].ravel(), field[:, n:].ravel())[0, 1] for n in (2, 60))
    assert near > 0.9
    assert far < 0.4
