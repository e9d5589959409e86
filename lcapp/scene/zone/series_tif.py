"""A georeferenced series: a GeoTIFF of T x C bands, all bands of the first date first."""

import re
from dataclasses import replace
from pathlib import Path

from rasterio.windows import Window

from lcapp.errors import SceneError
from lcapp.scene.arrays import StoredArray
from lcapp.scene.coordinates import crs_text, is_same_crs
from lcapp.scene.dates import Acquisitions, parse_acquisitions
from lcapp.scene.rasters.aerial import opened, refuse_result
from lcapp.scene.rasters.georeference import read_grid
from lcapp.scene.series import (
    BAND_SETS,
    assemble,
    check_masks,
    crop_around,
)
from lcapp.sensors import SERIES_GSD
from lcapp.types import Grid, Series

_GSD_TOLERANCE = 0.1
_DESCRIPTION = re.compile(r"^(\d{4}-\d{2}-\d{2})\s+(B\d{1,2}A?)$")


def read_series_tif(
    path: Path, aerial: Grid, when: Acquisitions | None, masks: StoredArray | None
) -> tuple[Series, tuple[str, ...]]:
    """Read the series around the aerial image.

    Args:
        path: The GeoTIFF.
        aerial: The aerial grid; the series must share its CRS and cover it.
        when: Dates, where a file gives them; otherwise the bands are described as
            `2021-03-14 B4`.
        masks: T 2 H W of the whole file, snow and cloud in percent.

    Returns:
        The series, and notes.

    Raises:
        SceneError: Unreadable; another CRS, pixel size or place; band count and dates disagree.
    """
    with opened(path) as dataset:
        refuse_result(dataset, path)
        grid, _ = read_grid(dataset, path)
        if not is_same_crs(grid.crs, aerial.crs, grid.bounds):
            raise SceneError(
                f"is in {crs_text(grid.crs)}",
                where=path,
                expected=f"the CRS of the aerial image, {crs_text(aerial.crs)}",
                advice=f"warp it with gdalwarp -t_srs {crs_text(aerial.crs)}",
            )
        grid = replace(grid, crs=aerial.crs)
        if abs(grid.gsd - SERIES_GSD) > _GSD_TOLERANCE * SERIES_GSD:
            raise SceneError(
                f"has pixels of {grid.gsd:g} m", where=path, expected=f"{SERIES_GSD:g} m"
            )
        described = tuple((one or "").strip() for one in dataset.descriptions)
        if when is None:
            when, bands = _from_descriptions(described, path)
        else:
            bands = _from_count(dataset.count, len(when.dates), path)
        cropped, (rows, cols) = crop_around(grid, aerial, path)
        values = dataset.read(window=Window.from_slices(rows, cols))
        check_masks(masks, (len(when.dates), grid.height, grid.width), path)
        return assemble(
            # (T C) h w -> T C h w
            values.reshape(len(when.dates), len(bands), *values.shape[1:]),
            bands,
            when,
            cropped,
            None if masks is None else masks[:, :, rows, cols],
            path,
            dataset.nodata,
        )


def _from_descriptions(
    described: tuple[str, ...], path: Path
) -> tuple[Acquisitions, tuple[str, ...]]:
    """Dates and band names from `2021-03-14 B4`, each date with the same bands in one order."""
    found = [match for match in map(_DESCRIPTION.match, described) if match]
    if len(found) != len(described):
        raise SceneError(
            f"{len(described) - len(found)} of its {len(described)} bands name no date",
            where=path,
            expected="a dates file, or bands described as 2021-03-14 B4",
            advice="write NAME_dates.txt beside it, one date a line",
        )
    first = found[0][1]
    bands = tuple(match[2] for match in found if match[1] == first)
    if not any(sorted(bands) == sorted(names) for names in BAND_SETS.values()):
        raise SceneError(
            f"has the bands {', '.join(bands)} at its first date", where=path, expected=_sets()
        )
    dates = [match[1] for match in found[:: len(bands)]]
    wanted = [(date, band) for date in dates for band in bands]
    if [(match[1], match[2]) for match in found] != wanted:
        raise SceneError(
            "its band descriptions do not give each date the same bands in the same order",
            where=path,
            expected=f"{', '.join(bands)} for each date, one date after the other",
        )
    return parse_acquisitions(dates, path), bands


def _from_count(count: int, dates: int, path: Path) -> tuple[str, ...]:
    if dates and count % dates == 0 and count // dates in BAND_SETS:
        return BAND_SETS[count // dates]
    makes = [f"{count // n} dates of {n}" for n in BAND_SETS if count % n == 0]
    raise SceneError(
        f"has {count} bands for {dates} dates",
        where=path,
        expected=f"{_sets()} for each date"
        + (f" (its bands would make {' or '.join(makes)})" if makes else ""),
    )


def _sets() -> str:
    return " or ".join(f"{n} bands ({', '.join(names)})" for n, names in BAND_SETS.items())
