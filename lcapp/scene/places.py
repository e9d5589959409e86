"""Scenes by their place, in a collection of any kind."""

import math

from lcapp.errors import SceneError
from lcapp.scene.collection import Collection
from lcapp.scene.coordinates import WGS84, converted
from lcapp.scene.flairhub.patches import distance, holds, nearest_roi, patches_at
from lcapp.scene.flairhub.reader import FlairHub

_FAR = 1_000_000.0
"""Metres: beyond them longitude and latitude are more likely swapped than meant."""


def scenes_at(collection: Collection, x: float, y: float, crs: str = WGS84) -> tuple[str, ...]:
    """The ids of the scenes that hold a point, at least one.

    FLAIR-HUB is asked as `patches_at` says; of any other collection the header of each aerial
    image is opened, once.

    Args:
        collection: The collection.
        x: Longitude in degrees, or easting where the CRS counts in metres.
        y: Latitude, or northing.
        crs: Of x and y.

    Raises:
        SceneError: No scene holds it, with the nearest one or the nearest region of interest; a
            CRS that is not known, or a place that is none in it.
    """
    if isinstance(collection.reader, FlairHub):
        found = patches_at(collection, x, y, crs)
        if not found:
            roi, metres = nearest_roi(collection, x, y, crs)
            raise _nothing(collection, "patch", x, y, crs, f"the region of interest {roi}", metres)
        return found
    metres_of = _distances(collection, x, y, crs)
    found = tuple(one for one, metres in metres_of.items() if metres is None)
    if found:
        return found
    apart = {one: metres for one, metres in metres_of.items() if metres is not None}
    if not apart:
        raise SceneError("has no scene whose place can be read", where=collection.path)
    nearest = min(apart, key=apart.__getitem__)
    raise _nothing(collection, "scene", x, y, crs, nearest, apart[nearest])


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
        found[one] = None if holds(grid.bounds, *at) else distance(grid.bounds, *at)
    return found


def _nothing(
    collection: Collection, kind: str, x: float, y: float, crs: str, nearest: str, metres: float
) -> SceneError:
    apart = f"{metres / 1000:,.1f} km" if metres >= 1000 else f"{math.ceil(metres)} m"
    swapped = "; longitude comes first" if crs == WGS84 and metres > _FAR else ""
    return SceneError(
        f"has no {kind} at {x:.9g}, {y:.9g} ({crs})",
        where=collection.path,
        advice=f"the nearest is {nearest}, {apart} away{swapped}"
        if metres
        else f"it lies in a gap of {nearest}",
    )
