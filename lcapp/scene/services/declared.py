"""Services as data: where they are asked, what they hold, under which licence.

Shipped ones lie in `services.toml`; a file of the same form, named by `LCAPP_SERVICES` or by the
source itself, goes before them.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from rasterio.crs import CRS
from rasterio.errors import CRSError

from lcapp.errors import BundleError, SceneError
from lcapp.limits import path_of, read_text
from lcapp.record import from_json, setting
from lcapp.sensors import AERIAL_GSD, SENTINEL2_BANDS, SPECTRAL_AERIAL_BANDS

SHIPPED = Path(__file__).with_name("services.toml")

MASKS = ("scl", "cloud", "snow")
"""Scene classification, and probabilities in per cent, as assets are named beside bands."""


@dataclass(frozen=True)
class Layer:
    """A layer of a WMS.

    Attributes:
        name: Of the current mosaic.
        bands: What its channels are, in their order.
        of_year: Name of the layer of one year, with `{year}` in it; "" where there is none.
    """

    name: str
    bands: tuple[str, ...]
    of_year: str = setting("", later=True)

    def __post_init__(self) -> None:
        if not self.bands or set(self.bands) - set(SPECTRAL_AERIAL_BANDS):
            raise ValueError(f"bands of {self.name}: {', '.join(SPECTRAL_AERIAL_BANDS)} are known")
        if self.of_year and "{year}" not in self.of_year:
            raise ValueError(f"of_year of {self.name} holds no {{year}}")


@dataclass(frozen=True)
class Flights:
    """A WFS that knows when each part of a mosaic was flown.

    Attributes:
        address: Of the WFS.
        layer: Type of its features.
        field: The property that holds the day.
    """

    address: str
    layer: str
    field: str

    def __post_init__(self) -> None:
        host_of(self.address)


@dataclass(frozen=True)
class AerialService:
    """A WMS of aerial images.

    Attributes:
        name: For people.
        address: Of the WMS.
        layers: Which together give red, green, blue and, where there is, near infrared.
        crs: In which it answers; the first is its own.
        extents: West, south, east, north in degrees of each part of the Earth that it covers.
        licence: Of the images.
        credit: To be named wherever they are shown.
        gsd: Metres of a pixel.
        format: A lossless one, where there is one.
        largest: Rows and columns of one answer, at most.
        flights: Who knows the days of flight.
        background: Address of tiles of a map to choose places on, in Web Mercator, with {z}, {x}
            and {y} in it; a browser asks for them where its reader wants that.
    """

    name: str
    address: str
    layers: tuple[Layer, ...]
    crs: tuple[str, ...]
    extents: tuple[tuple[float, ...], ...]
    licence: str
    credit: str
    gsd: float = setting(AERIAL_GSD, low=0.9 * AERIAL_GSD, high=1.1 * AERIAL_GSD, later=True)
    format: str = setting("image/png", choices=("image/png", "image/jpeg"), later=True)
    largest: int = setting(1024, low=64, high=4096, later=True)
    flights: Flights | None = setting(None, later=True)
    background: str = setting("", later=True)

    def __post_init__(self) -> None:
        host_of(self.address)
        if self.background:
            host_of(self.background)
            if lacks := [one for one in ("{z}", "{x}", "{y}") if one not in self.background]:
                raise ValueError(f"background holds no {', '.join(lacks)}")
        _check_extents(self.extents)
        given = {band for layer in self.layers for band in layer.bands}
        if missing := set(SPECTRAL_AERIAL_BANDS[:3]) - given:
            raise ValueError(f"no layer gives {', '.join(sorted(missing))}")
        for crs in self.crs:
            try:
                known = CRS.from_user_input(crs).is_projected
            except CRSError:
                known = False
            if not known:
                raise ValueError(f"{crs!r} is no known CRS in metres")
        if not self.crs:
            raise ValueError("crs is empty")

    @property
    def bands(self) -> tuple[str, ...]:
        """What its layers give together, in the order of networks."""
        given = {band for layer in self.layers for band in layer.bands}
        return tuple(band for band in SPECTRAL_AERIAL_BANDS if band in given)

    @property
    def hosts(self) -> frozenset[str]:
        """Which are asked."""
        others = () if self.flights is None else (self.flights.address,)
        return frozenset(map(host_of, (self.address, *others)))


@dataclass(frozen=True)
class SeriesService:
    """A STAC API of Sentinel-2 Level-2A.

    Attributes:
        name: For people.
        address: Of the API.
        collection: In it.
        hosts: Where its files lie.
        assets: Band of Sentinel-2, or one of `MASKS`, to the asset of an item.
        licence: Of the images.
        credit: To be named wherever they are shown.
        extents: As of aerial images.
        first_year: With images.
        block_bytes: What a window of one band of one date costs, about.
    """

    name: str
    address: str
    collection: str
    hosts: tuple[str, ...]
    assets: tuple[tuple[str, str], ...]
    licence: str
    credit: str
    extents: tuple[tuple[float, ...], ...]
    first_year: int = setting(2016, low=2015, later=True)
    block_bytes: int = setting(1_400_000, low=1, later=True)

    def __post_init__(self) -> None:
        host_of(self.address)
        _check_extents(self.extents)
        known, named = (*SENTINEL2_BANDS, *MASKS), dict(self.assets)
        if unknown := named.keys() - set(known):
            raise ValueError(f"assets: {', '.join(sorted(unknown))}; known are {', '.join(known)}")
        if missing := {"B2", "B3", "B4", "B8", "scl"} - named.keys():
            raise ValueError(f"assets: {', '.join(sorted(missing))} must be there")


@dataclass(frozen=True)
class Services:
    """All that are declared, those that go first in front."""

    aerial: tuple[AerialService, ...] = setting((), later=True)
    series: tuple[SeriesService, ...] = setting((), later=True)


Service = TypeVar("Service", AerialService, SeriesService)


def covering(services: Iterable[Service], lon: float, lat: float) -> Service | None:
    """The first service that covers a place."""
    return next((one for one in services if _covers(one.extents, lon, lat)), None)


def read_services(path: str | Path | None = None) -> Services:
    """The shipped services, after those of a file of one's own.

    Args:
        path: The file; None for none.

    Raises:
        SceneError: It is none; says which line of data is wrong.
    """
    shipped = _read(SHIPPED)
    if not path:
        return shipped
    own = _read(path_of(path, SceneError))
    return Services(own.aerial + shipped.aerial, own.series + shipped.series)


@lru_cache(maxsize=16)
def _parsed(text: str, where: Path) -> Services:
    try:
        return from_json(Services, tomllib.loads(text), where)
    except tomllib.TOMLDecodeError as error:
        raise SceneError(
            f"is no list of services: {error}", where=where, expected=f"TOML such as {SHIPPED}"
        ) from None
    except BundleError as error:
        told = error.advice if "version" not in (error.advice or "") else None
        raise SceneError(
            error.what,
            where=where,
            expected=error.expected,
            advice=told or f"compare it with {SHIPPED}",
        ) from error


def _read(path: Path) -> Services:
    return _parsed(read_text(path, SceneError, f"a list of services such as {SHIPPED}"), path)


def host_of(address: str) -> str:
    """The host of an address, with its port (ValueError for what is no address)."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[\w.:\[\]-]+", parts.netloc):
        raise ValueError(f"{address[:200]!r} is no address, such as https://data.geopf.fr/wms-r")
    return parts.netloc


def _check_extents(extents: tuple[tuple[float, ...], ...]) -> None:
    for box in extents:
        good = len(box) == 4 and -180 <= box[0] < box[2] <= 180 and -90 <= box[1] < box[3] <= 90
        if not good:
            raise ValueError(f"{list(box)} is no extent: west, south, east, north in degrees")
    if not extents:
        raise ValueError("extents are empty")


def _covers(extents: tuple[tuple[float, ...], ...], lon: float, lat: float) -> bool:
    return any(
        west <= lon <= east and south <= lat <= north for west, south, east, north in extents
    )
