"""Shade as the satellite and the truth see it: cast where it belongs, and no darker on average."""

from dataclasses import replace

import numpy as np
import pytest

from lcapp.simulate.domain import HOME
from lcapp.simulate.instruments.light import shaded
from lcapp.simulate.land.ground.surfaces import SURFACES
from lcapp.simulate.land.landscape import Landscape

SIDE = 400


def standing(kind: str, height: np.ndarray) -> Landscape:
    """One surface under things of some height, at 0.2 m."""
    at = ((np.arange(SIDE) + 0.5) * 0.2).astype(np.float32)
    ones = np.ones((SIDE, SIDE), np.float32)
    index = np.zeros((SIDE, SIDE), np.uint16)
    return Landscape((SURFACES[kind],), index, height.astype(np.float32), ones, at, at, (0.0,))


def tower() -> Landscape:
    height = np.zeros((SIDE, SIDE))
    height[190:210, 190:210] = 10.0
    return standing("terrace", height)


def test_a_morning_satellite_sees_shade_north_north_west_of_a_tower_and_nowhere_else():
    tone = shaded(tower(), HOME).tone
    assert tone[170:185, 185:200].mean() < 0.6
    assert tone[215:300].min() == tone[:, 250:].min() == 1.0
    assert tone[:100].min() == 1.0
    # Shorter than the tower in summer, half as long again in March.
    dark = np.argwhere((tone < 0.99).any(axis=1)).ravel()
    assert 0.6 * 10 < (190 - dark.min()) * 0.2 < 1.3 * 10


def test_shade_moves_nothing_and_changes_nothing_but_the_tone():
    place = tower()
    seen = shaded(place, HOME)
    np.testing.assert_array_equal(seen.height, place.height)
    np.testing.assert_array_equal(seen.labels, place.labels)
    assert seen.tone.dtype == np.float32
    half = shaded(replace(place, tone=place.tone * np.float32(0.5)), HOME)
    np.testing.assert_allclose(half.tone, 0.5 * seen.tone)


@pytest.mark.parametrize("kind", ["beech", "spruce"])
def test_a_wood_drawn_tree_by_tree_is_as_bright_as_one_that_is_not(kind: str):
    x, y = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    domes = 12 + 4 * np.sin(x / 9) * np.sin(y / 9)
    tone = shaded(standing(kind, domes), HOME).tone
    assert tone.mean() == pytest.approx(1.0, abs=0.01)
    assert tone.std() > 0.15


def test_a_roof_is_brighter_on_the_side_of_the_morning_sun():
    x = np.arange(SIDE) * 0.2
    ridge = np.where((x > 30) & (x < 50), 5 - 0.4 * np.abs(x - 40), 0.0)
    tone = shaded(standing("slate roof", np.broadcast_to(ridge, (SIDE, SIDE))), HOME).tone
    west, east = tone[200, 165:190].mean(), tone[200, 210:235].mean()
    assert east > 1.03 > 0.97 > west
