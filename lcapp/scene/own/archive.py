"""A zip of Sentinel-2 as people have it: bands of products in SAFE folders, or dated GeoTIFFs.

No name in it becomes a path: each image goes into a file that is numbered here, is read there
through the door of all rasters, and is removed again. What it claims to unpack to is bounded
before, and counted while it is unpacked.
"""

import math
import zipfile
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
from lcapp.limits import check_extent
from lcapp.scene.archive import BROKEN, open_zip
from lcapp.scene.coordinates import is_same_crs
from lcapp.scene.own.contents import BANDS, EXPECTED, Image, days_of
from lcapp.scene.rasters.aerial import opened
from lcapp.scene.rasters.georeference import read_grid
from lcapp.scene.services.place import MARGIN_METRES
from lcapp.scene.units.series import FACTORS, Tags, sampled, series_unit
from lcapp.scene.zone.layers import is_numbered, told_of
from lcapp.scratch import making
from lcapp.sensors import DIGITAL_NUMBERS_PER_REFLECTANCE, SERIES_GSD
from lcapp.types import Grid

MOST_BYTES = 2 * 2**30
"""Of all that is unpacked, together."""

_MOST_LIST = 2 * 2**20
"""Bytes of the zip's list of names."""

_Tags = tuple[float, float]
"""Scale and offset, which make reflectance of what is stored."""


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
        with (
            open_zip(file, _MOST_LIST, "the zip") as packed,
            making(target.parent) as beside,
        ):
            days = days_of(packed, MOST_BYTES)
            reader = _Reader(packed, aerial, len(days), beside / "unpacked")
            read = [reader.day(day, images) for day, images in days.items()]
            _write(beside / target.name, reader, list(days), read)
            (beside / target.name).replace(target)
    except BROKEN as error:
        raise SceneError(
            f"cannot be unpacked: {error}",
            where="the zip",
            expected=EXPECTED,
            advice="pack it again, with the usual compression (deflate)",
        ) from error


@dataclass(frozen=True, eq=False)
class _Day:
    """The images of a day.

    Attributes:
        values: C H W as stored, in the order of `BANDS`; 0 where there is no datum.
        tags: What makes reflectance of them.
        plain: They are digital numbers, and no tag says so.
    """

    values: NDArray[Any]
    tags: _Tags
    plain: bool


class _Reader:
    """Windows of the images around the aerial image, on the pixels of the first of them."""

    def __init__(self, packed: zipfile.ZipFile, aerial: Grid, days: int, beside: Path) -> None:
        self._packed, self._aerial, self._beside = packed, aerial, beside
        self.grid: Grid | None = None
        self._unpacked = 0
        west, south, east, north = aerial.bounds
        sides = (
            math.ceil((side + 2 * MARGIN_METRES) / SERIES_GSD) + 1
            for side in (north - south, east - west)
        )
        check_extent((len(BANDS) * days, *sides), "the series around the aerial image", SceneError)

    def day(self, day: str, images: Sequence[Image]) -> _Day:
        """All four bands of a day.

        Raises:
            SceneError: They are not, are of another place or grid, or differ in scale or offset.
        """
        found: dict[str, NDArray[Any]] = {}
        tags: set[_Tags] = set()
        for image in images:
            self._unpack(image.info)
            where = image.info.filename[-80:]
            with opened(self._beside) as dataset:
                grid, _ = read_grid(dataset, self._beside)
                wanted = len(BANDS) if image.band is None else 1
                if dataset.count != wanted:
                    raise SceneError(
                        f"has {dataset.count} bands", where=where, expected=f"{wanted}"
                    )
                bands = [image.band] if image.band else _described(dataset, day, where)
                window = self._window(grid, where)
                tags |= set(zip(dataset.scales, dataset.offsets, strict=True))
                found |= dict(zip(bands, _read(dataset, window), strict=True))
        offsets = {image.offset for image in images}
        if len(offsets) > 1 or (None in offsets and len(tags) > 1):
            raise SceneError(
                f"gives the bands of {day} different scales or offsets",
                where="the zip",
                expected="one scale and one offset for all bands of a day",
                advice="write the bands of a day in one unit",
            )
        values = np.stack([found[band] for band in BANDS])
        (offset,) = offsets
        if offset is not None:
            scale = 1 / DIGITAL_NUMBERS_PER_REFLECTANCE
            return _Day(values, (scale, -offset * scale), False)
        return _in_reflectance(values, tags.pop(), Path(where))

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


def _described(dataset: DatasetReader, day: str, where: str) -> Sequence[str]:
    """Which band each of four is, by their descriptions; in the usual order where none is told."""
    words = [(one or "").strip() for one in dataset.descriptions]
    if len(set(words)) == 1 or is_numbered(words):  # the name of the file, or `Band 1` and so on
        return BANDS
    told = [told_of(text) for text in words]
    bands = [str(band or word) for (_, band), word in zip(told, words, strict=True)]
    days = {str(one) for one, _ in told if one is not None}
    if sorted(bands) != sorted(BANDS) or days - {day}:
        raise SceneError(
            f"describes its bands as {', '.join(words)[:80]!r}",
            where=where,
            expected=f"{', '.join(BANDS)} of {day} in any order, or no descriptions",
            advice="correct the descriptions, with gdal_edit.py or QGIS",
        )
    return bands


def _in_reflectance(values: NDArray[Any], tags: _Tags, where: Path) -> _Day:
    """A day in the unit that its tags or its values tell, as those of a series do."""
    sample = sampled(values[None])
    scales, offsets = (np.full((1, len(BANDS)), one, np.float64) for one in tags)
    declared = Tags(scales, offsets, frozenset())
    unit = series_unit(sample, where, "auto", declared)
    if not sample.any():  # nothing of it is here
        return _Day(values, tags, declared.silent)
    factor = FACTORS[unit.name] / DIGITAL_NUMBERS_PER_REFLECTANCE
    plain = declared.silent and unit.name == "digital-numbers"
    return _Day(values, (tags[0] * factor, tags[1] * factor), plain)


def _read(dataset: DatasetReader, window: Window) -> NDArray[Any]:
    """C H W, 0 beyond the file and where it has no datum."""
    out = np.zeros((dataset.count, window.height, window.width), dataset.dtypes[0])
    top, left = max(0, -window.row_off), max(0, -window.col_off)
    height = min(window.row_off + window.height, dataset.height) - window.row_off
    width = min(window.col_off + window.width, dataset.width) - window.col_off
    inside = Window(window.col_off + left, window.row_off + top, width - left, height - top)
    out[:, top:height, left:width] = dataset.read(window=inside, masked=True).filled(0)
    return out


def _write(target: Path, reader: _Reader, days: Sequence[str], read: Sequence[_Day]) -> None:
    assert reader.grid is not None
    count = len(days) * len(BANDS)
    kind = np.result_type(*(one.values for one in read))
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
        dataset.write(np.concatenate([one.values for one in read]).astype(kind, copy=False))
        for index in range(count):
            day, band = days[index // len(BANDS)], BANDS[index % len(BANDS)]
            dataset.set_band_description(index + 1, f"{day} {band}")
        if not all(one.plain for one in read):
            tags = [one.tags for one in read for _ in BANDS]
            dataset.scales, dataset.offsets = zip(*tags, strict=True)
