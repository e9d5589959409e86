"""The aerial image: light on the landscape, then an orthophoto's colours."""

import math

import numpy as np
from numpy.typing import NDArray

from lcapp.sensors import COMMON_BANDS, FLAIR2_METRES_PER_ELEVATION_UNIT, SENTINEL2_BANDS
from lcapp.simulate.landscape import Landscape
from lcapp.simulate.shapes import turned
from lcapp.simulate.texture import lattice, noise
from lcapp.types import Bytes, Floats

SUN_AZIMUTH = math.radians(148)
"""Clockwise from north; a morning flight."""
SUN_ELEVATION = math.radians(50)

SHADOW_REACH = 24.0
"""Metres: the longest shadow of what grows or stands here. The margin to draw around a tile."""

# Red, green, blue, near infrared: gains and gamma of a colour-balanced orthophoto, not reflectance.
_GAIN = np.array([3.05, 3.05, 3.0, 1.5])
_GAMMA = 1.7
_HAZE = np.array([0.006, 0.008, 0.012, 0.002])
_SATURATION = 1.25
_SKY = np.array([0.30, 0.34, 0.42, 0.22])
"""Share of the light that reaches a shadow."""


def photograph(place: Landscape, day: int, gsd: float, key: int) -> Bytes:
    """Red, green, blue and near infrared as an aerial camera shows them.

    Args:
        place: At `gsd`, with a margin of `SHADOW_REACH` around what is wanted.
        day: Day of the year.
        gsd: Metres.
        key: Of the random fields.

    Returns:
        4 H W, uint8; the margin included.
    """
    order = [SENTINEL2_BANDS.index(band) for band in COMMON_BANDS.values()]
    spectra = np.array([one.spectrum(day)[order] for one in place.surfaces])  # N 4
    x, y = np.meshgrid(place.x, place.y)
    lit = _lit(place.height, gsd)
    light = lit[None] * _facing(place, x, y, gsd)[None]  # 1 H W
    light = light + _SKY[:, None, None] * (1.0 - lit)  # 4 H W
    reflectance = spectra[place.index].transpose(2, 0, 1) * light * _texture(place, x, y, key)
    balanced = (reflectance + _HAZE[:, None, None]) * _GAIN[:, None, None]
    image = 255.0 * np.clip(_soften(balanced), 0.0, 1.0) ** (1.0 / _GAMMA)
    grey = image[:3].mean(axis=0)
    image[:3] = grey + _SATURATION * (image[:3] - grey)
    column, row = np.round(x / gsd).astype(np.int64), np.round(y / gsd).astype(np.int64)
    grain = np.stack([lattice(column, row, key + 40 + band) for band in range(len(order))])
    return np.clip(np.round(image + 7.0 * (grain - 0.5)), 0, 255).astype(np.uint8)


def elevation_byte(height: Floats) -> Bytes:
    """Metres above ground in the units of FLAIR #2's fifth band."""
    return np.clip(np.round(height / FLAIR2_METRES_PER_ELEVATION_UNIT), 0, 255).astype(np.uint8)


def _facing(place: Landscape, x: Floats, y: Floats, gsd: float) -> NDArray[np.float64]:
    """H W, how much a slope turns to the sun; 1 on flat ground."""
    # Crowns and canopies are rough; roofs and roads are not.
    rough = np.array([one.label in _PLANTS for one in place.surfaces])[place.index]
    relief = place.height + rough * 0.22 * noise(x, y, 0.9, 5, octaves=2)
    south, east = np.gradient(relief, gsd)
    # A wall is a step in height, not a slope that a camera from above would see.
    south, east = np.clip(south, -1.6, 1.6), np.clip(east, -1.6, 1.6)
    normal = np.sqrt(1.0 + south**2 + east**2)
    to_east = math.sin(SUN_AZIMUTH) * math.cos(SUN_ELEVATION)
    to_south = -math.cos(SUN_AZIMUTH) * math.cos(SUN_ELEVATION)
    up = math.sin(SUN_ELEVATION)
    facing = (up - east * to_east - south * to_south) / normal / up
    clipped: NDArray[np.float64] = np.clip(facing, 0.25, 1.6)
    return clipped


_PLANTS = frozenset((6, 7, 8, 9))
"""Label values of what has a rough canopy."""

_MACHINES = 1.55
"""Direction of ploughing, sowing and mowing, radians from east towards south."""


def _lit(height: Floats, gsd: float) -> Floats:
    """H W, 1 in the sun and 0 in the cast shadow of something between a pixel and the sun."""
    shaded = np.zeros(height.shape, dtype=np.float32)
    per_metre = math.tan(SUN_ELEVATION)
    reach = min(SHADOW_REACH, float(height.max()) / per_metre)
    for step in range(1, int(reach / gsd) + 1):
        down = round(-step * math.cos(SUN_AZIMUTH))
        right = round(step * math.sin(SUN_AZIMUTH))
        # The pixel towards the sun, minus how high the ray already is above this one.
        above = np.roll(height, (-down, -right), axis=(0, 1)) - height - step * gsd * per_metre
        np.maximum(shaded, np.clip(above / 0.5, 0.0, 1.0), out=shaded)
    return 1.0 - shaded


def _texture(place: Landscape, x: Floats, y: Floats, key: int) -> Floats:
    """H W, what varies within a surface: grain, patches and the tone of single trees."""
    grain = np.array([one.grain for one in place.surfaces], dtype=np.float32)[place.index]
    fine = noise(x, y, 0.7, key + 21, octaves=2)
    patches = noise(x, y, 26.0, key + 22, octaves=4)
    streaks = np.array([one.streaks for one in place.surfaces], dtype=np.float32)[place.index]
    along, across = turned(x, y, _MACHINES)
    traces = noise(along / 40.0, across, 1.5, key + 23, octaves=2)
    texture: Floats = place.tone * (1.0 + grain * (0.9 * fine + 1.5 * patches) + streaks * traces)
    return texture


def _soften(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """The lens: C H W convolved with 1 4 1 along both axes."""
    for axis in (1, 2):
        neighbours = np.roll(image, 1, axis) + np.roll(image, -1, axis)
        image = (4.0 * image + neighbours) / 6.0
    return image
