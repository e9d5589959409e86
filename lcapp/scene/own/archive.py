"""A zip of Sentinel-2 as people have it: bands of products in SAFE folders, or dated GeoTIFFs.

No name in it becomes a path: each image goes into a file that is numbered here, is read there
through the door of all rasters, and is removed again. What it claims to unpack to is bounded
before, and counted while it is unpacked.
"""

import math
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.io import DatasetReader
from rasterio.windows import Window

from lcapp.errors import SceneError
from lcapp.scene.coordinates import is_same_crs
from lcapp.scene.dates import parse_day
from lcapp.scene.rasters.aerial import opened
from lcapp.scene.rasters.georeference import read_grid
from lcapp.scene.services.place import MARGIN_METRES
from lcapp.sensors import (
    COMMON_BANDS,
    DIGITAL_NUMBERS_PER_REFLECTANCE,
    SERIES_GSD,
    parse_sentinel2_product,
)
from lcapp.types import Grid

MOST_BYTES = 2 * 2**30
"""Of all that is unpacked, together."""

_MOST_FILES = 5000
_IMAGE = re.compile(r"\.(tiff?|jp2)$", re.IGNORECASE)
_BAND = re.compile(r"(?<![A-Za-z0-9])B0?([2348])(?![0-9A-Za-z])")
_OTHER_BAND = re.compile(r"(?<![A-Za-z0-9])(B[0-9]{1,2}A?|SCL|TCI|AOT|WVP|PVI)(?![0-9A-Za-z])")
_DAY = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})[-_]?([01][0-9])[-_]?([0-3][0-9])(?![0-9])")
_PRODUCT = re.compile(r"S2[A-D]_MSIL2A_[0-9TNRM_]+T[0-9]{2}[A-Z]{3}_[0-9T]+")
_BANDS = tuple(COMMON_BANDS.values())
_WHAT = "bands of SAFE folders (..._B04_10m.jp2), or GeoTIFFs with their day in the name"


@dataclass(frozen=True)
class _Image:
    """An image of the zip.

    Attributes:
        info: Its place there.
        day: Of its acquisition.
        band: Of Sentinel-2; None: it holds all four.
        offset: Digital numbers to be subtracted, as its product tells; None where none does.
    """

    info: zipfile.ZipInfo
    day: str
    band: str | None
    offset: float | None


def series_of(file: IO[bytes], aerial: Grid, target: Path) -> None:
    """Write what a zip holds around an aerial image as one series.

    Args:
        file: The zip.
        aerial: The grid of the aerial image.
        target: A GeoTIFF, of T x 4 bands with their days and names.

    Raises:
        SceneError: It is no zip, holds nothing of the kind, too much, or of another place.
    """
    try:
        with zipfile.ZipFile(file) as packed:
            days = _days(packed)
            beside = target.with_name("unpacked")
            reader = _Reader(packed, aerial, beside)
            try:
                values = [reader.bands(images) for images in days.values()]  # T of C H W
            finally:
                beside.unlink(missing_ok=True)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise SceneError(f"cannot be unpacked: {error}", where="the zip", expected=_WHAT) from error
    _write(target, reader, list(days), values, [of[0].offset for of in days.values()])


def _days(packed: zipfile.ZipFile) -> dict[str, list[_Image]]:
    """The images of each day, which have all four bands together."""
    every = [one for one in packed.infolist() if not one.is_dir()]
    size = sum(one.file_size for one in every if _IMAGE.search(one.filename))
    if len(every) > _MOST_FILES or size > MOST_BYTES:
        raise SceneError(
            f"holds {len(every)} files, {size / 1e6:,.0f} MB unpacked",
            where="the zip",
            expected=f"at most {_MOST_FILES} files and {MOST_BYTES / 1e6:,.0f} MB",
        )
    days: dict[str, list[_Image]] = {}
    for info in every:
        found = _image(info) if _IMAGE.search(info.filename) else None
        if found is not None:
            days.setdefault(found.day, []).append(found)
    if not days:
        raise SceneError("holds no images of Sentinel-2", where="the zip", expected=_WHAT)
    for day, images in days.items():
        bands = sorted(one.band or "" for one in images)
        if bands not in ([""], sorted(_BANDS)):
            raise SceneError(
                f"holds of {day} {', '.join(one or 'an image of several bands' for one in bands)}",
                where="the zip",
                expected=f"{', '.join(_BANDS)} once each, or one image with these bands",
            )
    return dict(sorted(days.items()))


def _image(info: zipfile.ZipInfo) -> _Image | None:
    """What a name tells; None for bands that are not needed and coarser copies."""
    name = info.filename.replace("\\", "/")
    last = name.rpartition("/")[2].replace("_", " ")
    band = _BAND.search(last)
    if band is None and _OTHER_BAND.search(last):
        return None
    if re.search(r" (20|60)m\.", last):
        return None
    product = _PRODUCT.search(name)
    try:
        if product is not None:
            date, offset = parse_sentinel2_product(product[0])
            return _Image(info, date.isoformat(), band and f"B{band[1]}", offset)
        found = _DAY.search(name.rpartition("/")[2])
        if found is None:
            raise ValueError
        day = parse_day("-".join(found.groups()))
    except ValueError:
        raise SceneError(
            f"holds {name[-80:]!r}, whose name tells no day", where="the zip", expected=_WHAT
        ) from None
    return _Image(info, day.isoformat(), band and f"B{band[1]}", None)


class _Reader:
    """Windows of the images around the aerial image, on the pixels of the first of them."""

    def __init__(self, packed: zipfile.ZipFile, aerial: Grid, beside: Path) -> None:
        self._packed, self._aerial, self._beside = packed, aerial, beside
        self.grid: Grid | None = None
        self.tags: tuple[float, float] | None = None
        self._unpacked = 0

    def bands(self, images: Sequence[_Image]) -> NDArray[Any]:
        """C H W of a day."""
        found: dict[str | None, NDArray[Any]] = {}
        for image in images:
            self._unpack(image.info)
            with opened(self._beside) as dataset:
                grid, _ = read_grid(dataset, self._beside)
                where = image.info.filename[-80:]
                wanted = len(_BANDS) if image.band is None else 1
                if dataset.count != wanted:
                    raise SceneError(
                        f"has {dataset.count} bands", where=where, expected=f"{wanted}"
                    )
                window = self._window(grid, where)
                self.tags = (dataset.scales[0], dataset.offsets[0])
                pixels = _read(dataset, window)
            found |= dict(zip(_BANDS if image.band is None else [image.band], pixels, strict=True))
        return np.stack([found[band] for band in _BANDS])

    def _unpack(self, info: zipfile.ZipInfo) -> None:
        with self._packed.open(info) as source, self._beside.open("wb") as out:
            while piece := source.read(2**20):
                self._unpacked += len(piece)
                if self._unpacked > MOST_BYTES:  # whatever its headers claim
                    raise SceneError(
                        f"unpacks to more than {MOST_BYTES / 1e6:,.0f} MB", where="the zip"
                    )
                out.write(piece)

    def _window(self, grid: Grid, where: str) -> Window:
        west, south, east, north = self._aerial.bounds
        if not is_same_crs(grid.crs, self._aerial.crs, self._aerial.bounds):
            raise SceneError(
                f"is in {grid.crs}",
                where=where,
                expected=f"{self._aerial.crs}, as the aerial image",
                advice=f"bring the image there: gdalwarp -t_srs {grid.crs} -tr 0.2 0.2 -r cubic "
                "aerial.tif other.tif",
            )
        if abs(grid.gsd - SERIES_GSD) > 0.01:
            raise SceneError(f"has pixels of {grid.gsd:g} m", where=where, expected="10 m")
        left, top = grid.transform.c, grid.transform.f
        if self.grid is None:
            col = math.floor((west - MARGIN_METRES - left) / SERIES_GSD)
            row = math.floor((top - north - MARGIN_METRES) / SERIES_GSD)
            width = math.ceil((east + MARGIN_METRES - left) / SERIES_GSD) - col
            height = math.ceil((top - south + MARGIN_METRES) / SERIES_GSD) - row
            at = Affine(
                SERIES_GSD, 0, left + col * SERIES_GSD, 0, -SERIES_GSD, top - row * SERIES_GSD
            )
            self.grid = Grid(self._aerial.crs, at, height, width)
        col_off = (self.grid.transform.c - left) / SERIES_GSD
        row_off = (top - self.grid.transform.f) / SERIES_GSD
        if max(abs(col_off - round(col_off)), abs(row_off - round(row_off))) > 0.01:
            raise SceneError(
                "has its pixels beside those of the first image", where=where, expected="one grid"
            )
        if not (
            0 - self.grid.width < col_off < grid.width
            and 0 - self.grid.height < row_off < grid.height
        ):
            raise SceneError("lies elsewhere", where=where, expected="around the aerial image")
        return Window(round(col_off), round(row_off), self.grid.width, self.grid.height)


def _read(dataset: DatasetReader, window: Window) -> NDArray[Any]:
    """C H W, 0 beyond the file."""
    out = np.zeros((dataset.count, window.height, window.width), dataset.dtypes[0])
    top, left = max(0, -window.row_off), max(0, -window.col_off)
    height = min(window.row_off + window.height, dataset.height) - window.row_off
    width = min(window.col_off + window.width, dataset.width) - window.col_off
    inside = Window(window.col_off + left, window.row_off + top, width - left, height - top)
    out[:, top:height, left:width] = dataset.read(window=inside)
    return out


def _write(
    target: Path,
    reader: _Reader,
    days: Sequence[str],
    values: Sequence[NDArray[Any]],
    offsets: Sequence[float | None],
) -> None:
    assert reader.grid is not None
    count = len(days) * len(_BANDS)
    kind = np.result_type(*values)
    with rasterio.open(
        target,
        "w",
        driver="GTiff",
        count=count,
        height=reader.grid.height,
        width=reader.grid.width,
        dtype=kind,
        crs=reader.grid.crs,
        transform=reader.grid.transform,
        nodata=0,
        compress="deflate",
        photometric="MINISBLACK",
    ) as dataset:
        dataset.write(np.concatenate(list(values)).astype(kind))  # T of C H W -> (T C) H W
        for index in range(count):
            day, band = days[index // len(_BANDS)], _BANDS[index % len(_BANDS)]
            dataset.set_band_description(index + 1, f"{day} {band}")
        if all(one is not None for one in offsets):
            scale = 1 / DIGITAL_NUMBERS_PER_REFLECTANCE
            dataset.scales = [scale] * count
            told = [-(one or 0.0) * scale for one in offsets]
            dataset.offsets = [told[index // len(_BANDS)] for index in range(count)]
        elif reader.tags is not None and reader.tags != (1.0, 0.0):
            dataset.scales, dataset.offsets = [reader.tags[0]] * count, [reader.tags[1]] * count
