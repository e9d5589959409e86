"""The aerial image: light on the landscape, then an orthophoto's colours."""

import math

import numpy as np

from lcapp.sensors import COMMON_BANDS, FLAIR2_METRES_PER_ELEVATION_UNIT, SENTINEL2_BANDS
from lcapp.simulate.domain import Domain, Radiometry
from lcapp.simulate.instruments.light import SHADOW_REACH, canopy_of, illuminate
from lcapp.simulate.instruments.sun import Sun, sun
from lcapp.simulate.land.ground.surface import reflectance
from lcapp.simulate.land.landscape import Landscape
from lcapp.simulate.land.texture import lattice, noise, noise_on_grid, patches
from lcapp.types import Bytes, Floats

__all__ = ["SHADOW_REACH", "elevation_byte", "photograph"]

_USUAL_ELEVATION = math.radians(50.0)

_LEAF_LIGHT = (0.09, 0.12, 0.07, 0.2)
"""Share of the light that leaves pass on into the shadows among them, by band."""

_FILM_GRAIN = 11.0
"""Bytes between the darkest and the brightest grain of the sensor."""

_CLUMPING = 0.85
"""Strength of light and dark within a crown, tuned to the gradients of real photographs."""


def photograph(place: Landscape, domain: Domain, key: int) -> Bytes:
    """Red, green, blue and near infrared as an aerial camera shows them.

    Args:
        place: Settled in the domain, with a margin of `SHADOW_REACH` around what is wanted.
        domain: The flight's day and hour, and the orthophoto's radiometry.
        key: Of the place's random fields, the same as for `record` and `truth`.

    Returns:
        4 H W, uint8; the margin included.
    """
    where = sun(domain.flight, domain.latitude)
    light = _light(place, where, domain.radiometry)
    return _orthophoto(_ground(place, domain.flight_day, key) * light, domain.radiometry, place)


def elevation_byte(height: Floats) -> Bytes:
    """Metres above ground in the units of FLAIR #2's fifth band."""
    return np.clip(np.round(height / FLAIR2_METRES_PER_ELEVATION_UNIT), 0, 255).astype(np.uint8)


def _ground(place: Landscape, day: int, key: int) -> Floats:
    """4 H W, reflectance on level ground in full sun, with all its texture."""
    order = [SENTINEL2_BANDS.index(band) for band in COMMON_BANDS.values()]
    spectra, contrasts = (
        one[0][:, order].astype(np.float32) for one in reflectance(place.surfaces, [day])
    )
    patch = patches(place.x, place.y, key)
    texture = place.tone * (1.0 + _grain(place, key) + _traces(place, key)) * _clumps(place, key)
    ground = np.empty((len(order), *place.index.shape), dtype=np.float32)
    for band in range(len(order)):
        ground[band] = spectra[:, band][place.index] + contrasts[:, band][place.index] * patch
        ground[band] *= texture
    return ground


def _grain(place: Landscape, key: int) -> Floats:
    strength = np.array([one.grain for one in place.surfaces], dtype=np.float32)[place.index]
    fine = noise_on_grid(place.x, place.y, 0.7, key + 21, octaves=2)
    coarse = noise_on_grid(place.x, place.y, 3.5, key + 24, octaves=2)
    return strength * (0.9 * fine + 0.6 * coarse)


def _clumps(place: Landscape, key: int) -> Floats:
    """H W, leaves in bright and dark clumps where there are crowns; 1 elsewhere."""
    leaves = noise_on_grid(place.x, place.y, 0.9, key + 25, octaves=2)
    clumps: Floats = np.exp(np.float32(_CLUMPING) * canopy_of(place) * leaves)
    return clumps


def _traces(place: Landscape, key: int) -> Floats:
    """H W, what machines leave along each parcel."""
    streaks = np.array([one.streaks for one in place.surfaces], dtype=np.float32)[place.index]
    worked = np.nonzero(streaks)
    if not worked[0].size:
        return streaks
    turns = np.array(place.turns)
    cos, sin = (
        ratio.astype(np.float32)[place.index[worked]] for ratio in (np.cos(turns), np.sin(turns))
    )
    x, y = place.x[worked[1]], place.y[worked[0]]
    along, across = x * cos + y * sin, y * cos - x * sin
    streaks[worked] *= noise(along / np.float32(40.0), across, 1.5, key + 23, octaves=2)
    return streaks


def _light(place: Landscape, where: Sun, radiometry: Radiometry) -> Floats:
    """4 H W, light that reaches the ground; 1 on a level place in the sun."""
    given = illuminate(place, where)
    # The lower the sun, the more of the light comes from the sky; leaves pass light on, most of
    # it in the infrared.
    low = math.sqrt(math.sin(_USUAL_ELEVATION) / math.sin(where.elevation))
    sky = np.array(radiometry.sky, dtype=np.float32)[:, None, None] * np.float32(low)
    leaves = np.array(_LEAF_LIGHT, dtype=np.float32)[:, None, None] * given.canopy
    light: Floats = given.direct + (sky + leaves) * (1.0 - given.lit)
    return light


def _orthophoto(reflected: Floats, radiometry: Radiometry, place: Landscape) -> Bytes:
    """Balanced, equalised and grainy bytes."""
    haze, gain, offset, gamma = (
        np.array(one, dtype=np.float32)[:, None, None]
        for one in (radiometry.haze, radiometry.gain, radiometry.offset, radiometry.gamma)
    )
    image = _soften((reflected + haze) * gain)
    image = np.float32(255.0) * np.clip(image, 0.0, 1.0) ** (1.0 / gamma) + offset
    grey = image[:3].mean(axis=0)
    image[:3] = grey + np.float32(radiometry.saturation) * (image[:3] - grey)
    gsd = place.x[1] - place.x[0]
    column, row = (np.round(one / gsd).astype(np.int64) for one in (place.x, place.y))
    for band in range(len(image)):
        grain = lattice(column[None, :], row[:, None], 40 + band)
        image[band] += np.float32(_FILM_GRAIN) * (grain - np.float32(0.5))
    return np.clip(np.round(image), 0, 255).astype(np.uint8)


def _soften(image: Floats) -> Floats:
    """The lens: C H W convolved with 1 4 1 along both axes."""
    for axis in (1, 2):
        before, after = np.roll(image, 1, axis), np.roll(image, -1, axis)
        image = (np.float32(4.0) * image + before + after) / np.float32(6.0)
    return image
