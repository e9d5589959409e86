"""A place given in one coordinate reference system, told in another; its way to a box."""

import math

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


def inside(bounds: Bounds, east: float, north: float) -> bool:
    """A point lies in a box; on an edge that two boxes share it lies in one of them only."""
    west, south, right, top = bounds
    return west <= east < right and south < north <= top


def distance(bounds: Bounds, east: float, north: float) -> float:
    """From a point to the nearest edge of a box, 0 inside; in the unit of both."""
    west, south, right, top = bounds
    return math.hypot(max(west - east, 0.0, east - right), max(south - north, 0.0, north - top))
