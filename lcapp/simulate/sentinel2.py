"""A year of Sentinel-2 over the landscape: blurred, sampled at 10 m, noisy, cloudy, with masks."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcapp.sensors import DIGITAL_NUMBERS_PER_REFLECTANCE, SENTINEL2_BANDS, SERIES_GSD
from lcapp.simulate.landscape import Landscape
from lcapp.simulate.surfaces import MATERIALS
from lcapp.simulate.texture import noise
from lcapp.types import Bytes, Floats

FINE_BANDS = ("B2", "B3", "B4", "B8")
"""Measured at 10 m; the others at 20 m, brought to 10 m."""

_BLUR = {10.0: 4.6, 20.0: 9.5}
"""Standard deviation of the point spread in metres, by the band's resolution."""

DARK_MONTH = 1
"""No date of this month is clear."""

_SNOWY_DAYS = range(9, 18)
"""Days of the year on which snow lies."""

_CLEAR_SKY = (0.3, 0.4, 0.5, 0.5, 0.5, 0.5, 0.6, 0.6, 0.55, 0.4, 0.3, 0.35)
"""January to December: how likely a date is cloudless."""


@dataclass(frozen=True, eq=False)
class Recording:
    """The series as the data set stores it.

    Attributes:
        digital_numbers: T 10 H W, uint16, no offset.
        masks: T 2 H W, uint8, snow and cloud probability in percent.
        products: T SAFE names.
        dates: T days.
    """

    digital_numbers: NDArray[np.uint16]
    masks: Bytes
    products: tuple[str, ...]
    dates: tuple[dt.date, ...]


def record(place: Landscape, gsd: float, year: int, generator: np.random.Generator) -> Recording:
    """Simulate the acquisitions of one year.

    Args:
        place: At `gsd`, a whole number of series pixels wide and high.
        gsd: Metres; divides 10.
        year: The year.
        generator: Of weather and noise.
    """
    dates = acquisition_dates(year, generator)
    shares = {blur: _shares(place, gsd, blur) for blur in _BLUR.values()}  # N H W each
    blur_of = [_BLUR[10.0 if band in FINE_BANDS else 20.0] for band in SENTINEL2_BANDS]
    per_pixel = round(SERIES_GSD / gsd)
    x, y = np.meshgrid(place.x[per_pixel // 2 :: per_pixel], place.y[per_pixel // 2 :: per_pixel])
    numbers, masks = [], []
    for date in dates:
        day = date.timetuple().tm_yday
        spectra = np.array([one.spectrum(day) for one in place.surfaces])  # N 10
        ground = np.stack(  # 10 H W
            [
                np.tensordot(spectra[:, band], shares[blur], axes=1)
                for band, blur in enumerate(blur_of)
            ]
        )
        ground *= 1.0 + 0.05 * noise(x, y, 55.0, day, octaves=2)
        snow = _snow(date, x, y)
        ground = _mix(ground, "snow", snow)
        cloud, shadow = _weather(date, x, y, generator)
        seen = _mix(ground * (1.0 - 0.45 * shadow), "cloud", cloud)
        numbers.append(_measure(seen, generator))
        masks.append(_probabilities(snow, cloud, generator))
    return Recording(
        np.stack(numbers), np.stack(masks), tuple(map(_product_name, dates)), tuple(dates)
    )


def acquisition_dates(year: int, generator: np.random.Generator) -> list[dt.date]:
    """35 to 60 days: every fifth day of two satellites' orbits, some of them not delivered."""
    first = dt.date(year, 1, 3)
    passes = [first + dt.timedelta(days=5 * number) for number in range(73)]
    delivered = generator.permutation(len(passes))[: generator.integers(40, 58)]
    # The demo shows a snowy date whatever the generator says.
    snowy = [day for day in passes if _lies_snow(day)]
    return sorted({*(passes[number] for number in delivered), *snowy})


def _shares(place: Landscape, gsd: float, blur: float) -> Floats:
    """N H W, how much of each series pixel's signal comes from each surface."""
    rows, cols = _point_spread(len(place.y), gsd, blur), _point_spread(len(place.x), gsd, blur)
    shares = np.zeros((len(place.surfaces), len(rows), len(cols)), dtype=np.float32)
    for number in np.unique(place.index):
        shares[number] = rows @ np.where(place.index == number, place.tone, 0.0) @ cols.T
    return shares


def _point_spread(n: int, gsd: float, blur: float) -> Floats:
    """Series pixels x landscape pixels of one axis: a Gaussian; rows sum to 1."""
    fine = (np.arange(n) + 0.5) * gsd
    coarse = (np.arange(int(n * gsd / SERIES_GSD)) + 0.5) * SERIES_GSD
    weights = np.exp(-0.5 * ((fine[None, :] - coarse[:, None]) / blur) ** 2)
    weights /= weights.sum(axis=1, keepdims=True)
    return weights.astype(np.float32)


def _lies_snow(date: dt.date) -> bool:
    return date.timetuple().tm_yday in _SNOWY_DAYS


def _snow(date: dt.date, x: Floats, y: Floats) -> Floats:
    """H W, share of the ground under snow."""
    if not _lies_snow(date):
        return np.zeros(x.shape, dtype=np.float32)
    lying: Floats = np.clip(0.75 + 0.3 * noise(x, y, 60.0, 71, octaves=2), 0.0, 1.0)
    return lying


def _weather(
    date: dt.date, x: Floats, y: Floats, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """H W each: opacity of cloud, and of the shadow that it casts to the north-west."""
    key = date.toordinal()
    drawn = generator.random()
    clear = _CLEAR_SKY[date.month - 1]
    if drawn < clear and date.month != DARK_MONTH:
        return np.zeros(x.shape, np.float32), np.zeros(x.shape, np.float32)
    # From scattered clouds to a closed deck as the draw goes to 1.
    level = 0.45 - 1.7 * max(0.0, drawn - clear) / (1.0 - clear)
    if date.month == DARK_MONTH:
        level = min(level, -0.1)

    def opacity(field: Floats) -> Floats:
        opaque: Floats = np.clip((field - level) / 0.5, 0.0, 1.0).astype(np.float32)
        return opaque

    cloud = opacity(noise(x, y, 260.0, key, octaves=4))
    shadow = opacity(noise(x + 160.0, y + 220.0, 260.0, key, octaves=4)) * (1.0 - cloud)
    return cloud, shadow


def _mix(ground: NDArray[Any], material: str, share: Floats) -> NDArray[Any]:
    """10 H W, partly covered by a material."""
    mixed: NDArray[Any] = ground * (1.0 - share) + MATERIALS[material][:, None, None] * share
    return mixed


def _measure(seen: NDArray[Any], generator: np.random.Generator) -> NDArray[np.uint16]:
    """Atmospheric residual of the date, noise of the pixel, digital numbers."""
    bands = len(SENTINEL2_BANDS)
    gain = generator.normal(1.0, 0.015, (bands, 1, 1))
    haze = generator.normal(0.0, 0.002, (bands, 1, 1))
    noisy = seen * gain + haze + generator.normal(0.0, 0.0025, seen.shape)
    numbers = np.round(noisy * DIGITAL_NUMBERS_PER_REFLECTANCE)
    # 0 would mean "no data".
    return np.clip(numbers, 1, 65535).astype(np.uint16)


def _probabilities(snow: Floats, cloud: Floats, generator: np.random.Generator) -> Bytes:
    """2 H W, percent: what a mask algorithm makes of it, with its usual errors."""
    doubt = generator.normal(0.0, 0.06, cloud.shape)
    seen = np.clip((cloud + doubt - 0.08) / 0.5, 0.0, 1.0) * (cloud > 0.02)
    false_alarm = (generator.random(cloud.shape) < 0.004) * generator.uniform(0.02, 0.3)
    percent = 100.0 * np.stack([np.clip(snow * 1.2, 0.0, 1.0), np.maximum(seen, false_alarm)])
    return np.round(percent).astype(np.uint8)


def _product_name(date: dt.date) -> str:
    """A SAFE name from before baseline 04.00, whose digital numbers have no offset."""
    satellite = "AB"[date.toordinal() // 5 % 2]
    day = f"{date:%Y%m%d}"
    return f"S2{satellite}_MSIL2A_{day}T105031_N0300_R051_T31TDM_{day}T134629.SAFE"
