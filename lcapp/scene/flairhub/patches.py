"""FLAIR-HUB patches with all their modalities: by id, by place, by region of interest."""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import PurePath

from lcapp.errors import SceneError
from lcapp.scene.collection import Collection
from lcapp.scene.coordinates import converted
from lcapp.scene.flairhub.geopackage import patch_key
from lcapp.scene.flairhub.reader import Bounds, FlairHub, key_of
from lcapp.types import Grid
from lcapp.types.patch import Patch

LAMBERT93 = "EPSG:2154"
"""The CRS of the data set."""


def patch(collection: Collection, scene_id: str, modalities: Sequence[str] | None = None) -> Patch:
    """Read one patch.

    Args:
        collection: A FLAIR-HUB collection.
        scene_id: One of its ids, or any other spelling that `find_patch` knows.
        modalities: What to read, by FLAIR-HUB's names; what is missing is an error then. None:
            whatever there is. SENTINEL2_TS brings its masks along.

    Raises:
        SceneError: No FLAIR-HUB collection; unknown patch; a file that is missing, truncated or
            mis-shaped, with its modality; a series without dates, or with another number of them.
    """
    read = _reader(collection).patch(find_patch(collection, scene_id), modalities)
    return replace(read, simulated=collection.simulated)


def find_patch(collection: Collection, name: str) -> str:
    """The id of a patch.

    Args:
        collection: A FLAIR-HUB collection.
        name: Its id, the `patch_id` of a metadata table with or without the modality, or the name
            of one of its files: `D012-2019/AF-S1-27/5-10`, `D012-2019_AF-S1-27_5-10`,
            `D012-2019_SPOT_RGBI_AF-S1-27_5-10.tif`.

    Raises:
        SceneError: No such patch.
    """
    _reader(collection)
    if name in collection.ids:
        return name
    last = PurePath(name).name.removesuffix(".tif")
    # A file's name says all; of an id with slashes the last part is the position alone.
    found = patch_key(last if "_" in last else name.replace("/", "_")).replace("_", "/")
    collection.check(found)
    return found


def patches_at(collection: Collection, x: float, y: float, crs: str = LAMBERT93) -> tuple[str, ...]:
    """The ids of the patches that hold a point; several where a place was seen in two years.

    Asks the table GLOBAL_ALL_MTD_GEOM where there is one; else looks at the outermost patches of
    each ROI, once, and then at the patches of those ROIs that hold the point.

    Args:
        collection: A FLAIR-HUB collection.
        x: Easting, or longitude where the CRS counts in degrees.
        y: Northing, or latitude.
        crs: Of x and y, for instance `EPSG:4326` for a click on a map.

    Raises:
        SceneError: A CRS that is not known, or a place that is none in it.
    """
    reader = _reader(collection)
    east, north = converted(x, y, crs, LAMBERT93)
    told = reader.metadata.patches_at(east, north)
    if told is not None:
        keys = frozenset(told)
        return tuple(one for one in collection.ids if key_of(one) in keys)
    return tuple(
        one
        for roi, members in rois(collection).items()
        if holds(_extent(reader, roi, members), east, north)
        for one in members
        if holds(reader.grid(one).bounds, east, north)
    )


def nearest_roi(
    collection: Collection, x: float, y: float, crs: str = LAMBERT93
) -> tuple[str, float]:
    """The region of interest next to a point, and the metres between them.

    Asks the table GLOBAL_ALL_MTD_GEOM where there is one; else looks at the outermost patches of
    each ROI.

    Args:
        collection: A FLAIR-HUB collection.
        x: Easting, or longitude where the CRS counts in degrees.
        y: Northing, or latitude.
        crs: Of x and y.

    Returns:
        `DOMAIN/ROI`, and the distance from the point to the nearest edge; 0 inside.

    Raises:
        SceneError: A CRS that is not known, or a place that is none in it.
    """
    reader = _reader(collection)
    east, north = converted(x, y, crs, LAMBERT93)
    told = reader.metadata.distances(east, north) or {}
    metres = {
        roi: min((told[key_of(one)] for one in members if key_of(one) in told), default=math.inf)
        for roi, members in rois(collection).items()
    }
    if min(metres.values()) == math.inf:  # no table, or one of other patches
        metres = {
            roi: distance(_extent(reader, roi, members), east, north)
            for roi, members in rois(collection).items()
        }
    nearest = min(metres, key=metres.__getitem__)
    return nearest, metres[nearest]


def footprints(collection: Collection, roi: str) -> dict[str, Grid]:
    """Where the patches of a region of interest lie; only headers are read.

    A patch whose files cannot be used is left out: reading it says what is wrong with it.

    Args:
        collection: A FLAIR-HUB collection.
        roi: `DOMAIN/ROI`, one of `rois`.
    """
    reader = _reader(collection)
    found: dict[str, Grid] = {}
    for one in rois(collection)[roi]:
        with suppress(SceneError):
            found[one] = reader.grid(one)
    return found


def rois(collection: Collection) -> dict[str, tuple[str, ...]]:
    """`DOMAIN/ROI` to its patches, by row and column."""
    _reader(collection)
    found: dict[str, list[str]] = {}
    for scene_id in collection.ids:
        found.setdefault(scene_id.rpartition("/")[0], []).append(scene_id)
    return {roi: tuple(members) for roi, members in found.items()}


def _reader(collection: Collection) -> FlairHub:
    if not isinstance(collection.reader, FlairHub):
        raise SceneError(
            f"holds {collection.kind} scenes, not patches with many modalities",
            where=collection.path,
            expected="a FLAIR-HUB folder",
        )
    return collection.reader


def _extent(reader: FlairHub, roi: str, members: tuple[str, ...]) -> Bounds:
    """The box around an ROI, from its outermost rows and columns, whichever way they count."""
    if roi not in reader.extents:
        position = {one: tuple(map(int, one.rpartition("/")[2].split("-"))) for one in members}
        by_row = sorted(members, key=lambda one: position[one][0])
        by_col = sorted(members, key=lambda one: position[one][1])
        outermost = {by_row[0], by_row[-1], by_col[0], by_col[-1]}
        bounds = [reader.grid(one).bounds for one in outermost]
        wests, souths, easts, norths = zip(*bounds, strict=True)
        reader.extents[roi] = (min(wests), min(souths), max(easts), max(norths))
    return reader.extents[roi]


def holds(bounds: Bounds, east: float, north: float) -> bool:
    """A point lies in a box; on an edge that two boxes share it lies in one of them only."""
    west, south, right, top = bounds
    return west <= east < right and south < north <= top


def distance(bounds: Bounds, east: float, north: float) -> float:
    """From a point to the nearest edge of a box, 0 inside; in the unit of both."""
    west, south, right, top = bounds
    return math.hypot(max(west - east, 0.0, east - right), max(south - north, 0.0, north - top))
