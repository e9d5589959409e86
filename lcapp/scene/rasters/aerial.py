"""Checked opening of aerial images: whatever is wrong with a file is said in a sentence."""

import datetime as dt
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import rasterio
from rasterio.errors import NodataShadowWarning, NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader

from lcapp.errors import SceneError
from lcapp.reasons import check_readable
from lcapp.scene.rasters.bands import Told, told
from lcapp.scene.rasters.collar import BLACK, margin_of
from lcapp.scene.rasters.credits import credit_notes, taken_on
from lcapp.scene.rasters.formats import check_blocks, check_read, directories, driver_of
from lcapp.scene.rasters.georeference import read_grid
from lcapp.scene.rasters.masks import masked_by, seen_in
from lcapp.sensors import AERIAL, AERIAL_GSD
from lcapp.types import Bools, Bytes, Grid

RESULT_TAG = "lcapp_version"
"""Dataset metadata: key that every raster among the results has, and no other file."""

_GSD_TOLERANCE = 0.1
_WIDTH, _HEIGHT = 256, 257
"""TIFF tags."""


@dataclass(frozen=True)
class AerialFile:
    """An aerial image that has passed every check but that of its pixels.

    Attributes:
        path: The file.
        grid: Its grid.
        channels: How many, at least 3.
        told: What it says of its bands.
        masked: What tells where it has no pixels, alpha aside; "" where nothing does.
        notes: What was assumed, and whom to name.
        day: Of the flight, where it tells one.
    """

    path: Path
    grid: Grid
    channels: int
    told: Told
    masked: str
    notes: tuple[str, ...]
    day: dt.date | None = None


class IsResult(SceneError):
    """A file that lcapp itself has written as a result."""


def refuse_result(dataset: DatasetReader, path: Path) -> None:
    """Refuse a map or a super-resolved series of lcapp in place of what was observed.

    Raises:
        IsResult: It is one.
    """
    if RESULT_TAG in dataset.tags():
        raise IsResult(
            "is a result of lcapp",
            where=path,
            expected="what a sensor has seen",
            advice="name the image that it was made of",
        )


@contextmanager
def opened(path: Path) -> Iterator[DatasetReader]:
    """A GeoTIFF or JPEG 2000 file open for reading; reading inside the block is covered as well.

    Raises:
        SceneError: Not there, of another format (`formats`), of 0 pixels, or truncated.
    """
    check_readable(path, "a GeoTIFF file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            warnings.simplefilter("ignore", NodataShadowWarning)
            with rasterio.open(path, driver=driver_of(path)) as dataset:
                check_blocks(dataset, path)
                yield dataset
    except (RasterioError, OSError) as error:
        raise _unreadable(path) from error
    except UnicodeDecodeError as error:
        raise SceneError(
            f"describes its bands in letters that are no UTF-8 ({error.object[:80]!r})",
            where=path,
            expected="descriptions and units of bands in UTF-8",
            advice="describe them again, with gdal_edit.py or QGIS",
        ) from error


def _unreadable(path: Path) -> SceneError:
    """What is wrong with a file that GDAL refuses, as far as its first bytes tell."""
    size = path.stat().st_size
    if size == 0:
        return SceneError("is an empty file", where=path, advice="copy or download it again")
    told: dict[int, int] = {}
    with suppress(OSError):
        told = next(directories(path), told)
    width, height = told.get(_WIDTH, 1), told.get(_HEIGHT, 1)
    if 0 in (width, height):
        return SceneError(
            f"has 0 pixels ({width} x {height})",
            where=path,
            expected="an image with pixels in it",
        )
    return SceneError(
        f"cannot be read ({size} bytes): it is truncated, damaged or no TIFF",
        where=path,
        expected="a complete GeoTIFF",
        advice="copy or download it again",
    )


def inspect_aerial(path: Path) -> AerialFile:
    """Open an aerial image and check all but its pixels.

    Raises:
        SceneError: Unreadable, 0 pixels, no usable georeference (`read_grid`), not uint8, a GSD
            other than 0.2 m by more than 10 %, or fewer than three channels.
    """
    with opened(path) as dataset:
        return _checked(dataset, path)


@dataclass(frozen=True, eq=False)
class AerialPixels:
    """An aerial image that has been read.

    Attributes:
        pixels: C H W, 0 where there is no image.
        seen: H W, where there is one; None: everywhere.
        file: What `inspect_aerial` says of it, and in its notes what tells of missing pixels.
    """

    pixels: Bytes
    seen: Bools | None
    file: AerialFile


def read_aerial(path: Path, channels: int | None = None) -> AerialPixels:
    """All pixels of an aerial image.

    Args:
        path: The file.
        channels: How many of its bands, from the first on, are parts of the image; None for all.

    Raises:
        SceneError: As `inspect_aerial`; pixels that cannot be read.
    """
    with opened(path) as dataset:
        file = _checked(dataset, path)
        image = range(dataset.count if channels is None else min(channels, dataset.count))
        check_read(dataset, dataset.count)
        pixels = dataset.read()
        seen = seen_in(dataset, pixels[: len(image)], image)
        by = masked_by(dataset, image)
    margin = None if by else margin_of(pixels[: len(image)].max(axis=0))
    if margin is not None:
        seen &= ~margin
    if seen.all():
        return AerialPixels(pixels, None, file)
    pixels[:, ~seen] = 0
    notes = (*file.notes, without_image(by) if by else BLACK, share_without_image(seen))
    return AerialPixels(pixels, seen, replace(file, notes=notes))


def without_image(by: str, name: str = AERIAL) -> str:
    """What is said of an image that tells where it has no pixels."""
    if name != AERIAL:
        return f"{name} tells by {by} where it has no image."
    return f"The aerial file tells by {by} where there is no image: these pixels have no class."


def share_without_image(seen: Bools, name: str = AERIAL) -> str:
    """What is said of pixels that were read."""
    of = "" if name == AERIAL else f" of {name}"
    return f"{1 - seen.mean():.1%} of the pixels{of} have no image."


def _scaled(dataset: DatasetReader) -> list[str]:
    """A note where GDAL's tags would make other values of the bytes."""
    if set(dataset.scales) == {1.0} and set(dataset.offsets) == {0.0}:
        return []
    return [
        f"The aerial file declares a scale of {dataset.scales[0]:g} and an offset of "
        f"{dataset.offsets[0]:g}: its bytes are taken as they are, networks see no others."
    ]


def _checked(dataset: DatasetReader, path: Path) -> AerialFile:
    refuse_result(dataset, path)
    grid, note = read_grid(dataset, path)
    if set(dataset.dtypes) != {"uint8"}:
        raise SceneError(
            f"holds {', '.join(sorted(set(dataset.dtypes)))} values",
            where=path,
            expected="an aerial image of bytes, 0 to 255",
            advice="convert it with gdal_translate -ot Byte -scale",
        )
    if abs(grid.gsd - AERIAL_GSD) > _GSD_TOLERANCE * AERIAL_GSD:
        raise SceneError(
            f"has pixels of {grid.gsd:g} m",
            where=path,
            expected=f"{AERIAL_GSD} m within {_GSD_TOLERANCE:.0%}",
            advice=f"resample it with gdalwarp -tr {AERIAL_GSD} {AERIAL_GSD}",
        )
    if dataset.count < 3:
        raise SceneError(
            f"has {dataset.count} band{'s' if dataset.count > 1 else ''}",
            where=path,
            expected="red, green, blue and near infrared",
        )
    return AerialFile(
        path=path,
        grid=grid,
        channels=dataset.count,
        told=told(dataset, path),
        masked=masked_by(dataset, range(dataset.count)),
        notes=(*credit_notes(dataset), *([] if note is None else [note]), *_scaled(dataset)),
        day=taken_on(dataset),
    )
