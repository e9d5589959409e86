"""Sun and shadow on the landscape, from the heights of what stands on it."""

import datetime as dt
import math
from dataclasses import dataclass, replace

import numpy as np

from lcapp.simulate.domain import Domain
from lcapp.simulate.instruments.sun import Sun, sun
from lcapp.simulate.instruments.weather import OVERPASS
from lcapp.simulate.land.ground.mixture import gsd_of
from lcapp.simulate.land.landscape import Landscape
from lcapp.simulate.land.texture import noise_on_grid
from lcapp.types import Floats

SHADOW_REACH = 30.0
"""Metres: the longest shadow that is cast. The margin to draw around a tile."""

_PENUMBRA, _LEAF_PENUMBRA = 0.6, 2.2
"""Metres of height over which a shadow's edge goes from dark to light, on ground and on leaves."""

_UNDERGROWTH = 0.5
"""Metres: lower plants have no crowns of their own."""

_CANOPIES = frozenset((6, 7, 8, 9, 16, 17))
"""Label values of what has a rough canopy."""

_SKYLIGHT = 0.3
"""Share of the light that reaches a shadow, as the satellite sees it."""

_SEASONS = ((3, 21), (5, 6), (6, 21))
"""Month and day of the suns that `shaded` averages; those of summer and autumn mirror them."""


@dataclass(frozen=True, eq=False)
class Illumination:
    """What the sun does to a landscape.

    Attributes:
        lit: H W, 1 in the sun, 0 in a cast shadow.
        direct: H W, direct light on the slope that is there; 1 on level ground in the sun.
        canopy: H W, 1 where leaves or needles stand above the ground.
    """

    lit: Floats
    direct: Floats
    canopy: Floats


def illuminate(place: Landscape, where: Sun) -> Illumination:
    """Cast shadows and light slopes.

    Args:
        place: With a margin of `SHADOW_REACH` around what is wanted.
        where: The sun, above the horizon.
    """
    canopy = canopy_of(place)
    relief = _relief(place, canopy)
    penumbra = np.where(canopy > 0, np.float32(_LEAF_PENUMBRA), np.float32(_PENUMBRA))
    gsd = gsd_of(place)
    lit = _lit(relief, penumbra, where, gsd)
    return Illumination(lit, lit * _facing(relief, where, gsd), canopy)


def shaded(place: Landscape, domain: Domain) -> Landscape:
    """The landscape with the shadows in which a satellite sees it, as part of its tone.

    They are the mean of spring to autumn at the hour of the overpass: one field for the year, so
    that it can be averaged over footprints before the day is known. Spectra of canopies hold
    their own shade already: what is added to each kind of canopy has a mean of 1, and leaves the
    wood as bright as where no single trees are drawn.

    Args:
        place: Settled in the domain, with a margin of `SHADOW_REACH`.
        domain: Whose latitude counts.
    """
    # A satellite does not need the finest: half the resolution is an eighth of the work.
    coarse = place.window(slice(0, None, 2), slice(0, None, 2))
    total = np.zeros(coarse.index.shape, dtype=np.float32)
    for month, day in _SEASONS:
        moment = dt.datetime.combine(dt.date(domain.year, month, day), OVERPASS)
        given = illuminate(coarse, sun(moment, domain.latitude))
        total += given.direct + np.float32(_SKYLIGHT) * (1.0 - given.lit)
    light = total / np.float32(len(_SEASONS))
    labels, canopy = coarse.labels, canopy_of(coarse) > 0
    for label in np.unique(labels[canopy]):
        stand = canopy & (labels == label)
        light[stand] /= light[stand].mean()
    rows, cols = place.index.shape
    return replace(place, tone=place.tone * light.repeat(2, axis=0).repeat(2, axis=1)[:rows, :cols])


def canopy_of(place: Landscape) -> Floats:
    """H W, 1 where leaves or needles stand above the ground."""
    leafy = np.array([one.label in _CANOPIES for one in place.surfaces])[place.index]
    return (leafy & (place.height > _UNDERGROWTH)).astype(np.float32)


def _relief(place: Landscape, canopy: Floats) -> Floats:
    """H W, metres: crowns and canopies are rough, roofs and roads are not."""
    twigs = noise_on_grid(place.x, place.y, 0.8, 5, octaves=2)
    branches = noise_on_grid(place.x, place.y, 2.2, 6, octaves=2)
    tall = np.clip(place.height / 6.0, 0.0, 1.0)
    relief: Floats = place.height + canopy * (0.28 * twigs + 0.4 * tall * branches)
    return relief


def _facing(relief: Floats, where: Sun, gsd: float) -> Floats:
    """H W, how much a slope turns to the sun; 1 on flat ground."""
    south, east = np.gradient(relief, np.float32(gsd))
    # A wall is a step in height, not a slope that a camera from above would see.
    south, east = np.clip(south, -1.6, 1.6), np.clip(east, -1.6, 1.6)
    normal = np.sqrt(1.0 + south**2 + east**2)
    to_east, to_south, up = (np.float32(one) for one in where.towards)
    facing: Floats = np.clip((up - east * to_east - south * to_south) / normal / up, 0.25, 1.6)
    return facing


def _lit(height: Floats, penumbra: Floats, where: Sun, gsd: float) -> Floats:
    """H W, 1 in the sun and 0 in the cast shadow of something between a pixel and the sun."""
    shaded, sharpness = np.zeros_like(height), 1.0 / penumbra
    per_metre = math.tan(where.elevation)
    reach = min(SHADOW_REACH, float(height.max()) / per_metre)
    for step in range(1, int(reach / gsd) + 1):
        down = round(-step * math.cos(where.azimuth))
        right = round(step * math.sin(where.azimuth))
        here, there = _shifted(height.shape[0], down), _shifted(height.shape[1], right)
        # The pixel towards the sun, minus how high the ray already is above this one.
        above = height[here[1], there[1]] - height[here[0], there[0]]
        above -= np.float32(step * gsd * per_metre)
        above *= sharpness[here[0], there[0]]
        view = shaded[here[0], there[0]]
        np.maximum(view, above, out=view)
    return 1.0 - np.clip(shaded, 0.0, 1.0)


def _shifted(length: int, by: int) -> tuple[slice, slice]:
    """Places along an axis, and the places `by` further on, as far as both exist."""
    if by >= 0:
        return slice(0, length - by), slice(by, length)
    return slice(-by, length), slice(0, length + by)
