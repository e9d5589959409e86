"""One place as FLAIR-HUB stores it: every modality as measured, nothing filtered or scaled.

Sizes, bands and units are those of FLAIR-HUB's Table V (Garioud et al., 2025).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from lcapp.sensors import SENTINEL2_BANDS
from lcapp.types.arrays import Floats
from lcapp.types.grids import Grid
from lcapp.types.scene import Reference

PATCH_METRES = 102.4
"""Side of a patch, whatever its pixels."""


@dataclass(frozen=True)
class Modality:
    """One folder kind of FLAIR-HUB.

    Attributes:
        name: `SENSOR_DATATYPE`, as folders and published models spell it.
        bands: Channels in the file's order, of one date where there are several.
        pixels: Rows and columns.
        dated: The file holds T x C bands, all bands of the first date first.
    """

    name: str
    bands: tuple[str, ...]
    pixels: int
    dated: bool = False

    @property
    def sensor(self) -> str:
        """The first part of the name, which metadata files carry."""
        return self.name.partition("_")[0]

    @property
    def gsd(self) -> float:
        """Metres."""
        return PATCH_METRES / self.pixels


_RGBI = ("red", "green", "blue", "nir")

IMAGES = (
    Modality("AERIAL_RGBI", _RGBI, 512),
    Modality("AERIAL-RLT_PAN", ("panchromatic",), 256),
    Modality("DEM_ELEV", ("dsm", "dtm"), 512),
    Modality("SPOT_RGBI", _RGBI, 64),
)
"""Of one date. Aerial images and PAN: 0..255; elevations: metres; SPOT: reflectance x 10000."""

SERIES = (
    Modality("SENTINEL2_TS", SENTINEL2_BANDS, 10, dated=True),
    Modality("SENTINEL1-ASC_TS", ("VV", "VH"), 10, dated=True),
    Modality("SENTINEL1-DESC_TS", ("VV", "VH"), 10, dated=True),
)
"""Of many dates. Sentinel-2: reflectance x 10000; Sentinel-1: backscatter, linear, no unit."""

SNOW_CLOUD = Modality("SENTINEL2_MSK-SC", ("snow", "cloud"), 10, dated=True)
"""Probabilities in percent, for each date of SENTINEL2_TS."""

LAND_COVER = Modality("AERIAL_LABEL-COSIA", ("cosia",), 512)
CROPS = Modality("ALL_LABEL-LPIS", ("lpis1", "lpis2", "lpis3"), 512)
"""Labels; the bands are named as their class tables."""

MODALITIES = {one.name: one for one in (*IMAGES, *SERIES, SNOW_CLOUD, LAND_COVER, CROPS)}


@dataclass(frozen=True, eq=False)
class PatchSeries:
    """Images of many dates.

    Attributes:
        values: T C H W, float32, in the unit of its modality.
        dates: Day of each image, in the file's order.
        snow: T H W, probability in percent, where there is a mask.
        cloud: T H W, likewise.
    """

    values: Floats
    dates: tuple[dt.date, ...]
    snow: Floats | None = None
    cloud: Floats | None = None


@dataclass(frozen=True, eq=False)
class Patch:
    """What was read of one patch; what is not there has no key.

    Attributes:
        id: `DOMAIN/ROI/row-col`, unique in its collection.
        grid: 512 x 512 pixels of 0.2 m, whichever modalities there are.
        images: Modality to C H W as stored.
        series: Modality to its images of many dates.
        references: Class table (`cosia`, `lpis1`, `lpis2`, `lpis3`) to labels on `grid`.
        dates: Sensor (`AERIAL`, `SPOT`, `AERIAL-RLT`) to the day of its image, where known.
        files: Modality to the file that holds it, or would.
        simulated: No sensor has seen this place.
    """

    id: str
    grid: Grid
    images: Mapping[str, NDArray[Any]]
    series: Mapping[str, PatchSeries]
    references: Mapping[str, Reference]
    dates: Mapping[str, dt.date]
    files: Mapping[str, Path]
    simulated: bool = False

    @property
    def domain(self) -> str:
        """Department and year, for instance `D012-2019`."""
        return self.id.split("/")[0]

    @property
    def roi(self) -> str:
        """Name of its region of interest; unique within the domain only."""
        return self.id.split("/")[1]
