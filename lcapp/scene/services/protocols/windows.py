"""A window of a cloud-optimised GeoTIFF on a server: its header, then the blocks that it touches.

The bytes go to the same places of a file with holes on this disk, and GDAL reads that: it decodes
whatever it knows, while one connection counts, limits and repeats all requests. GDAL's own
`/vsicurl` tells no bytes, cannot be stopped, and keeps a failure for the life of the process;
rasterio's Python openers are not safe in threads; odc-stac needs dask and xarray.

Of a block that is packed by Deflate, which is unpacked from its begin on, no more is fetched than
the rows of the window need (`rows`): on average half of it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Compression
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window

from lcapp.errors import RunError
from lcapp.reasons import door
from lcapp.scene.coordinates import crs_text, is_same_crs
from lcapp.scene.services.protocols.rows import Block, first_rows
from lcapp.scene.services.protocols.transport import Connection, ServiceError
from lcapp.scratch import fresh
from lcapp.types import Grid

HEADER, _LONGEST_HEADER = 16_384, 2**20
"""Bytes that are asked for first, and at most, to find where the blocks lie."""

_SPARE = 512
"""Bytes by which the header of the next file of a kind may be longer than that of this one."""

_BLOCK_BYTES = 32 * 2**20
_LARGEST_FILE = 4 * 2**30
_OFF_LATTICE = 0.01
"""Pixels."""


@dataclass(frozen=True, eq=False)
class RemoteWindow:
    """A window of a file.

    Attributes:
        values: h w at the file's own pixel size, 0 where it does not reach.
        gsd: Metres of a pixel.
        header: Bytes that are to be asked for first of another file of its kind.
    """

    values: NDArray[Any]
    gsd: float
    header: int = HEADER


def read_window(
    connection: Connection, url: str, where: str, grid: Grid, folder: Path, header: int = HEADER
) -> RemoteWindow:
    """The part of a file that covers a grid.

    Args:
        connection: To its host.
        url: Of the file.
        where: What it is, for progress and messages.
        grid: In the CRS of the file; its edges are edges of the file's pixels.
        folder: For the file with holes, which goes at once.
        header: Bytes that are asked for first.

    Raises:
        ServiceError: It is no such file, of another CRS, or of pixels beside those of the grid.
        RunError: The disk is full.
    """
    path = fresh(folder)
    try:
        with door(RunError, path):
            size = _open_part(connection, url, where, path, 0, header)
            end = min(header, size)
            while (found := _read(connection, url, where, path, grid, end)) is None:
                if end >= min(size, _LONGEST_HEADER):
                    raise ServiceError(
                        "cannot be read", where=where, expected="a cloud-optimised GeoTIFF"
                    )
                _open_part(connection, url, where, path, end, end)
                end *= 2
            return found
    finally:
        path.unlink(missing_ok=True)


def _open_part(
    connection: Connection, url: str, where: str, path: Path, start: int, length: int
) -> int:
    """Bytes to their place in the file with holes; returns the size of the whole."""
    answer = connection.get(url, where, span=(start, length))
    if answer.size > _LARGEST_FILE:
        raise ServiceError(f"has {answer.size / 1e9:.1f} GB", where=where)
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(answer.size)
    _put(path, start, answer.content)
    return answer.size


def _put(path: Path, start: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(content)


def _read(
    connection: Connection, url: str, where: str, path: Path, grid: Grid, known: int
) -> RemoteWindow | None:
    """The window; None where so many bytes of the file do not hold its header."""
    try:
        with rasterio.open(path, driver="GTiff") as dataset:
            window, part = _window(dataset, grid, where)
            out = np.zeros(window.shape, dataset.dtypes[0])
            if part is None:
                return RemoteWindow(out, dataset.transform.a)
            blocks = _blocks(dataset, part)
            by_rows = dataset.count == 1 and dataset.compression == Compression.deflate
            header = _header(dataset)
    except RasterioError:
        return None
    # A file may leave out blocks of no data; a header that is cut looks the same.
    if not blocks and known < min(path.stat().st_size, _LONGEST_HEADER):
        return None
    if all(block.start + block.length <= known for block in blocks):
        header = HEADER  # so small that all of it comes at once: so may the next one
    for block in blocks:
        if max(block.length, block.unpacked) > _BLOCK_BYTES:
            raise ServiceError(f"has a block of {block.unpacked / 1e6:.0f} MB", where=where)
        if block.start + block.length > known:
            content = first_rows(connection, url, where, block) if by_rows else None
            if content is None:
                _open_part(connection, url, where, path, block.start, block.length)
            else:
                _put(path, block.start, content)
    try:
        with rasterio.open(path, driver="GTiff") as dataset:  # anew: it has read holes before
            values = dataset.read(1, window=part)
            gsd = float(dataset.transform.a)
    except RasterioError as error:
        raise ServiceError("is damaged", where=where) from error
    top, left = part.row_off - window.row_off, part.col_off - window.col_off
    out[top : top + part.height, left : left + part.width] = values
    return RemoteWindow(out, gsd, header)


def _header(dataset: DatasetReader) -> int:
    """Where the first block begins: of a cloud-optimised file, of its smallest overview."""
    levels = [None, *range(len(dataset.overviews(1)))]
    told = [dataset.get_tag_item("BLOCK_OFFSET_0_0", "TIFF", bidx=1, ovr=one) for one in levels]
    first = min((int(one) for one in told if one), default=HEADER)
    return min(first + _SPARE, HEADER)


@dataclass(frozen=True)
class _Span:
    """Rows and columns of a file, which may go beyond it."""

    row_off: int
    col_off: int
    height: int
    width: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.height, self.width


def _window(dataset: DatasetReader, grid: Grid, where: str) -> tuple[_Span, Window | None]:
    """Where a grid lies in a file, and the part of it that the file has."""
    at, bounds = dataset.transform, grid.bounds
    if dataset.crs is None or not is_same_crs(dataset.crs.to_wkt(), grid.crs, bounds):
        named = "no CRS" if dataset.crs is None else crs_text(dataset.crs.to_string())
        raise ServiceError(
            f"is in {named}", where=where, expected=f"{crs_text(grid.crs)}, as it is listed"
        )
    west, south, east, north = bounds
    if at.b or at.d or at.a <= 0 or at.e >= 0:
        raise ServiceError("is not north-up", where=where)
    edges = ((west - at.c) / at.a, (north - at.f) / at.e)
    ends = ((east - at.c) / at.a, (south - at.f) / at.e)
    if max(abs(one - round(one)) for one in (*edges, *ends)) > _OFF_LATTICE:
        raise ServiceError(
            f"has pixels of {at.a:g} m beside the lattice of the place",
            where=where,
            expected=f"edges at multiples of {at.a:g} m",
        )
    left, top, right, bottom = map(round, (*edges, *ends))
    span = _Span(top, left, bottom - top, right - left)
    rows = slice(max(top, 0), min(bottom, dataset.height))
    cols = slice(max(left, 0), min(right, dataset.width))
    if rows.start >= rows.stop or cols.start >= cols.stop:
        return span, None
    return span, Window.from_slices(rows, cols)


def _blocks(dataset: DatasetReader, window: Window) -> list[Block]:
    """Each block that a window touches, as far as they are told."""
    height, width = dataset.block_shapes[0]
    row_bytes = width * np.dtype(dataset.dtypes[0]).itemsize
    end = window.row_off + window.height
    found = []
    for row in range(window.row_off // height, -(-end // height)):
        rows = min(height, end - row * height)
        for col in range(window.col_off // width, -(-(window.col_off + window.width) // width)):
            told = [
                dataset.get_tag_item(f"BLOCK_{what}_{col}_{row}", "TIFF", bidx=1)
                for what in ("OFFSET", "SIZE")
            ]
            if all(told) and int(told[1]) > 0:
                found.append(Block(int(told[0]), int(told[1]), rows, height, row_bytes))
    return found
