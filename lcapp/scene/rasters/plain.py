"""A plain GeoTIFF, as data sets are stored; the products of a run are written by `export`."""

from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from rasterio.io import MemoryFile

from lcapp.files import write_file
from lcapp.types import Grid


def write_geotiff(path: Path, pixels: NDArray[Any], grid: Grid) -> None:
    """Write C H W as they are typed; the same pixels give the same file.

    Args:
        path: Target; its folder must exist.
        pixels: C H W, whole or floating-point numbers.
        grid: Of H and W.

    Raises:
        RunError: The target cannot be written; nothing half-written is left.
    """
    count, height, width = pixels.shape
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            count=count,
            height=height,
            width=width,
            dtype=pixels.dtype,
            crs=grid.crs,
            transform=grid.transform,
            compress="deflate",
            predictor=3 if pixels.dtype.kind == "f" else 2,
            photometric="MINISBLACK",
        ) as dataset:
            dataset.write(pixels)
        image = bytes(memory.getbuffer())
    write_file(path, image)
