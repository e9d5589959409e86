"""The known truth of simulated scenes: one GeoTIFF a tile, beside FLAIR #2's own trees.

`truth/D901_2021/Z1_AA/TRU_000001.tif` holds the twelve months of the tile `IMG_000001` at 1.6 m,
48 bands of float32 reflectance, named and ordered as those of `superres.tif`
(`scene.rasters.export`) except that no month is absent. Where the dates of the series lie off
their place, `shifts.csv` beside it tells how far: date, metres to the east, metres to the north.
"""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lcapp.errors import SceneError
from lcapp.limits import read_text
from lcapp.scene.rasters.aerial import opened
from lcapp.scene.rasters.formats import check_read
from lcapp.scene.rasters.georeference import read_grid
from lcapp.scene.rasters.plain import Layer, write_geotiff
from lcapp.types import Truth

FOLDER = "truth"
SHIFTS = "shifts.csv"

_COLUMNS = "date,east,north"


def file_name(tile: str) -> str:
    """`TRU_000001.tif` for `IMG_000001`."""
    return f"{tile.replace('IMG_', 'TRU_')}.tif"


def read_truth(path: Path) -> Truth:
    """Read one file.

    Raises:
        SceneError: Not twelve months of the same bands, or no GeoTIFF.
    """
    try:
        with opened(path) as dataset:
            check_read(dataset, dataset.count)
            told = [dataset.tags(index) for index in dataset.indexes]
            grid, _ = read_grid(dataset, path)
            values = dataset.read().astype(np.float32)
        bands = tuple(dict.fromkeys(one["band"] for one in told))
        if [(one["month"], one["band"]) for one in told] != [
            (str(month), band) for month in range(1, 13) for band in bands
        ]:
            raise ValueError("its bands are not twelve months of the same bands")
        firsts = told[:: len(bands)]
        return Truth(
            reflectance=values.reshape(12, len(bands), grid.height, grid.width),  # M C Hs Ws
            bands=bands,
            dates=tuple(dt.date.fromisoformat(one["date"]) for one in firsts),
            observed=np.array([one["observed"] == "true" for one in firsts]),
            grid=grid,
        )
    except (KeyError, ValueError) as error:
        raise SceneError(
            f"is no truth of twelve months: {error}",
            where=path,
            expected="a file as `python -m lcapp simulate` writes it",
        ) from error


def write_truth(path: Path, truth: Truth) -> None:
    """Write one file; the same truth gives the same bytes.

    Args:
        path: Target; its folder must exist.
        truth: Of one tile.

    Raises:
        RunError: The target cannot be written; nothing half-written is left.
    """
    layers = []
    for month, date in enumerate(truth.dates, start=1):
        told = {"month": str(month), "date": date.isoformat()}
        told["observed"] = str(bool(truth.observed[month - 1])).lower()
        for band in truth.bands:
            layers.append(Layer(f"{date.year:04d}-{month:02d} {band}", {"band": band, **told}))
    values = truth.reflectance.reshape(-1, *truth.reflectance.shape[2:])  # M*C Hs Ws
    tags = {"unit": "surface reflectance", "simulated": "true"}
    write_geotiff(path, values.astype(np.float32), truth.grid, layers, tags)


def write_shifts(path: Path, dates: Sequence[dt.date], shifts: NDArray[np.float64]) -> None:
    """Write where the dates of an area lie: T 2, metres to the east and north."""
    rows = [
        f"{date},{east:.3f},{north:.3f}" for date, (east, north) in zip(dates, shifts, strict=True)
    ]
    path.write_text("\n".join([_COLUMNS, *rows]) + "\n", encoding="utf-8", newline="\n")


def read_shifts(path: Path) -> dict[dt.date, tuple[float, float]]:
    """Date to metres to the east and north by which what it shows lies off its place.

    Raises:
        SceneError: No such table.
    """
    try:
        head, *rows = read_text(path, SceneError, "a table of shifts").splitlines() or [""]
        if head != _COLUMNS:
            raise ValueError(f"its columns are {head!r:.40}")
        told = [row.split(",") for row in rows]
        return {
            dt.date.fromisoformat(day): (float(east), float(north)) for day, east, north in told
        }
    except ValueError as error:
        raise SceneError(
            f"is no table of shifts: {error}",
            where=path,
            expected="a file as `python -m lcapp simulate --shifts` writes it",
        ) from error
