"""The year's weather over a place: when the satellites come, and what is in their way.

Two satellites pass every fifth day together, and where two orbits overlap twice as often; some
dates are not delivered. A date is clear as often as the month's sky is; otherwise scattered
clouds, thin cloud or a closed deck are in the way. A cloud's shadow lies where the sun of the
date and the cloud's height put it, some hundred metres away.
"""

import datetime as dt
import math
from dataclasses import dataclass

import numpy as np

from lcapp.simulate.domain import Domain
from lcapp.simulate.instruments.sun import sun
from lcapp.simulate.land.texture import noise_on_grid
from lcapp.types import Floats

OVERPASS = dt.time(10, 40)
"""Local mean solar time; that of the descending node is 10:30 at the equator."""

_SINGLE_ORBIT = 66
"""Dates in the year that one orbit can deliver; more need a second one."""

_SNOWIEST = dt.date(2001, 1, 25)
_VEIL, _SCATTERED = 0.22, 0.62
"""Of the dates that are not clear: up to the first thin cloud, up to the second scattered ones."""


@dataclass(frozen=True, eq=False)
class Sky:
    """What is in the way on one date.

    Attributes:
        date: Of the acquisition.
        cloud: H W, opacity, 0..1.
        shadow: H W, share of the direct light that clouds keep away, 0..1.
        haze: Reflectance in the blue that the atmospheric correction left in, or took too much.
    """

    date: dt.date
    cloud: Floats
    shadow: Floats
    haze: float


def acquisitions(domain: Domain, generator: np.random.Generator) -> tuple[dt.date, ...]:
    """The days of the year that are delivered, in order; as many as the climate says."""
    first = dt.date(domain.year, 1, 1) + dt.timedelta(days=int(generator.integers(5)))
    count = domain.climate.acquisitions
    orbits = (0,) if count <= _SINGLE_ORBIT else (0, 2)
    days = [
        day
        for start in orbits
        for step in range(74)
        if (day := first + dt.timedelta(days=start + 5 * step)).year == domain.year
    ]
    chosen = generator.permutation(len(days))[:count]
    return tuple(sorted(days[number] for number in chosen))


def sky_of(
    date: dt.date, domain: Domain, x: Floats, y: Floats, generator: np.random.Generator
) -> Sky:
    """Draw the sky of one date.

    Args:
        date: Of the acquisition.
        domain: Whose climate and latitude count.
        x: W, metres, the series' pixel centres.
        y: H, likewise, to the south.
        generator: Of the weather.
    """
    drawn, kind, key = generator.random(), generator.random(), int(generator.integers(1 << 30))
    clear_sky = domain.climate.clear_sky[date.month - 1]
    haze = float(generator.normal(0.0, 0.0025))
    nothing = np.zeros((len(y), len(x)), dtype=np.float32)
    if drawn < clear_sky:
        return Sky(date, nothing, nothing, haze)
    if kind < _VEIL:
        # Cirrus: wide, thin, and hardly a shadow.
        peak = float(generator.uniform(0.06, 0.4))
        veil = peak * np.clip(0.75 + 0.5 * noise_on_grid(x, y, 1500.0, key, octaves=4), 0.0, 1.0)
        return Sky(date, veil, 0.5 * veil, haze + 0.02 * peak)
    if kind < _SCATTERED:
        level, height = float(generator.uniform(-0.4, 0.75)), float(generator.uniform(200, 800))
        size = float(generator.uniform(350.0, 900.0))
    else:
        level, height = float(generator.uniform(-1.9, -0.8)), float(generator.uniform(400, 3000))
        size = 1200.0
    if clear_sky == 0.0:
        # A month that has no clear date has no gap between its clouds either.
        level = min(level, -0.3)

    def opacity(east: float, south: float) -> Floats:
        field = noise_on_grid(x + np.float32(east), y + np.float32(south), size, key, octaves=5)
        opaque: Floats = np.clip((field - level) / 0.45, 0.0, 1.0).astype(np.float32)
        return opaque

    cloud = opacity(0.0, 0.0)
    # The shadow here is that of a cloud towards the sun.
    east, south = sun(dt.datetime.combine(date, OVERPASS), domain.latitude).shadow(height)
    return Sky(date, cloud, opacity(-east, -south) * (1.0 - cloud), haze)


def lying_snow(date: dt.date, domain: Domain, x: Floats, y: Floats, key: int) -> Floats:
    """H W, share of open ground under snow, 0..1; the same for every sensor.

    Args:
        date: The day.
        domain: Whose climate counts.
        x: W, metres.
        y: H, metres.
        key: Of the place's random fields.
    """
    # Days to the middle of winter, from either side of the year's end.
    away = (date.timetuple().tm_yday - _SNOWIEST.timetuple().tm_yday + 182) % 365 - 182
    left = domain.climate.snow_days / 2.0 - abs(away)
    if left <= 0.0:
        return np.zeros((len(y), len(x)), dtype=np.float32)
    # In patches at the ends of the season, closed after some days.
    depth = 0.55 + 0.5 * math.tanh(left / 3.0)
    drifts = 0.25 * noise_on_grid(x, y, 60.0, key + 71, octaves=2)
    share: Floats = np.clip(depth + drifts, 0.0, 1.0).astype(np.float32)
    return share
