"""Where a raster lies, checked: a projected CRS in metres, north up, square pixels.

Every refusal has its own sentence, because each has another cure.
"""

import json
import math
from pathlib import Path

from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.io import DatasetReader

from lcapp.errors import SceneError
from lcapp.scene.coordinates import crs_text, ground_scale, is_same_crs, utm
from lcapp.sensors import AERIAL_GSD, SERIES_GSD
from lcapp.types import Grid

_ETRS89_UTM = 25800
"""EPSG code of ETRS89 / UTM zone n is this plus n, for the zones 28 to 38."""

_FARTHEST = 1e9
"""Beyond all coordinates of projections of the Earth, whose circumference is 4e7 m."""

_SMALLEST = 1e-9
"""Below all sizes of pixels, in degrees as well."""

_METRES_PER_DEGREE = 111_320.0
"""Along a meridian."""

_LONGER_OR_SHORTER = 0.05
"""By more a metre of the map may not differ from one on the ground: Web Mercator does by a third in
France, national projections by 0.003, UTM in the neighbouring zones by 0.02."""

TRUE_AREA = 0.01
"""Areas of the map that differ by less from those on the ground are the ones that everybody
measures."""


def named_crs(crs: CRS) -> tuple[str, str | None]:
    """A name for a CRS, `EPSG:n` wherever it has a code, and a note when the code is deduced.

    Heights are no matter of an image: a vertical part is left out.

    TreeSatAI-TS writes an "unknown" CRS of the GRS80 ellipsoid: its parameters are those of
    ETRS89 / UTM (FLAIR.md), whose code is declared instead.
    """
    crs = _horizontal(crs)
    parameters = crs.to_dict()
    # GDAL's own match can answer with any datum on GRS80, so the parameters are asked first.
    if not parameters.get("datum") and parameters.get("ellps") == "GRS80":
        zone = parameters.get("zone")
        if parameters.get("proj") == "utm" and zone in range(28, 39) and "south" not in parameters:
            note = None if _names_itself(crs) else _deduced(_ETRS89_UTM + zone)
            return f"EPSG:{_ETRS89_UTM + zone}", note
    code = crs.to_epsg()
    if code is None:
        return str(crs.to_wkt()), None
    return f"EPSG:{code}", None if _names_itself(crs) else _deduced(code)


def _horizontal(crs: CRS) -> CRS:
    """Without vertical part, and without a shift to another datum that is bound to it."""
    try:
        told = crs.to_dict(projjson=True)
        inner = {
            "CompoundCRS": lambda: told["components"][0],
            "BoundCRS": lambda: told["source_crs"],
        }.get(told.get("type", ""))
        return crs if inner is None else _horizontal(CRS.from_user_input(json.dumps(inner())))
    except (CRSError, KeyError, IndexError):
        return crs


def _names_itself(crs: CRS) -> bool:
    return str(crs.to_dict(projjson=True).get("name", "")).lower() not in ("unknown", "")


def _deduced(code: int) -> str:
    return f"The aerial image names no known CRS; its parameters are those of EPSG:{code}."


def read_grid(dataset: DatasetReader, path: Path) -> tuple[Grid, str | None]:
    """The grid of an open raster, and a note when its CRS was deduced.

    Raises:
        SceneError: No CRS, a geographic one or one not in metres; no georeference; rotated,
            sheared or south-up; nowhere; pixels that are not square within 1 %.
    """
    transform = dataset.transform
    if dataset.crs is None:
        raise SceneError(
            "has no CRS",
            where=path,
            expected="a projected CRS in metres, such as EPSG:2154 or EPSG:25832",
            advice="declare it with gdal_edit.py -a_srs EPSG:n",
        )
    is_somewhere = all(abs(one) < _FARTHEST for one in transform[:6])  # no NaN is
    if not is_somewhere or max(abs(transform.a), abs(transform.b)) < _SMALLEST:
        raise SceneError(
            "has a position that is nowhere, or pixels of no size",
            where=path,
            expected="coordinates of its CRS, in metres",
            advice="georeference it with gdal_edit.py -a_ullr",
        )
    crs, centre = _horizontal(dataset.crs), dataset.xy(dataset.height // 2, dataset.width // 2)
    if crs.is_geographic:
        raise SceneError(
            f"is in degrees ({crs_text(crs.to_string())})",
            where=path,
            expected="a projected CRS in metres",
            advice=_warp(crs, centre, transform.a * _METRES_PER_DEGREE),
        )
    if not crs.is_projected or not math.isclose(crs.linear_units_factor[1], 1.0):
        raise SceneError(
            "its CRS does not count in metres",
            where=path,
            expected="a projected CRS in metres",
            advice=_warp(crs, centre, transform.a),
        )
    if transform.is_identity:
        raise SceneError(
            "has a CRS but no position (no pixel size, no corner)",
            where=path,
            advice="georeference it with gdal_edit.py -a_ullr",
        )
    # A slant of a thousandth of a pixel is a rounding error of the writer, not a rotation.
    slant = 1e-3 * abs(transform.a)
    if abs(transform.b) * dataset.height > slant or abs(transform.d) * dataset.width > slant:
        raise SceneError(
            "is rotated or sheared",
            where=path,
            expected="rows from west to east, columns from north to south",
            advice="warp it north-up with gdalwarp",
        )
    if transform.e > 0 or transform.a < 0:
        raise SceneError(
            "is not north-up (its first row is the southernmost, or its columns run west)",
            where=path,
            advice="warp it north-up with gdalwarp",
        )
    if not math.isclose(transform.a, -transform.e, rel_tol=0.01):
        raise SceneError(
            f"has pixels of {transform.a:g} m x {-transform.e:g} m",
            where=path,
            expected="square pixels",
            advice="resample it with gdalwarp -tr",
        )
    name, note = named_crs(crs)
    scale = ground_scale(name, *centre)
    if scale is not None and max(abs(one - 1) for one in scale[:2]) > _LONGER_OR_SHORTER:
        raise SceneError(
            f"a metre of its CRS, {crs_text(name)}, is {scale[0]:.3g} m on the ground there",
            where=path,
            expected="a CRS whose metre is one, so that pixels, months and areas are true",
            advice=_warp(crs, centre, transform.a),
        )
    if scale is not None and abs(scale[2] - 1) > TRUE_AREA:
        stretched = (
            f"A square metre of {crs_text(name)} is {scale[2]:.3f} m2 on the ground there: areas "
            "are those on the ground."
        )
        note = stretched if note is None else f"{note} {stretched}"
    return Grid(name, transform, dataset.height, dataset.width), note


def _warp(crs: CRS, centre: tuple[float, float], metres: float) -> str:
    """The command that brings a raster into metres: the aerial image's pixels or the series'."""
    size = AERIAL_GSD if metres < math.sqrt(AERIAL_GSD * SERIES_GSD) else SERIES_GSD
    zone = utm(crs.to_wkt(), *centre)
    return f"warp it with gdalwarp -t_srs {zone} -tr {size:g} {size:g}"


def pixel_area(grid: Grid) -> float:
    """Square metres that a pixel in the middle of a grid covers on the ground, to 1 %."""
    west, south, east, north = grid.bounds
    area = grid.gsd * abs(float(grid.transform.e))
    scale = ground_scale(grid.crs, (west + east) / 2, (south + north) / 2)
    # Beyond what `read_grid` lets pass the grid lies nowhere on the Earth that its CRS is for.
    if scale is None or max(abs(one - 1) for one in scale[:2]) > _LONGER_OR_SHORTER:
        return area
    return area * scale[2] if abs(scale[2] - 1) > TRUE_AREA else area


def is_same_place(one: Grid, other: Grid) -> bool:
    """Same CRS (by its meaning) and size, and no edge further apart than half a pixel."""
    shift = max(abs(a - b) for a, b in zip(one.bounds, other.bounds, strict=True))
    return (
        is_same_crs(one.crs, other.crs, one.bounds)
        and (one.height, one.width) == (other.height, other.width)
        and shift <= one.gsd / 2
    )
