"""Places and their coordinate reference systems: told in another, compared, measured on the ground.

Two systems are the same where they give the same coordinates, however they are written.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.warp import transform

from lcapp.errors import SceneError

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

WGS84 = "EPSG:4326"
"""Longitude and latitude in degrees."""

_AROUND_THE_EARTH = 4e7
"""Metres: no map coordinate is larger."""


def converted(x: float, y: float, source: str, target: str) -> tuple[float, float]:
    """Coordinates in another CRS.

    Args:
        x: Easting, or longitude where `source` counts in degrees.
        y: Northing, or latitude.
        source: CRS of x and y: `EPSG:n`, or whatever else rasterio understands.
        target: CRS of the answer.

    Returns:
        Easting and northing, or longitude and latitude.

    Raises:
        SceneError: A CRS that is not known, or a place that is none in it.
    """
    try:
        degrees = CRS.from_user_input(source).is_geographic
    except (CRSError, ValueError) as error:
        raise SceneError(
            f"{source!r} is no known CRS", expected="a code such as EPSG:2154 or EPSG:4326"
        ) from error
    where, expected = f"{x:g}, {y:g} ({source})", f"a place in {source}"
    if degrees and not (abs(x) <= 180.0 and abs(y) <= 90.0):
        raise SceneError(
            "is no place on the Earth",
            where=where,
            expected="a longitude of -180 to 180 and a latitude of -90 to 90 degrees",
            advice="longitude comes first",
        )
    try:
        (east,), (north,) = transform(source, target, [x], [y])
    # What PROJ refuses reaches Python as GDAL's own error, which has no public name.
    except (CPLE_BaseError, CRSError) as error:
        raise SceneError(
            "cannot be placed", where=where, expected=f"a place in {source}"
        ) from error
    if not (abs(east) <= _AROUND_THE_EARTH and abs(north) <= _AROUND_THE_EARTH):  # nor NaN
        raise SceneError("cannot be placed", where=where, expected=expected)
    return float(east), float(north)


_SAME_METRES = 0.01
"""Coordinates that differ by no more are those of one system: RGF93 v1 and v2, or EPSG and IGNF."""

_HALF_STEP = 50.0
"""Metres of the map on each side, over which its scale is measured."""

_EQUATOR, _FLATTENING = 6_378_137.0, 1 / 298.257_223_563
"""Radius in metres and flattening of WGS 84."""


def is_same_crs(one: str, other: str, bounds: Bounds) -> bool:
    """Two CRSs mean the same: at the corners of a box they give the same coordinates.

    Vertical parts count for nothing.

    Args:
        one: CRS of the box.
        other: The other.
        bounds: Of a place.
    """
    if one == other:
        return True
    west, south, east, north = bounds
    xs, ys = [west, east, west, east], [south, south, north, north]
    try:
        there = transform(one, other, xs, ys)
    except (CPLE_BaseError, CRSError):
        return False
    moved = (
        abs(a - b)
        for own, seen in zip((xs, ys), there[:2], strict=True)
        for a, b in zip(own, seen, strict=True)
    )
    return all(metres <= _SAME_METRES for metres in moved)  # nor NaN


def crs_text(crs: str) -> str:
    """A CRS as a person reads it and gdalwarp takes it: its code, else its PROJ text in quotes."""
    if crs.startswith("EPSG:"):
        return crs
    try:
        known = CRS.from_user_input(crs)
        code = known.to_authority()
        return ":".join(code) if code else f"'{known.to_proj4().strip()}'"
    except CRSError:
        return crs


def ground_scale(crs: str, x: float, y: float) -> tuple[float, float, float] | None:
    """What a metre of the map is on the ground at a place.

    Args:
        crs: A projected CRS.
        x: Easting.
        y: Northing.

    Returns:
        Metres on the ellipsoid of a metre eastwards and of one northwards, and square metres of a
        square metre; None where the place is none in the CRS.
    """
    # It changes by a thousandth in 10 km at most; the scenes of a region ask once.
    return _scale_at(crs, round(x, -4), round(y, -4))


@lru_cache(maxsize=1024)
def _scale_at(crs: str, x: float, y: float) -> tuple[float, float, float] | None:
    half = _HALF_STEP
    xs, ys = [x - half, x + half, x, x], [y, y, y - half, y + half]
    try:
        east, north = transform(crs, WGS84, xs, ys)[:2]
    except (CPLE_BaseError, CRSError):
        return None
    if not all(map(math.isfinite, (*east, *north))):
        return None
    row = _ground(east[:2], north[:2])
    col = _ground(east[2:], north[2:])
    whole = 2 * half
    area = abs(row[0] * col[1] - row[1] * col[0])
    return math.hypot(*row) / whole, math.hypot(*col) / whole, area / whole**2


def _ground(lon: Sequence[float], lat: Sequence[float]) -> tuple[float, float]:
    """Metres eastwards and northwards between two points near each other, in degrees."""
    at = math.radians(sum(lat) / 2)
    squared = _FLATTENING * (2 - _FLATTENING)
    bulge = 1 - squared * math.sin(at) ** 2
    across = _EQUATOR / math.sqrt(bulge) * math.cos(at)
    along = _EQUATOR * (1 - squared) / bulge**1.5
    turn = math.remainder(lon[1] - lon[0], 360.0)
    return across * math.radians(turn), along * math.radians(lat[1] - lat[0])


def utm(crs: str, x: float, y: float) -> str:
    """The UTM zone of a place (`EPSG:326nn` or `327nn`); `EPSG:n` where it is no place."""
    try:
        (lon,), (lat,) = transform(crs, WGS84, [x], [y])[:2]
    except (CPLE_BaseError, CRSError):
        return "EPSG:n"
    if not (abs(lon) <= 180.0 and abs(lat) <= 84.0):
        return "EPSG:n"
    zone = min(int((lon + 180) // 6) + 1, 60)
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def inside(bounds: Bounds, east: float, north: float) -> bool:
    """A point lies in a box; on an edge that two boxes share it lies in one of them only."""
    west, south, right, top = bounds
    return west <= east < right and south < north <= top


def distance(bounds: Bounds, east: float, north: float) -> float:
    """From a point to the nearest edge of a box, 0 inside; in the unit of both."""
    west, south, right, top = bounds
    return math.hypot(max(west - east, 0.0, east - right), max(south - north, 0.0, north - top))
