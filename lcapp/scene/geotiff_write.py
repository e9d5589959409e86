"""A plain GeoTIFF, as data sets are stored; the products of a run are written by `export`."""

from pathlib import Path

from rasterio.io import MemoryFile

from lcapp.scene.atomic import write_file
from lcapp.types import Bytes, Grid


def write_geotiff(path: Path, pixels: Bytes, grid: Grid) -> None:
    """Write C H W bytes; the same pixels give the same file.

    Args:
        path: Target; its folder must exist.
        pixels: C H W, uint8.
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
            dtype="uint8",
            crs=grid.crs,
            transform=grid.transform,
            compress="deflate",
            predictor=2,
            photometric="MINISBLACK",
        ) as dataset:
            dataset.write(pixels)
        image = bytes(memory.getbuffer())
    write_file(path, image)
