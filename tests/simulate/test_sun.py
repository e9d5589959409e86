"""The sun against an almanac's figures and against another reckoning of its place."""

import datetime as dt
import math

import pytest

from lcapp.simulate.instruments.sun import sun


# The equation of time in minutes (apparent minus mean) and the declination in degrees at noon,
# from the yearly tables of the Astronomical Almanac, rounded.
@pytest.mark.parametrize(
    ("date", "ahead", "declination"),
    [
        (dt.date(2021, 2, 11), -14.2, -14.0),
        (dt.date(2019, 3, 21), -7.3, 0.25),
        (dt.date(2018, 5, 14), 3.7, 18.7),
        (dt.date(2021, 6, 21), -1.9, 23.44),
        (dt.date(2022, 7, 26), -6.5, 19.4),
        (dt.date(2018, 9, 23), 7.6, -0.17),
        (dt.date(2021, 11, 3), 16.5, -15.2),
    ],
)
def test_noon_is_when_and_where_the_almanac_has_it(date: dt.date, ahead: float, declination: float):
    noon = dt.datetime.combine(date, dt.time(12)) - dt.timedelta(minutes=ahead)
    found = sun(noon, 47.0)
    assert math.degrees(found.azimuth) == pytest.approx(180.0, abs=0.25)
    assert math.degrees(found.elevation) == pytest.approx(90 - 47.0 + declination, abs=0.15)


@pytest.mark.parametrize("hour", [7, 9, 11, 14, 17])
@pytest.mark.parametrize("day", [100, 172, 228, 300])
def test_the_course_of_a_day_follows_spencers_series(day: int, hour: int):
    """Spencer's Fourier series of 1971: another way to the declination, good to half a degree."""
    angle = 2 * math.pi * (day - 1 + (hour - 12) / 24) / 365
    waves = [(math.cos(n * angle), math.sin(n * angle)) for n in (1, 2, 3)]
    series = ((-0.399912, 0.070257), (-0.006758, 0.000907), (-0.002697, 0.001480))
    pairs = [(a * cos + b * sin) for (a, b), (cos, sin) in zip(series, waves, strict=True)]
    declination = 0.006918 + sum(pairs)
    ahead = (
        0.000075
        + 0.001868 * waves[0][0]
        - 0.032077 * waves[0][1]
        - 0.014615 * waves[1][0]
        - 0.040849 * waves[1][1]
    )
    turned = 2 * math.pi * (hour / 24 - 0.5) + ahead
    phi = math.radians(45.0)
    up = math.sin(phi) * math.sin(declination) + math.cos(phi) * math.cos(declination) * math.cos(
        turned
    )
    when = dt.datetime(2021, 1, 1, hour) + dt.timedelta(days=day - 1)
    found = sun(when, 45.0)
    assert math.degrees(found.elevation) == pytest.approx(math.degrees(math.asin(up)), abs=0.6)
    azimuth = math.acos(
        (math.sin(declination) - math.sin(phi) * up) / (math.cos(phi) * math.cos(math.asin(up)))
    )
    azimuth = azimuth if hour < 12 else 2 * math.pi - azimuth
    assert math.degrees(found.azimuth) == pytest.approx(math.degrees(azimuth), abs=1.2)


def test_at_the_summer_solstice_paris_has_its_noon_sun_at_64_and_a_half_degrees():
    # 90 - 48.86 + 23.44; apparent noon is two minutes after mean noon in June
    found = sun(dt.datetime(2021, 6, 21, 12, 2), 48.86)
    assert math.degrees(found.elevation) == pytest.approx(64.58, abs=0.05)
    assert math.degrees(found.azimuth) == pytest.approx(180.0, abs=0.6)


def test_a_shadow_points_away_from_the_sun_and_is_as_long_as_its_height_says():
    morning = sun(dt.datetime(2021, 7, 12, 9, 0), 46.8)
    east, south = morning.shadow(10.0)
    assert east < 0
    assert math.hypot(east, south) == pytest.approx(10.0 / math.tan(morning.elevation))
    assert sum(part**2 for part in morning.towards) == pytest.approx(1.0)
