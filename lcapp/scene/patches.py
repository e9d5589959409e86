"""FLAIR-HUB patches with all their modalities: by id, by place, by region of interest."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from rasterio.errors import CRSError
from rasterio.warp import transform

from lcapp.errors import SceneError
from lcapp.scene.collection import Collection
from lcapp.scene.flairhub import Bounds, FlairHub, key_of
from lcapp.scene.geopackage import patch_key
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
    found = patch_key(PurePath(name).name.removesuffix(".tif")).replace("_", "/")
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
        SceneError: A CRS that is not known.
    """
    reader = _reader(collection)
    try:
        (east,), (north,) = transform(crs, LAMBERT93, [x], [y])
    except (CRSError, ValueError) as error:
        raise SceneError(
            f"{crs!r} is no known CRS", expected="a code such as EPSG:2154 or EPSG:4326"
        ) from error
    told = reader.metadata.patches_at(east, north)
    if told is not None:
        keys = frozenset(told)
        return tuple(one for one in collection.ids if key_of(one) in keys)
    return tuple(
        one
        for roi, members in rois(collection).items()
        if _holds(_extent(reader, roi, members), east, north)
        for one in members
        if _holds(reader.grid(one).bounds, east, north)
    )


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


def _holds(bounds: Bounds, east: float, north: float) -> bool:
    west, south, right, top = bounds
    return west <= east < right and south < north <= top
