"""A year of Sentinel-2 over the landscape: blurred, sampled, noisy, cloudy, with masks."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lcapp.sensors import (
    DIGITAL_NUMBERS_PER_REFLECTANCE,
    FINE_BANDS,
    OFFSET_SINCE_BASELINE_0400,
    SENTINEL2_BANDS,
    SERIES_GSD,
    point_spread,
)
from lcapp.simulate.domain import Domain
from lcapp.simulate.instruments.geolocation import FINER, displaced, shifts
from lcapp.simulate.instruments.weather import Sky, acquisitions, lying_snow, sky_of
from lcapp.simulate.land.ground.mixture import (
    Footprints,
    Mixture,
    footprints,
    gsd_of,
    joined,
    mixture,
)
from lcapp.simulate.land.ground.spectra import MATERIALS
from lcapp.simulate.land.ground.surface import Doubles, reflectance
from lcapp.simulate.land.landscape import Landscape
from lcapp.types import Bools, Bytes, Floats

TRUTH_FACTOR = 8
"""Pixels of a tile along one cell of 1.6 m: what the satellite and the truth both see."""

_FAR_CELL = 2.0
"""Metres: cells of the landscape around the tiles."""

_OFFSET_SINCE = dt.date(2022, 1, 25)
_BASELINES = (
    (dt.date(2018, 11, 6), "N0206"),
    (dt.date(2019, 7, 8), "N0211"),
    (dt.date(2020, 2, 4), "N0213"),
    (dt.date(2021, 2, 2), "N0214"),
    (dt.date(2021, 6, 30), "N0300"),
    (_OFFSET_SINCE, "N0301"),
    (dt.date.max, "N0400"),
)
"""Processing baselines of level 2A, each until the day before."""

_SHADED = 0.42
"""Share of the light that a full cloud shadow takes away."""

_HAZE_SPECTRUM = np.array([1.0, 0.78, 0.6, 0.54, 0.48, 0.42, 0.38, 0.36, 0.12, 0.06])
"""What aerosol adds, relative to the blue band."""

_HALF = math.sqrt(0.5)
"""Of a deviation, that leaves half of the variance."""

_CLEAR = 0.02
"""Cloud, shadow or snow below which a pixel is truly clear."""


@dataclass(frozen=True, eq=False)
class Recording:
    """The series as the data set stores it, and what only the simulator knows.

    Attributes:
        digital_numbers: T 10 H W, uint16; from 25 January 2022 on with 1000 added.
        masks: T 2 H W, uint8, snow and cloud probability in percent.
        products: T SAFE names.
        dates: T days.
        clear: T H W, without cloud, shadow or lying snow in truth.
        shifts: T 2, metres to the east and north by which each lies off its place; None: by none.
    """

    digital_numbers: NDArray[np.uint16]
    masks: Bytes
    products: tuple[str, ...]
    dates: tuple[dt.date, ...]
    clear: Bools
    shifts: Doubles | None = None


def record(
    place: Landscape,
    domain: Domain,
    generator: np.random.Generator,
    key: int,
    tiles: Sequence[Landscape] = (),
    pixel: float = SERIES_GSD,
    *,
    geolocation: tuple[float, np.random.Generator] | None = None,
) -> Recording:
    """Simulate the acquisitions of one year.

    Args:
        place: The whole super-area, settled in the domain, at 1 m or so.
        domain: Year, climate and latitude.
        generator: Of weather and noise.
        key: Of the place's random fields, the same as for `photograph` and `truth`.
        tiles: Parts of it at 0.2 m, in their shade (`light.shaded`) and without margin, which the
            satellite then sees exactly as the truth shows them.
        pixel: Metres of the series' pixels.
        geolocation: Deviation and generator of the dates' shifts (`geolocation.shifts`); None: all
            lie right. Weather and noise are the same either way.

    Returns:
        As many whole pixels as the landscape holds.
    """
    optics = optics_of(place, key, tiles, pixel)
    rows, cols = optics.fine.size
    x = (optics.corner[0] + (np.arange(cols) + 0.5) * pixel).astype(np.float32)
    y = (optics.corner[1] + (np.arange(rows) + 0.5) * pixel).astype(np.float32)
    dates = acquisitions(domain, generator)
    days = [date.timetuple().tm_yday for date in dates]
    holds_snow = np.array([one.holds_snow for one in place.surfaces])
    off = None if geolocation is None else shifts(len(dates), *geolocation)  # T 2
    if off is None:
        ground = optics.look(days)  # T 10 H W
        caught = optics.fine.average(holds_snow)[None, None].repeat(len(dates), axis=0)  # T 1 H W
    else:
        finely = optics_of(place, key, tiles, pixel, finely=True)
        ground = finely.look(days, off / pixel)
        catching = finely.fine.average(holds_snow)[None, None]
        caught = displaced(
            catching.repeat(len(dates), axis=0), off / pixel, _HALF * _own_spread("B2")
        )
    bright = np.clip((optics.look([200])[0, 0] - 0.17) / 0.12, 0.0, 1.0)
    numbers, masks, clear = [], [], []
    for at, (date, bare) in enumerate(zip(dates, ground, strict=True)):
        sky = sky_of(date, domain, x, y, generator)
        east, north = (0.0, 0.0) if off is None else off[at].astype(np.float32)
        lying = lying_snow(date, domain, x - east, y + north, key)
        snow = caught[at, 0] * lying
        seen = _through(sky, _mixed(bare, "snow", snow))
        numbers.append(_measured(seen, sky, generator))
        masks.append(_probabilities(snow, sky.cloud, bright, generator))
        clear.append((sky.cloud < _CLEAR) & (sky.shadow < _CLEAR) & (snow < _CLEAR))
    return Recording(
        np.stack(numbers),
        np.stack(masks),
        tuple(map(_product_name, dates)),
        dates,
        np.stack(clear),
        off,
    )


@dataclass(frozen=True, eq=False)
class Optics:
    """What each pixel of the satellite averages.

    Attributes:
        place: The landscape.
        corner: Left and top of the series' grid, metres in the plan.
        fine: Footprints of the 10 m bands.
        coarse: Footprints of the 20 m bands, on their own grid.
    """

    place: Landscape
    corner: tuple[float, float]
    fine: Footprints
    coarse: Footprints

    def look(self, days: Sequence[int], off: Doubles | None = None) -> Doubles:
        """T 10 H W: the ground on days of the year, without noise and weather.

        The 20 m bands are repeated over 2 x 2 pixels (nearest), as the data set's are to our
        knowledge.

        Args:
            days: T.
            off: T 2, by how many pixels to the east and north the ground appears off its place;
                for footprints that are sampled finely, and only for them.
        """
        spectra, contrasts = reflectance(self.place.surfaces, days)
        sharp = np.array([band in FINE_BANDS for band in SENTINEL2_BANDS])
        narrow = self.fine.reflectance(spectra[..., sharp], contrasts[..., sharp])
        wide = self.coarse.reflectance(spectra[..., ~sharp], contrasts[..., ~sharp])
        if off is not None:
            narrow = displaced(narrow, off, _HALF * _own_spread("B2"))
            wide = displaced(wide, off / 2, _HALF * _own_spread("B5"))
        rows, cols = narrow.shape[2:]
        seen = np.empty((len(days), len(SENTINEL2_BANDS), rows, cols))
        seen[:, sharp] = narrow
        seen[:, ~sharp] = wide.repeat(2, axis=2).repeat(2, axis=3)[..., :rows, :cols]
        return seen


def optics_of(
    place: Landscape,
    key: int,
    tiles: Sequence[Landscape] = (),
    pixel: float = SERIES_GSD,
    finely: bool = False,
) -> Optics:
    """Prepare to look at a landscape; arguments as for `record`.

    `finely`: with `FINER` samples along a pixel, by half of the point spread's variance; the other
    half is for `geolocation.displaced` to add.
    """
    gsd = gsd_of(place)
    rows, cols = (round(len(axis) * gsd / pixel - 0.01) for axis in (place.y, place.x))
    corner = float(place.x[0]) - gsd / 2, float(place.y[0]) - gsd / 2
    ground = _ground(place, key, tiles)
    finer, share = (FINER, _HALF) if finely else (1, 1.0)

    def seen(size: tuple[int, int], own: float, band: str) -> Footprints:
        spread = share * own * _own_spread(band)
        samples = finer * size[0], finer * size[1]
        return footprints(ground, len(place.surfaces), corner, samples, own / finer, spread)

    fine = seen((rows, cols), pixel, "B2")
    coarse = seen((-(-rows // 2), -(-cols // 2)), 2.0 * pixel, "B5")
    return Optics(place, corner, fine, coarse)


def _own_spread(band: str) -> float:
    """Deviation of a band's point spread, in its own pixels."""
    return point_spread(band) / (1.0 if band in FINE_BANDS else 2.0)


def _ground(place: Landscape, key: int, tiles: Sequence[Landscape]) -> Mixture:
    """Cells of the place, those of the tiles instead where there are tiles."""
    around = mixture(place, max(1, round(_FAR_CELL / gsd_of(place))), key)
    for tile in tiles:
        half = gsd_of(tile) / 2
        box = tile.x[0] - half, tile.y[0] - half, tile.x[-1] + half, tile.y[-1] + half
        around = around.outside(box)
    return joined([around, *(mixture(tile, TRUTH_FACTOR, key) for tile in tiles)])


def _mixed(ground: Doubles, material: str, share: NDArray[np.floating]) -> Doubles:
    """10 H W, partly covered by a material."""
    mixed: Doubles = ground * (1.0 - share) + MATERIALS[material][:, None, None] * share
    return mixed


def _through(sky: Sky, ground: Doubles) -> Doubles:
    return _mixed(ground * (1.0 - _SHADED * sky.shadow), "cloud", sky.cloud)


def _measured(seen: Doubles, sky: Sky, generator: np.random.Generator) -> NDArray[np.uint16]:
    """What correction leaves of the atmosphere, noise of the detector, digital numbers.

    The noise is that of a signal-to-noise ratio of about 170 at a reflectance of 0.2, which is
    near the instrument's at its reference radiances.
    """
    gain = generator.normal(1.0, 0.015, (len(SENTINEL2_BANDS), 1, 1))
    haze = sky.haze * _HAZE_SPECTRUM[:, None, None]
    noise = np.hypot(0.0008, 0.0045 * seen) * generator.normal(0.0, 1.0, seen.shape)
    numbers = np.round((seen * gain + haze + noise) * DIGITAL_NUMBERS_PER_REFLECTANCE)
    if sky.date >= _OFFSET_SINCE:
        numbers += OFFSET_SINCE_BASELINE_0400
    # 0 would mean "no data".
    return np.clip(numbers, 1, 65535).astype(np.uint16)


def _probabilities(
    snow: NDArray[np.floating],
    cloud: Floats,
    bright: NDArray[np.floating],
    generator: np.random.Generator,
) -> Bytes:
    """2 H W, percent: what a mask algorithm makes of it, with its usual errors.

    Thin cloud is missed, bright roofs and quarries are taken for cloud on some dates, single
    pixels at random; shadows are nobody's business.
    """
    # One date's algorithm is more, another's less suspicious.
    threshold = 0.08 + generator.normal(0.0, 0.03)
    doubt = generator.normal(0.0, 0.05, cloud.shape)
    seen = np.clip((cloud + doubt - threshold) / 0.45, 0.0, 1.0) * (cloud > _CLEAR)
    suspicion = generator.uniform(0.0, 0.7) * (generator.random() < 0.5)
    false_alarm = (generator.random(cloud.shape) < 0.004) * generator.uniform(0.02, 0.3)
    clouds = np.maximum(np.maximum(seen, false_alarm), suspicion * bright)
    return np.round(100.0 * np.stack([np.clip(1.2 * snow, 0.0, 1.0), clouds])).astype(np.uint8)


def _product_name(date: dt.date) -> str:
    """A SAFE name with the processing baseline of its day."""
    satellite = "AB"[date.toordinal() // 5 % 2]
    baseline = next(name for end, name in _BASELINES if date < end)
    day = f"{date:%Y%m%d}"
    return f"S2{satellite}_MSIL2A_{day}T105031_{baseline}_R051_T31TDM_{day}T134629.SAFE"
