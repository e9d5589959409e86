"""Several aerial files as one: where each lies, and which of their channels is which."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from affine import Affine
from rasterio.windows import Window

from lcapp.errors import SceneError
from lcapp.scene.coordinates import crs_text, is_same_crs
from lcapp.scene.rasters.aerial import AerialFile, opened
from lcapp.sensors import SPECTRAL_AERIAL_BANDS
from lcapp.types import Grid

_LATTICE_TOLERANCE = 0.01
"""Pixels by which the files of a mosaic may be off their common lattice."""

_SAMPLES, _SAMPLE_SIDE = 4, 64
"""An alpha channel is looked for in 4 x 4 windows of that many pixels."""


@dataclass(frozen=True)
class Sheet:
    """One file of a mosaic: its place in the zone."""

    path: Path
    rows: slice
    cols: slice


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
        if file.channels != files[0].channels or file.descriptions != files[0].descriptions:
            raise SceneError(
                f"has the bands {', '.join(file.descriptions)} ({file.channels})",
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


def spectral_channels(
    files: Sequence[AerialFile],
) -> tuple[tuple[str, ...], tuple[int, ...], int | None, tuple[str, ...]]:
    """Names and places of the spectral bands, the alpha channel, and notes.

    By their descriptions, else by their order; decided once for the whole zone.
    """
    file = files[0]
    described = tuple(name for name in file.descriptions if name in SPECTRAL_AERIAL_BANDS)
    if len(described) >= 3 and len(set(described)) == len(described):
        return described, tuple(file.descriptions.index(name) for name in described), None, ()
    count = min(file.channels, len(SPECTRAL_AERIAL_BANDS))
    alpha, notes = None, []
    if file.has_alpha and all(_is_alpha(one) for one in files):
        count = alpha = 3
        notes.append("The fourth band is an alpha channel, not near infrared.")
    names = SPECTRAL_AERIAL_BANDS[:count]
    notes.append(f"The aerial bands are not described: taken as {', '.join(names)}.")
    if file.channels > len(SPECTRAL_AERIAL_BANDS):
        notes.append(f"Of {file.channels} aerial bands the first four are used.")
    return names, tuple(range(count)), alpha, tuple(notes)


def _is_alpha(file: AerialFile) -> bool:
    """The fourth band holds nothing but 0 and 255 where it was sampled.

    Writers declare alpha where there is none, so only the values tell.
    """
    with opened(file.path) as dataset:
        for row in np.linspace(0, max(dataset.height - _SAMPLE_SIDE, 0), _SAMPLES).astype(int):
            for col in np.linspace(0, max(dataset.width - _SAMPLE_SIDE, 0), _SAMPLES).astype(int):
                window = Window(
                    int(col),
                    int(row),
                    min(_SAMPLE_SIDE, dataset.width),
                    min(_SAMPLE_SIDE, dataset.height),
                )
                if not np.isin(dataset.read(4, window=window), (0, 255)).all():
                    return False
    return True
