"""What is asked for: a place in degrees, how much around it, of which year, from whom.

As text, which is a source of scenes: `place:LON,LAT`, and after it `size=METRES`, `year=YEAR`,
`flight=YEAR`, `bands=all`, `dates=N` and at last `services=FILE`, with commas between.
"""

import datetime as dt
import math
import os
from dataclasses import dataclass, replace
from typing import Any

from affine import Affine

from lcapp.errors import SceneError
from lcapp.scene.coordinates import WGS84, converted, utm
from lcapp.scene.services.declared import (
    AerialService,
    SeriesService,
    Services,
    covering,
    read_services,
)
from lcapp.sensors import AERIAL_GSD, COMMON_BANDS, PATCH_METRES, SENTINEL2_BANDS, SERIES_GSD
from lcapp.types import Grid

SOURCE = "place:"
LOOKS = "place:LON,LAT in degrees, such as place:6.12,48.69"

SMALLEST, LARGEST = 51.2, 2048.0
"""Metres: a model needs something to see, and services are for everybody."""

_STEP = 1.6
"""Metres: sides are whole pixels of the super-resolved series."""

MARGIN_METRES = 160.0
"""Of the series beyond the aerial image: its context (`series.MARGIN`)."""

_LATTICE = 20.0
"""Metres: the series begins where pixels of its 20 m bands do, which are repeated two by two."""

_BYTES_PER_PIXEL = {"image/png": 1.8, "image/jpeg": 0.35}
"""Of a layer of three channels."""

_BYTES_PER_DATE = 250_000
"""Of the masks of one date, and what is asked to find them."""

_DATES = 70
"""Acquisitions of a year."""


@dataclass(frozen=True)
class Place:
    """A place and what is wanted of it.

    Attributes:
        lon: Longitude of its centre, degrees.
        lat: Latitude.
        aerial: Who gives the aerial image.
        series: Who gives the series.
        size: Side of the aerial image, metres.
        year: Of the series; None: the year of the flight.
        flight: Year of the aerial image; None: the current mosaic.
        all_bands: All ten of the series, not only the four that aerial images have too.
        dates: Clear dates of a month, at most.
    """

    lon: float
    lat: float
    aerial: AerialService
    series: SeriesService
    size: float = PATCH_METRES
    year: int | None = None
    flight: int | None = None
    all_bands: bool = False
    dates: int = 2

    @property
    def id(self) -> str:
        """Of its scene; a name that a file can have."""
        return f"place_{self.lon:.5f}_{self.lat:.5f}"

    @property
    def bands(self) -> tuple[str, ...]:
        """Of the series, in their usual order."""
        wanted = SENTINEL2_BANDS if self.all_bands else tuple(COMMON_BANDS.values())
        return tuple(band for band in wanted if band in dict(self.series.assets))

    @property
    def grid(self) -> Grid:
        """Of the aerial image: in the UTM zone of the place, where the series' own pixels lie."""
        crs = utm(WGS84, self.lon, self.lat)
        east, north = converted(self.lon, self.lat, WGS84, crs)
        pixels = round(self.size / AERIAL_GSD)
        west = round((east - self.size / 2) / AERIAL_GSD)
        top = round((north + self.size / 2) / AERIAL_GSD)
        at = Affine(AERIAL_GSD, 0.0, west / 5, 0.0, -AERIAL_GSD, top / 5)
        return Grid(crs, at, pixels, pixels)

    @property
    def series_grid(self) -> Grid:
        """Of the series: 10 m, around the aerial image, on the pixels of the satellite."""
        return series_grid(self.grid)

    def expected_bytes(self, *, aerial: bool = True, series: bool = True) -> int:
        """What fetching it will take, roughly; nothing is asked for it."""
        pixels = self.grid.width**2
        image = len(self.aerial.layers) * pixels * _BYTES_PER_PIXEL[self.aerial.format]
        wide = 1 + int(self.size > 1000)  # windows that lie in several blocks
        months = 12 * self.dates * len(self.bands) * self.series.block_bytes * wide
        return round(aerial * image + series * (months + _DATES * _BYTES_PER_DATE))

    @property
    def text(self) -> str:
        """The source that means it, but for its services."""
        told = [f"{SOURCE}{self.lon:.9g},{self.lat:.9g}"]
        usual = {one: getattr(Place, one) for one in ("size", "year", "flight", "dates")}
        told += [f"{k}={getattr(self, k):g}" for k, v in usual.items() if getattr(self, k) != v]
        return ",".join([*told, *(["bands=all"] if self.all_bands else [])])


def series_grid(aerial: Grid) -> Grid:
    """The grid of 10 m around an aerial image in UTM, with the context that networks see."""
    west, south, east, north = aerial.bounds
    left = math.floor((west - MARGIN_METRES) / _LATTICE) * _LATTICE
    top = math.ceil((north + MARGIN_METRES) / _LATTICE) * _LATTICE
    width = math.ceil((east + MARGIN_METRES - left) / _LATTICE) * _LATTICE
    height = math.ceil((top - south + MARGIN_METRES) / _LATTICE) * _LATTICE
    at = Affine(SERIES_GSD, 0.0, left, 0.0, -SERIES_GSD, top)
    return Grid(aerial.crs, at, round(height / SERIES_GSD), round(width / SERIES_GSD))


def parse_place(source: str) -> Place | None:
    """The place that a source means; None for a source of another kind.

    Raises:
        SceneError: Coordinates in the wrong order or in metres, a size beyond the limits, a year
            without images, a word that is not known, a place that no service covers, a list of
            services with a mistake.
    """
    if not source.startswith(SOURCE):
        return None
    words, _, own = source.removeprefix(SOURCE).partition(",services=")
    parts = [part.strip() for part in words.split(",")]
    numbers, said = parts[:2], dict(part.partition("=")[::2] for part in parts[2:])
    try:
        lon, lat = map(float, numbers)
    except ValueError:
        raise SceneError("names no place", where=source, expected=LOOKS) from None
    if unknown := said.keys() - {"size", "year", "flight", "bands", "dates"}:
        raise SceneError(
            f"says {', '.join(sorted(unknown))!r}",
            where=source,
            expected="size=, year=, flight=, bands=, dates= and at last services=",
        )
    services = read_services(own or services_file())
    place = _covered(lon, lat, services, source)
    bands = said.get("bands", "four")
    if bands not in ("four", "all"):
        raise SceneError(f"bands is {bands!r}", where=source, expected="four or all")
    this_year = dt.date.today().year
    size = _number(said, "size", SMALLEST, LARGEST, Place.size, source)
    size = round(size / _STEP) * _STEP
    first = place.series.first_year
    year = _number(said, "year", first, this_year, None, source)
    flight = _number(said, "flight", 1950, this_year, None, source)
    return replace(
        place,
        size=size,
        year=None if year is None else int(year),
        flight=None if flight is None else int(flight),
        all_bands=bands == "all",
        dates=int(_number(said, "dates", 1, 31, Place.dates, source)),
    )


def services_file() -> str | None:
    """The list of services of one's own, where one is named."""
    return os.environ.get("LCAPP_SERVICES")


def _number(
    said: dict[str, str], name: str, low: float, high: float, default: Any, source: str
) -> Any:
    text = said.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    unit = " metres" if name == "size" else ""
    if not low <= value <= high or (name != "size" and value % 1):
        raise SceneError(f"{name} is {text!r}", where=source, expected=f"{low:g} to {high:g}{unit}")
    return value


def _covered(lon: float, lat: float, services: Services, source: str) -> Place:
    """The place with its services; what is wrong with its coordinates is said."""
    aerial = series = None
    on_earth = abs(lon) <= 180 and abs(lat) <= 90
    if on_earth:
        aerial, series = covering(services.aerial, lon, lat), covering(services.series, lon, lat)
    if aerial is not None and series is not None:
        return Place(lon, lat, aerial, series)
    swapped = abs(lon) <= 90 and covering(services.aerial, lat, lon)
    advice = f"longitude comes first: {SOURCE}{lat:g},{lon:g}" if swapped else None
    if not on_earth:
        advice = _in_metres(lon, lat, services) or advice
        raise SceneError("is no place on the Earth", where=source, expected=LOOKS, advice=advice)
    what = "the aerial images" if aerial is None else "the series"
    names = [one.name for one in (services.aerial if aerial is None else services.series)]
    raise SceneError(
        f"lies outside of {what} of every declared service ({', '.join(names)})",
        where=source,
        advice=advice or "declare one that covers it, in a file that LCAPP_SERVICES names",
    )


def _in_metres(x: float, y: float, services: Services) -> str | None:
    """What to write in place of metres of a CRS that a service has."""
    for service in services.aerial:
        for crs in service.crs:
            try:
                lon, lat = converted(x, y, crs, WGS84)
            except SceneError:
                continue
            if covering([service], lon, lat):
                return f"these look like metres of {crs}: {SOURCE}{lon:.5f},{lat:.5f}"
    return "write degrees, not metres"
