"""Which formats are read, told by how a file begins and never by its name.

GDAL would open a file with any of its two hundred drivers, and some of them read whatever other
file or address they are told: a VRT under the name of a GeoTIFF. A door names the driver it means.

A file of a kilobyte may claim a block of ten gigabytes, and GDAL unpacks whole blocks whatever
window is asked for: what their headers say is looked at before anything is read.
"""

import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from rasterio.enums import Interleaving
from rasterio.io import DatasetReader
from rasterio.windows import Window

from lcapp.errors import SceneError
from lcapp.limits import MOST_BYTES, check_extent

RASTERS = (".tif", ".tiff", ".jp2", ".j2k", ".vrt")
"""Endings that a person gives to rasters, in small letters; what they hold tells the format."""

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_JPEG2000 = (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")

_DRIVERS = {**dict.fromkeys(_TIFF, "GTiff"), **dict.fromkeys(_JPEG2000, "JP2OpenJPEG")}

_NOT_READ = {
    b"<VRTDataset": "VRT, which names other files",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"\x89HDF": "HDF5 or NetCDF file",
    b"CDF": "NetCDF file",
    b"EHFA_HEADER_TAG": "ERDAS Imagine file",
    b"NITF": "NITF file",
    b"PK\x03\x04": "ZIP archive",
    b"\x1f\x8b": "gzip archive",
    b"%PDF": "PDF",
    b"\x0d\x00ecw": "ECW file",
}
"""How files of other formats begin, in words."""

_WIDTH, _HEIGHT, _PACKED, _ROWS = 256, 257, 259, 278
_TILE_WIDTH, _TILE_HEIGHT, _SUBFILE = 322, 323, 254
_IS_MASK = 4
_WHOLE = {3: "H", 4: "I", 9: "i", 16: "Q", 17: "q"}
"""Tags of a TIFF, and its types of whole numbers."""

_MOST_DIRECTORIES, _MOST_ENTRIES = 256, 65536
_JP2_BYTES = 16
"""Values of a JPEG 2000 tile for each byte of memory that opening it takes: it is unpacked in
parts."""

_BESIDE = (".msk", ".MSK", ".ovr", ".OVR")
"""Files of masks and overviews, which GDAL opens of its own accord."""


def driver_of(path: Path) -> str:
    """The one GDAL driver that may open a raster; what is no known format is left to that of TIFF.

    Raises:
        SceneError: A format that is not read, or a mask beside it that is no TIFF.
        OSError: It cannot be read.
    """
    head = _head(path)
    for beside in (path.with_name(path.name + ending) for ending in _BESIDE):
        if beside.is_file() and not _head(beside).startswith(_TIFF):
            raise SceneError(
                "lies beside a raster as its mask or overviews, and is no TIFF",
                where=beside,
                advice="remove it, or write it again with GDAL",
            )
    for begins, driver in _DRIVERS.items():
        if head.startswith(begins):
            return driver
    # An XML file may begin with a byte-order mark, a declaration or blanks.
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"<VRTDataset" in text:
        text = b"<VRTDataset"
    for begins, name in _NOT_READ.items():
        if text.startswith(begins):
            many = "its parts" if "VRT" in name else "it"
            target = path.with_suffix(".tif").name
            target = f"converted_{target}" if target == path.name else target
            raise SceneError(
                f"is no TIFF but a {name}, and is not read",
                where=path,
                expected="a GeoTIFF or a JPEG 2000 file",
                advice=f"convert {many} with gdal_translate {path.name} {target}"
                + (", or name the folder of its files" if "VRT" in name else ""),
            )
    return "GTiff"


def check_read(dataset: DatasetReader, bands: int, window: Window | None = None) -> None:
    """Refuse a read that its header makes too large, before anything is allocated (SceneError).

    Args:
        dataset: The open file.
        bands: How many of its bands are to be read.
        window: Which part; None for the whole.
    """
    height, width = dataset.shape if window is None else (window.height, window.width)
    check_extent((bands, int(height), int(width)), dataset.name, SceneError)


def check_blocks(dataset: DatasetReader, path: Path) -> None:
    """Refuse blocks, its own or those of its mask, that are too large to be unpacked (SceneError).

    Args:
        dataset: The open file.
        path: Its name.
    """
    for (height, width), kind in zip(dataset.block_shapes, dataset.dtypes, strict=True):
        bands = dataset.count if dataset.interleaving == Interleaving.pixel else 1
        _check_block(bands * np.dtype(kind).itemsize, height, width, path)
    if dataset.driver == "JP2OpenJPEG":
        height, width = _jp2_tile(path)
        _check_block(dataset.count, height, width / _JP2_BYTES, path)
        return
    masks = [one for one in directories(path) if one.get(_SUBFILE, 0) & _IS_MASK]
    for beside in (path.with_name(path.name + ending) for ending in _BESIDE):
        if beside.is_file():
            masks += directories(beside)
    for one in masks:
        width, height = one.get(_TILE_WIDTH, 0), one.get(_TILE_HEIGHT, 0)
        if not width and one.get(_PACKED, 1) != 1:  # GDAL reads unpacked strips in parts
            width, height = one.get(_WIDTH, 0), min(one.get(_ROWS, 2**64), one.get(_HEIGHT, 0))
        _check_block(1, height, width, path)


def _check_block(pixel: int, height: float, width: float, path: Path) -> None:
    """One block, of so many bytes a pixel."""
    if pixel * height * width > MOST_BYTES:
        raise SceneError(
            f"has blocks of {pixel * height * width / 1e9:.1f} GB, which are unpacked whole",
            where=path,
            expected=f"tiles or strips of at most {MOST_BYTES / 1e9:.1f} GB",
            advice="write it in small tiles: gdal_translate -co TILED=YES -co COMPRESS=DEFLATE",
        )


def directories(path: Path) -> Iterator[dict[int, int]]:
    """The directories of a TIFF: tag to its first whole number; ends where the file is damaged."""
    with path.open("rb") as file, suppress(struct.error):
        head, size = file.read(16), path.stat().st_size
        order = {b"II": "<", b"MM": ">"}.get(head[:2])
        if order is None:
            return
        is_big = head[2:4] in (b"+\0", b"\0+")
        number, entry, link = ("Q", "HHQ8s", "Q") if is_big else ("H", "HHI4s", "I")
        (start,) = struct.unpack_from(order + link, head, 8 if is_big else 4)

        def taken(form: str) -> tuple[Any, ...]:
            return struct.unpack(order + form, file.read(struct.calcsize(order + form)))

        for _ in range(_MOST_DIRECTORIES):
            if not 0 < start < size:
                return
            file.seek(start)
            found = {}
            (entries,) = taken(number)
            for _ in range(min(entries, _MOST_ENTRIES)):
                tag, kind, _, value = taken(entry)
                if kind in _WHOLE:
                    found[tag] = struct.unpack_from(order + _WHOLE[kind], value)[0]
            yield found
            (start,) = taken(link)


def _jp2_tile(path: Path) -> tuple[int, int]:
    """Height and width of the tiles of a JPEG 2000 file; 0 where its beginning does not tell."""
    with path.open("rb") as file:
        head = file.read(2**20)
    at = head.find(b"\xff\x4f\xff\x51")
    if at < 0 or len(head) < at + 32:
        return 0, 0
    width, height, left, top, tile_width, tile_height = struct.unpack_from(">6I", head, at + 8)
    return min(tile_height, max(height - top, 0)), min(tile_width, max(width - left, 0))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(512)
