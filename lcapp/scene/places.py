"""Scenes by their place, in a collection of any kind."""

import math

from lcapp.errors import SceneError
from lcapp.scene.collection import Collection
from lcapp.scene.coordinates import WGS84, converted, distance, inside

_FAR = 1_000_000.0
"""Metres: beyond them longitude and latitude are more likely swapped than meant."""


def scenes_at(collection: Collection, x: float, y: float, crs: str = WGS84) -> tuple[str, ...]:
    """The ids of the scenes that hold a point, at least one.

    Where the reader knows no better way, the header of each scene is opened, once.

    Args:
        collection: The collection.
        x: Longitude in degrees, or easting where the CRS counts in metres.
        y: Latitude, or northing.
        crs: Of x and y.

    Raises:
        SceneError: No scene holds it, with the nearest one or the nearest region of interest; a
            CRS that is not known, or a place that is none in it.
    """
    told = collection.reader.scenes_at(x, y, crs)
    apart = {} if told is not None else _distances(collection, x, y, crs)
    found = tuple(told or [one for one, metres in apart.items() if metres is None])
    if found:
        return found
    if told is not None:
        nearest, metres = collection.reader.nearest(x, y, crs)
    else:
        metres, nearest = min((metres or 0.0, one) for one, metres in apart.items())
    away = f"{metres / 1000:,.1f} km" if metres >= 1000 else f"{math.ceil(metres)} m"
    swapped = "; longitude comes first" if crs == WGS84 and metres > _FAR else ""
    raise SceneError(
        f"has no scene at {x:.9g}, {y:.9g} ({crs})",
        where=collection.source,
        advice=f"the nearest is {nearest}, {away} away{swapped}"
        if metres
        else f"it lies in a gap of {nearest}",
    )


def _distances(collection: Collection, x: float, y: float, crs: str) -> dict[str, float | None]:
    """Scene to its metres from a point, None where it holds it; what is unreadable is left out."""
    there: dict[str, tuple[float, float]] = {}
    found: dict[str, float | None] = {}
    for one in collection.ids:
        try:
            grid = collection.header(one).grid
        except SceneError:  # a broken scene does not hide the others
            continue
        if grid.crs not in there:
            there[grid.crs] = converted(x, y, crs, grid.crs)
        at = there[grid.crs]
        found[one] = None if inside(grid.bounds, *at) else distance(grid.bounds, *at)
    if not found:
        raise SceneError("has no scene whose place can be read", where=collection.source)
    return found
