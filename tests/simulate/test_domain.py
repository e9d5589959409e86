"""Invented domains: five styles, seasons and radiometries of their own."""

import math
from itertools import pairwise

import pytest

from lcapp.simulate.domain import HOME, STYLES, domains
from lcapp.simulate.instruments.sun import sun
from lcapp.simulate.land.ground.spectra import MATERIALS


def test_five_domains_have_all_five_styles_and_invented_numbers():
    five = domains(5, seed=0)
    assert {one.style for one in five} == set(STYLES)
    assert [one.name[:4] for one in five] == ["D901", "D902", "D903", "D904", "D905"]
    assert all(one.name.endswith(f"_{one.year}") for one in five)


def test_a_longer_row_begins_like_a_shorter_one_and_another_seed_differs():
    assert domains(12, seed=3)[:5] == domains(5, seed=3)
    assert domains(5, seed=4) != domains(5, seed=3)


def test_flights_are_between_april_and_november_by_a_sun_that_is_high_enough():
    many = domains(40, seed=1)
    for one in many:
        assert 4 <= one.flight.month <= 11
        assert one.flight.year == one.year
        assert math.degrees(sun(one.flight, one.latitude).elevation) > 22
    assert len({one.flight_day for one in many[:10]}) == 10


@pytest.mark.parametrize("style", STYLES)
def test_the_flights_of_one_style_are_spread_over_its_season(style: str):
    days = sorted(one.flight_day for one in domains(40, seed=0) if one.style == style)
    assert days[-1] - days[0] > 100
    assert max(after - before for before, after in pairwise(days)) < 60


def test_climates_and_radiometries_stay_in_the_range_that_is_promised():
    many = domains(70, seed=2)
    acquisitions = [one.climate.acquisitions for one in many]
    assert min(acquisitions) >= 20
    assert max(acquisitions) <= 110
    assert max(acquisitions) > 90
    assert all(0.0 <= share <= 1.0 for one in many for share in one.climate.clear_sky)
    assert all(one.soil in MATERIALS for one in many)
    snowy = [one.climate.snow_days for one in many if one.style == "mountain forest"]
    assert min(snowy) > max(one.climate.snow_days for one in many if one.style != "mountain forest")
    gains = [one.radiometry.gain[0] for one in many]
    assert max(gains) > 1.3 * min(gains)


def test_departments_come_back_in_other_years_and_with_other_radiometry():
    many = domains(350, seed=3)
    assert len({one.name for one in many}) == 350
    assert {one.name[:4] for one in many} == {f"D{number}" for number in range(901, 971)}
    assert all(one.name.endswith(str(one.year)) for one in many)
    assert many[:70] == domains(70, seed=3)
    assert len({one.radiometry.gain for one in many}) == 350
    assert all(one.style == many[place % 70].style for place, one in enumerate(many))


@pytest.mark.parametrize("count", [0, 351])
def test_a_number_of_domains_that_cannot_be_named_is_refused(count: int):
    with pytest.raises(ValueError, match="1 to 350"):
        domains(count, seed=0)


def test_the_demo_has_a_cloudy_january():
    assert HOME.climate.clear_sky[0] == 0.0
