"""The map on which a place is found: degrees, land, cities, its footprint; no server is in it."""

import json

import pytest

from lcapp.scene.services.place import parse_place
from lcapp.views.places import CITIES, Background, places_options, places_style

FRANCE = (-5.2, 41.3, 9.6, 51.1)
TILES = Background("https://tiles.example/{z}/{x}/{y}.png", "© them")


def _features(drawn, source):
    return drawn["sources"][source]["data"]["features"]


def test_nothing_of_it_asks_a_server_unless_a_background_is_wanted() -> None:
    drawn = places_style([FRANCE], None, {})
    assert "http" not in json.dumps(drawn)
    asked = places_style([FRANCE], None, {}, TILES)
    assert asked["sources"]["background-tiles"]["tiles"] == [TILES.tiles]
    assert [one["id"] for one in asked["layers"]][:2] == ["background", "background-tiles"]


def test_the_footprint_is_that_of_the_window() -> None:
    place = parse_place("place:6.12,48.69")
    drawn = places_style([FRANCE], place.grid, {"home": (6.1, 48.7)})
    (ring,) = [one["geometry"]["coordinates"] for one in _features(drawn, "footprint")]
    assert ring[0] == ring[-1]
    lons, lats = zip(*ring, strict=True)
    assert (min(lons) + max(lons)) / 2 == pytest.approx(6.12, abs=1e-5)
    assert (min(lats) + max(lats)) / 2 == pytest.approx(48.69, abs=1e-5)
    # 102.4 m are 0.00092 degrees of latitude.
    assert max(lats) - min(lats) == pytest.approx(0.00092, rel=0.05)
    assert [one["properties"]["name"] for one in _features(drawn, "kept")] == ["home"]
    assert _features(places_style([FRANCE], None, {}), "footprint") == []


def test_lines_and_cities_carry_their_names_and_lie_within_what_is_covered() -> None:
    near = places_style([(4.0, 46.0, 4.4, 46.4)], None, {})
    names = {one["properties"]["name"] for one in _features(near, "degrees")}
    assert names == {"4° E", "46° N"}
    assert "4.1° E" in {one["properties"]["name"] for one in _features(near, "tenths")}
    assert _features(near, "cities") == []
    cities = _features(places_style([FRANCE], None, {}), "cities")
    assert {one["properties"]["name"] for one in cities} == set(CITIES)
    # A world of tenths would be thousands of lines.
    assert len(json.dumps(places_style([(-180.0, -90.0, 180.0, 90.0)], None, {}))) < 200_000


def test_it_opens_on_the_place_or_on_what_is_covered() -> None:
    assert places_options([FRANCE], None, {})["bounds"] == ([-5.2, 41.3], [9.6, 51.1])
    (west, south), (east, north) = places_options(
        [FRANCE], parse_place("place:6.12,48.69").grid, {}
    )["bounds"]
    assert west < 6.12 < east
    assert south < 48.69 < north
    assert north - south < 0.01
