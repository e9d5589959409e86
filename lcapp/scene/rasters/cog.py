"""Cloud-optimised GeoTIFFs larger than memory, made block by block on disk.

`export` makes its files in memory; here GDAL writes to the disk itself, and GDAL reports a full
disk late or not at all. Every pixel is therefore read back and compared before the file counts.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.windows import Window

from lcapp.errors import RunError
from lcapp.scene.rasters.export import Colour
from lcapp.types import Grid

Blocks = Callable[[], Iterable[tuple[slice, slice, NDArray[Any]]]]
"""Gives rows, columns and values (h w) of each block, each time it is called; together they fill
the grid without overlap."""

_TILE = 256
_CACHE_BYTES = 64 * 2**20
"""GDAL's own default is a share of the machine's memory, which a large raster would fill. rasterio
takes bytes here, where GDAL's documents speak of megabytes."""


@dataclass(frozen=True)
class RasterKind:
    """What a single-band raster holds.

    Attributes:
        name: Description of its band.
        dtype: Of its values.
        nodata: The value that stands for no datum.
        overviews: How they are resampled: `MODE` or `AVERAGE`.
        tags: Metadata of the band.
        colours: Colour table.
    """

    name: str
    dtype: str
    nodata: float
    overviews: str
    tags: Mapping[str, str] = field(default_factory=dict)
    colours: Mapping[int, Colour] | None = None


def write_streamed(
    path: Path, blocks: Blocks, grid: Grid, kind: RasterKind, tags: Mapping[str, str]
) -> None:
    """Write a cloud-optimised GeoTIFF with overviews; the same blocks give the same bytes.

    Memory does not grow with the raster. An uncompressed copy lies beside it for the time being.

    Args:
        path: Target, which nobody reads yet: it is not whole before this function returns.
        blocks: The pixels.
        grid: Of the whole raster.
        kind: What it holds.
        tags: Metadata of the data set.

    Raises:
        RunError: The disk is full or refuses; nothing half-written is left.
    """
    plain = path.with_name(f"{path.name}.plain")
    made = False
    try:
        with rasterio.Env(GDAL_CACHEMAX=_CACHE_BYTES):
            _write_plain(plain, blocks, grid, kind, tags)
            rasterio.shutil.copy(
                plain,
                path,
                driver="COG",
                compress="DEFLATE",
                predictor="FLOATING_POINT" if np.dtype(kind.dtype).kind == "f" else "NO",
                blocksize=_TILE,
                overview_resampling=kind.overviews,
                bigtiff="IF_SAFER",
                num_threads="1",
            )
            made = _is_whole(path, blocks)
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    except (OSError, RasterioError) as error:
        made = False
        raise RunError(
            f"cannot be written: {error}", where=path, advice="free some space on the disk"
        ) from error
    finally:
        for left in path.parent.glob(f"{path.name}*"):
            if left != path or not made:
                with suppress(OSError):
                    left.unlink()
    if not made:
        free = shutil.disk_usage(path.parent).free / 1e6
        raise RunError(
            f"what was written is not what can be read back, {free:.0f} MB are free",
            where=path,
            advice="free some space, or check the disk",
        )


def _write_plain(
    path: Path, blocks: Blocks, grid: Grid, kind: RasterKind, tags: Mapping[str, str]
) -> None:
    # A colour table makes the palette of its own accord.
    photometric = {} if kind.colours else {"photometric": "MINISBLACK"}
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=1,
        height=grid.height,
        width=grid.width,
        dtype=kind.dtype,
        crs=grid.crs,
        transform=grid.transform,
        nodata=kind.nodata,
        # Without compression a block can be written in parts and leaves no hole in the file.
        tiled=True,
        blockxsize=_TILE,
        blockysize=_TILE,
        bigtiff="IF_SAFER",
        **photometric,
    ) as dataset:
        dataset.update_tags(**tags)
        dataset.set_band_description(1, kind.name)
        dataset.update_tags(1, **kind.tags)
        if kind.colours:
            dataset.write_colormap(1, dict(kind.colours))
        for rows, cols, values in blocks():
            dataset.write(values, 1, window=Window.from_slices(rows, cols))


def _is_whole(path: Path, blocks: Blocks) -> bool:
    """Every pixel is the one that was given, and every overview can be read."""
    with rasterio.open(path, driver="GTiff") as dataset:
        for rows, cols, values in blocks():
            there = dataset.read(1, window=Window.from_slices(rows, cols))
            if not np.array_equal(there, values, equal_nan=values.dtype.kind == "f"):
                return False
        levels = len(dataset.overviews(1))
    for level in range(levels):
        with rasterio.open(path, driver="GTiff", overview_level=level) as dataset:
            for _, window in dataset.block_windows(1):
                dataset.read(1, window=window)
    return True
