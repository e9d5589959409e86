"""Where a raster lies, checked: a projected CRS in metres, north up, square pixels.

Every refusal has its own sentence, because each has another cure.
"""

import math
from pathlib import Path

from rasterio.crs import CRS
from rasterio.io import DatasetReader

from lcapp.errors import SceneError
from lcapp.types import Grid

_ETRS89_UTM = 25800
"""EPSG code of ETRS89 / UTM zone n is this plus n, for the zones 28 to 38."""


def named_crs(crs: CRS) -> tuple[str, str | None]:
    """A name for a CRS, `EPSG:n` wherever it has a code, and a note when the code is deduced.

    TreeSatAI-TS writes an "unknown" CRS of the GRS80 ellipsoid: its parameters are those of
    ETRS89 / UTM (FLAIR.md), whose code is declared instead.
    """
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


def _names_itself(crs: CRS) -> bool:
    return str(crs.to_dict(projjson=True).get("name", "")).lower() not in ("unknown", "")


def _deduced(code: int) -> str:
    return f"The aerial image names no known CRS; its parameters are those of EPSG:{code}."


def read_grid(dataset: DatasetReader, path: Path) -> tuple[Grid, str | None]:
    """The grid of an open raster, and a note when its CRS was deduced.

    Raises:
        SceneError: No CRS, a geographic one or one not in metres; no georeference; rotated,
            sheared or south-up; pixels that are not square within 1 %.
    """
    transform = dataset.transform
    if dataset.crs is None:
        raise SceneError(
            "has no CRS",
            where=path,
            expected="a projected CRS in metres, such as EPSG:2154 or EPSG:25832",
            advice="declare it with gdal_edit.py -a_srs EPSG:n",
        )
    if dataset.crs.is_geographic:
        raise SceneError(
            f"is in degrees ({dataset.crs.to_string()})",
            where=path,
            expected="a projected CRS in metres",
            advice="warp it with gdalwarp -t_srs EPSG:n",
        )
    if not dataset.crs.is_projected or not math.isclose(dataset.crs.linear_units_factor[1], 1.0):
        raise SceneError(
            "its CRS does not count in metres",
            where=path,
            expected="a projected CRS in metres",
            advice="warp it with gdalwarp -t_srs EPSG:n",
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
    name, note = named_crs(dataset.crs)
    return Grid(name, transform, dataset.height, dataset.width), note


def is_same_place(one: Grid, other: Grid) -> bool:
    """Same CRS and size, and no edge further apart than half a pixel."""
    shift = max(abs(a - b) for a, b in zip(one.bounds, other.bounds, strict=True))
    return (
        one.crs == other.crs
        and (one.height, one.width) == (other.height, other.width)
        and shift <= one.gsd / 2
    )
