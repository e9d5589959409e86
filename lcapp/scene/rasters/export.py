"""Results out: class map, confidence and super-resolved series as cloud-optimised GeoTIFF.

GDAL reports a full disk late or not at all, so a file is made in memory, written beside its
target and then moved: the target is either whole or as it was. Identical input gives identical
bytes: nothing in the files tells the time.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio.shutil
from numpy.typing import NDArray
from rasterio.io import MemoryFile

from lcapp.classes import NO_CLASS, ClassTable
from lcapp.files import write_file
from lcapp.scene.rasters.companions import FIRST_LABEL_TAG, TABLE_TAG
from lcapp.scene.rasters.plain import Layer, filled
from lcapp.types import Grid, LandCover, Month, SuperResolved

Colour = tuple[int, int, int, int]

CLASS_BAND = "land cover class"
CONFIDENCE_BAND = "probability of the land cover class"

_BLOCK = 256


def write_landcover(path: str | Path, land_cover: LandCover, tags: Mapping[str, str]) -> None:
    """Write the class map: uint8 ids, the nomenclature's colours as a colour table.

    Pixels without a class hold the no-data value `NO_CLASS`.

    The names stand in the metadata of the data set (`class_0` = English, `class_0_fr` = French)
    and of the band.

    Args:
        path: Target; the folder must exist.
        land_cover: The class map on the aerial grid.
        tags: Where it comes from, for the metadata of the data set.

    Raises:
        RunError: The target cannot be written or the disk is full.
    """
    table = land_cover.table
    image = _cloud_optimised(
        land_cover.class_map[None],
        land_cover.grid,
        [Layer(CLASS_BAND, class_names(table))],
        {**tags, **class_tags(table)},
        overviews="MODE",
        nodata=NO_CLASS,
        colours=class_colours(table),
    )
    write_file(Path(path), image)


def class_names(table: ClassTable) -> dict[str, str]:
    """`class_0` and so on to the English names: metadata of the band of a class map."""
    return {f"class_{index}": one.en for index, one in enumerate(table.classes)}


def class_tags(table: ClassTable) -> dict[str, str]:
    """Metadata of the data set of a class map: names in both languages, and how ids count."""
    french = {f"class_{index}_fr": one.fr for index, one in enumerate(table.classes)}
    return {**class_names(table), **french, TABLE_TAG: table.name, FIRST_LABEL_TAG: "0"}


def class_colours(table: ClassTable) -> dict[int, Colour]:
    """Colour table of a class map."""
    colours = {index: _rgba(one.colour) for index, one in enumerate(table.classes)}
    return {**colours, NO_CLASS: (0, 0, 0, 0)}


def write_confidence(path: str | Path, land_cover: LandCover, tags: Mapping[str, str]) -> None:
    """Write the probability of the class that won: float32, 0..1, NaN without a class.

    Errors: `write_landcover`.
    """
    image = _cloud_optimised(
        land_cover.confidence[None].astype(np.float32),
        land_cover.grid,
        [Layer(CONFIDENCE_BAND)],
        dict(tags),
        overviews="AVERAGE",
        nodata=float("nan"),
    )
    write_file(Path(path), image)


def write_probabilities(path: str | Path, land_cover: LandCover, tags: Mapping[str, str]) -> None:
    """Write the probability of every class: float32, 0..1, NaN without a class, a band a class.

    Errors: `write_landcover`.
    """
    table = land_cover.table
    layers = [Layer(one.en, {"class": str(at)}) for at, one in enumerate(table.classes)]
    image = _cloud_optimised(
        land_cover.probabilities.astype(np.float32),
        land_cover.grid,
        layers,
        {**tags, **class_tags(table)},
        overviews="AVERAGE",
        nodata=float("nan"),
    )
    write_file(Path(path), image)


def write_month(
    path: str | Path, series: SuperResolved, month: int, tags: Mapping[str, str]
) -> None:
    """Write one super-resolved month: float32 reflectance, a band a band.

    Args:
        path: Target; the folder must exist.
        series: The year.
        month: 1..12; of an absent one all is NaN.
        tags: As in `write_landcover`, whose errors it has.
    """
    _write_months(path, series, [month], tags)


def write_superres(path: str | Path, series: SuperResolved, tags: Mapping[str, str]) -> None:
    """Write the super-resolved months: float32 reflectance, NaN without data, 12 x C bands.

    Bands are ordered by month, then by band, and named `2019-03 B4`; those of an absent month
    `03 absent B4`. Errors: `write_landcover`.
    """
    _write_months(path, series, range(1, 13), tags)


def _write_months(
    path: str | Path, series: SuperResolved, months: Sequence[int], tags: Mapping[str, str]
) -> None:
    at = [month - 1 for month in months]
    layers = [_month_layer(series.months[one], band) for one in at for band in series.bands]
    # m C Hs Ws -> (m C) Hs Ws
    taken = series.reflectance[at]
    below = float((taken < 0).sum() / max(1, np.isfinite(taken).sum()))
    image = _cloud_optimised(
        taken.reshape(-1, *taken.shape[2:]).astype(np.float32),
        series.sr_grid,
        layers,
        # They are left as they are: bringing a month back to 10 m gives what was measured.
        {**tags, "unit": "surface reflectance", "below_zero": f"{below:.6f}"},
        overviews="AVERAGE",
        nodata=float("nan"),
    )
    write_file(Path(path), image)


def _month_layer(month: Month, band: str) -> Layer:
    told = {"band": band, "month": str(month.month), "present": str(month.present).lower()}
    if month.reason is not None:
        told["reason"] = month.reason
    if not month.present or month.date is None:
        return Layer(f"{month.month:02d} absent {band}", told)
    told |= {"date": month.date.isoformat(), "acquisitions_used": str(month.used)}
    return Layer(f"{month.date.year:04d}-{month.month:02d} {band}", told)


def _rgba(colour: str) -> Colour:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue, 255


def _cloud_optimised(
    values: NDArray[Any],
    grid: Grid,
    layers: Sequence[Layer],
    tags: Mapping[str, str],
    *,
    overviews: str,
    nodata: float | None = None,
    colours: dict[int, Colour] | None = None,
) -> bytes:
    """The bytes of a cloud-optimised GeoTIFF of C H W values."""
    floating = values.dtype.kind == "f"
    with MemoryFile() as plain, MemoryFile() as made:
        photometric = "PALETTE" if colours else "MINISBLACK"
        with filled(
            plain, values, grid, layers, tags, colours, nodata=nodata, photometric=photometric
        ):
            pass
        rasterio.shutil.copy(
            plain.name,
            made.name,
            driver="COG",
            compress="DEFLATE",
            predictor="FLOATING_POINT" if floating else "NO",
            blocksize=_BLOCK,
            overview_resampling=overviews,
            num_threads="1",
        )
        return bytes(made.getbuffer())
