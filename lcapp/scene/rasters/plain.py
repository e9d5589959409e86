"""A plain GeoTIFF, as data sets are stored; the products of a run are written by `export`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from rasterio.io import DatasetWriter, MemoryFile

from lcapp.files import write_file
from lcapp.types import Grid


@dataclass(frozen=True)
class Layer:
    """One band's description and metadata."""

    name: str
    tags: Mapping[str, str] = field(default_factory=dict)


def write_geotiff(
    path: Path,
    pixels: NDArray[Any],
    grid: Grid,
    layers: Sequence[Layer] = (),
    tags: Mapping[str, str] | None = None,
) -> None:
    """Write C H W as they are typed; the same pixels give the same file.

    Args:
        path: Target; its folder must exist.
        pixels: C H W, whole or floating-point numbers.
        grid: Of H and W.
        layers: Of C, where they are described.
        tags: Metadata of the data set.

    Raises:
        RunError: The target cannot be written; nothing half-written is left.
    """
    packed = {"compress": "deflate", "predictor": 3 if pixels.dtype.kind == "f" else 2}
    with MemoryFile() as memory:
        with filled(
            memory, pixels, grid, layers, tags or {}, None, photometric="MINISBLACK", **packed
        ):
            pass
        image = bytes(memory.getbuffer())
    write_file(path, image)


@contextmanager
def filled(
    memory: MemoryFile,
    pixels: NDArray[Any],
    grid: Grid,
    layers: Sequence[Layer],
    tags: Mapping[str, str],
    colours: Mapping[int, tuple[int, int, int, int]] | None = None,
    **options: Any,
) -> Iterator[DatasetWriter]:
    """A GeoTIFF in memory with its pixels, colour table, layers and tags, still open."""
    count, height, width = pixels.shape
    with memory.open(
        driver="GTiff",
        count=count,
        height=height,
        width=width,
        dtype=pixels.dtype,
        crs=grid.crs,
        transform=grid.transform,
        **options,
    ) as dataset:
        if colours:  # before the pixels: after them GDAL cannot say what they are any more
            dataset.write_colormap(1, colours)
        dataset.write(pixels)
        if tags:
            dataset.update_tags(**tags)
        for index, layer in enumerate(layers, start=1):
            dataset.set_band_description(index, layer.name)
            dataset.update_tags(index, **layer.tags)
        yield dataset
