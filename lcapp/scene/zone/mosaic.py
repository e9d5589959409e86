"""Several aerial files as one: where each lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from affine import Affine

from lcapp.errors import SceneError
from lcapp.scene.coordinates import crs_text, is_same_crs
from lcapp.scene.rasters.aerial import AerialFile
from lcapp.scene.rasters.collar import Collar
from lcapp.types import Grid

_LATTICE_TOLERANCE = 0.01
"""Pixels by which the files of a mosaic may be off their common lattice."""


@dataclass(frozen=True)
class Sheet:
    """One file of a mosaic: its place in the zone, and its black margin where it has one."""

    path: Path
    rows: slice
    cols: slice
    collar: Collar | None = None


def mosaic(files: Sequence[AerialFile]) -> tuple[Grid, tuple[Sheet, ...]]:
    """The grid that holds all files, and where each lies in it.

    Raises:
        SceneError: Another CRS, other bands, or pixels beside the lattice of the first file.
    """
    first = files[0].grid
    west = min(file.grid.bounds[0] for file in files)
    north = max(file.grid.bounds[3] for file in files)
    sheets = []
    for file in files:
        grid = file.grid
        if not is_same_crs(grid.crs, first.crs, grid.bounds):
            raise SceneError(
                f"is in {crs_text(grid.crs)}",
                where=file.path,
                expected=f"{crs_text(first.crs)}, as the rest",
                advice=f"warp it with gdalwarp -t_srs {crs_text(first.crs)}",
            )
        if file.channels != files[0].channels or file.told.names != files[0].told.names:
            raise SceneError(
                f"has the bands {', '.join(file.told.names)} ({file.channels})",
                where=file.path,
                expected=f"those of {files[0].path.name}",
            )
        col = (grid.transform.c - west) / first.transform.a
        row = (grid.transform.f - north) / first.transform.e
        # How far off the lattice: at the first pixel and, by another pixel size, at the last.
        stretch = abs(grid.gsd / first.gsd - 1) * max(grid.height, grid.width)
        if max(abs(col - round(col)), abs(row - round(row)), stretch) > _LATTICE_TOLERANCE:
            raise SceneError(
                "its pixels do not lie on those of the other files",
                where=file.path,
                expected=f"the lattice of {files[0].path.name}",
                advice="bring them onto one with gdalwarp -tap",
            )
        row, col = round(row), round(col)
        sheets.append(Sheet(file.path, slice(row, row + grid.height), slice(col, col + grid.width)))
    if len(files) == 1:
        return first, tuple(sheets)
    transform = Affine(first.transform.a, 0.0, west, 0.0, first.transform.e, north)
    height = max(sheet.rows.stop for sheet in sheets)
    width = max(sheet.cols.stop for sheet in sheets)
    return Grid(first.crs, transform, height, width), tuple(sheets)
