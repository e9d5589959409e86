"""Which formats are read, told by how a file begins and never by its name.

GDAL would open a file with any of its two hundred drivers, and some of them read whatever other
file or address they are told: a VRT under the name of a GeoTIFF. A door names the driver it means.
"""

from pathlib import Path

from rasterio.io import DatasetReader
from rasterio.windows import Window

from lcapp.errors import SceneError
from lcapp.limits import check_extent

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


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(512)
