"""What was fetched as files that every reader of plain pairs understands.

GDAL reports a full disk late or not at all: what is written is read back before it counts.
"""

import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.windows import Window

from lcapp.errors import RunError
from lcapp.files import write_file
from lcapp.scene.arrays import load_array
from lcapp.scene.rasters.bands import ALPHA
from lcapp.scene.rasters.credits import write_credits
from lcapp.scene.rasters.plain import Layer, filled
from lcapp.scene.services.chosen import Chosen
from lcapp.scene.services.place import Place
from lcapp.scene.services.protocols.transport import ServiceError

Part = tuple[slice, slice]

_NO_DATUM = 0
"""Digital number of Sentinel-2 where there is none."""


def write_aerial(
    path: Path, place: Place, parts: Sequence[Part], pieces: Sequence[Path], day: dt.date | None
) -> None:
    """Join the sheets of an aerial image; memory does not grow with it.

    Args:
        path: Target, which nobody reads yet.
        place: The place.
        parts: Rows and columns of each sheet.
        pieces: Its file: bands of the service and where there is an image, C + 1 h w.
        day: Of the flight.

    Raises:
        ServiceError: There is no image in any of them.
        RunError: The disk is full.
    """
    empty = [not load_array(one)[-1].any() for one in pieces]
    gaps = any(not load_array(one)[-1].all() for one in pieces)
    if all(empty):
        raise ServiceError(
            "has no image there",
            where=place.aerial.name,
            advice="name a place on land that it covers, or another year of flight",
        )
    bands = (*place.aerial.bands, *([ALPHA] if gaps else []))
    grid = place.grid
    try:
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            count=len(bands),
            height=grid.height,
            width=grid.width,
            dtype="uint8",
            crs=grid.crs,
            transform=grid.transform,
            tiled=True,
            blockxsize=256,
            blockysize=256,
            compress="deflate",
            predictor=2,
            photometric="MINISBLACK",
        ) as dataset:
            write_credits(dataset, f"{place.aerial.credit}, {place.aerial.licence}", day)
            for index, name in enumerate(bands, start=1):
                dataset.set_band_description(index, name)
            if gaps:
                others = [ColorInterp.undefined] * (len(bands) - 1)
                dataset.colorinterp = [*others, ColorInterp.alpha]
            for (rows, cols), piece in zip(parts, pieces, strict=True):
                dataset.write(_planes(piece, len(bands)), window=Window.from_slices(rows, cols))
        with rasterio.open(path, driver="GTiff") as dataset:
            for (rows, cols), piece in zip(parts, pieces, strict=True):
                there = dataset.read(window=Window.from_slices(rows, cols))
                if not np.array_equal(there, _planes(piece, len(bands))):
                    raise RasterioError("what was written is not what can be read back")
    except RasterioError as error:
        raise RunError(
            f"cannot be written: {error}", where=path.name, advice="free some space on the disk"
        ) from error


def _planes(piece: Path, count: int) -> NDArray[Any]:
    """Bands, and after them alpha where it is asked for."""
    found = np.array(load_array(piece)[...])
    found[-1] *= 255
    return found[:count]


def write_series(
    folder: Path, place: Place, chosen: Chosen, values: Sequence[NDArray[Any]]
) -> None:
    """Write `series.tif` and `masks.npy`: digital numbers, scale and offset of the items as tags.

    Args:
        folder: Target.
        place: The place.
        chosen: Its dates and masks.
        values: C H W of each date.

    Raises:
        RunError: The disk is full.
    """
    files = [of[0].files[band] for of in chosen.dates for band in place.bands]
    layers = [Layer(f"{of[0].day} {band}") for of in chosen.dates for band in place.bands]
    years = sorted({of[0].day[:4] for of in chosen.dates})
    credit = f"{place.series.credit} {', '.join(years)}, {place.series.licence}"
    with MemoryFile() as memory:
        with filled(
            memory,
            np.concatenate(list(values)),  # T x (C H W) -> (T C) H W
            place.series_grid,
            layers,
            {},
            nodata=_NO_DATUM,
            compress="deflate",
            predictor=2,
            interleave="band",
            photometric="MINISBLACK",
        ) as dataset:
            write_credits(dataset, credit, made_of=chosen.note)
            dataset.scales = [one.scale for one in files]
            dataset.offsets = [one.offset for one in files]
            dataset.units = ["reflectance"] * len(files)
        write_file(folder / "series.tif", bytes(memory.getbuffer()))
    masks = io.BytesIO()
    np.save(masks, chosen.masks, allow_pickle=False)
    write_file(folder / "masks.npy", masks.getvalue())
