"""Modalities, bands, ground sampling distances and radiometric constants of the sensors.

A modality is named as FLAIR-HUB names its folders and IGN its models' inputs, whatever format a
scene comes from. Sources: FLAIR #2 (Garioud et al., 2024), FLAIR-HUB (Garioud et al., 2025, Table
V), Copernicus Sentinel-2 processing baseline 04.00.
"""

import datetime as dt
import math
import re
from dataclasses import dataclass

from lcapp.language import message

AERIAL_GSD = 0.2
"""Metres; the grid of the aerial image, the labels and the class map."""

SERIES_GSD = 10.0
"""Metres; the grid of the Sentinel-2 bands used here."""

SR_FACTOR = 8
"""SR pixels are 2^S_f = 8 aerial pixels wide (paper, 4.1.5: S_f = 3, GSD 1.6 m)."""

SENTINEL2_BANDS = ("B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B11", "B12")
"""Order of the bands in FLAIR #2, FLAIR-HUB and TreeSatAI-TS arrays."""

FINE_BANDS = ("B2", "B3", "B4", "B8")
"""Measured at 10 m; the others at 20 m."""

MTF_AT_NYQUIST = {band: 0.26 if band in FINE_BANDS else 0.24 for band in SENTINEL2_BANDS}
"""Modulation that is left of the finest pattern that a band's own pixels can sample.

The mission asks for 0.15 to 0.30; ESA's Sentinel-2 data quality reports, section "Modulation
transfer function", keep the measured values.
"""


def point_spread(band: str) -> float:
    """Standard deviation of a band's point spread, in pixels of the series.

    A Gaussian stands for optics, detector and motion: the one that leaves `MTF_AT_NYQUIST`. The
    20 m bands lie repeated on the pixels of 10 m, two by two.
    """
    own_pixel = 1.0 if band in FINE_BANDS else 2.0
    return own_pixel * math.sqrt(-2.0 * math.log(MTF_AT_NYQUIST[band])) / math.pi


COMMON_BANDS = {"red": "B4", "green": "B3", "blue": "B2", "nir": "B8"}
"""Aerial bands with their Sentinel-2 counterpart (paper, 5.1)."""

SPECTRAL_AERIAL_BANDS = tuple(COMMON_BANDS)
NDSM = "ndsm"
"""Name of the height band of the HR input, metres above ground."""

AERIAL = "AERIAL_RGBI"
HISTORICAL = "AERIAL-RLT_PAN"
ELEVATION = "DEM_ELEV"
NDSM_IMAGE = "NDSM"
"""An image of the one band `ndsm`; not of FLAIR-HUB, which has surface and terrain in ELEVATION."""
SPOT = "SPOT_RGBI"
SENTINEL2 = "SENTINEL2_TS"
SENTINEL1_ASC, SENTINEL1_DESC = SENTINEL1 = ("SENTINEL1-ASC_TS", "SENTINEL1-DESC_TS")

IN_WORDS = {
    AERIAL: message("aerial image"),
    HISTORICAL: message("historical aerial image"),
    ELEVATION: message("elevation"),
    NDSM_IMAGE: message("heights"),
    SPOT: message("SPOT"),
    SENTINEL2: message("Sentinel-2 series"),
    SENTINEL1_ASC: message("Sentinel-1 ascending"),
    SENTINEL1_DESC: message("Sentinel-1 descending"),
}
"""The modalities as a page speaks of them."""

BANDS_IN_WORDS = {
    "red": message("red"),
    "green": message("green"),
    "blue": message("blue"),
    "nir": message("near infrared"),
}
"""The bands of aerial images, likewise."""

HEIGHTS = frozenset({ELEVATION, NDSM_IMAGE})
"""Either tells the height above ground."""

SNOW_CLOUD = "SENTINEL2_MSK-SC"
LAND_COVER = "AERIAL_LABEL-COSIA"
CROPS = "ALL_LABEL-LPIS"
"""Files of FLAIR-HUB that are no modality of a scene: masks of SENTINEL2, and labels."""

PATCH_METRES = 102.4
"""Side of a patch of FLAIR-HUB, whatever its pixels."""

PATCH_PIXELS = 512
"""Rows and columns of its labels, 0.2 m."""


@dataclass(frozen=True)
class Modality:
    """What FLAIR-HUB stores of a patch in one file.

    Attributes:
        name: `SENSOR_DATATYPE`.
        bands: Channels in the file's order, of one date where there are several. Those of labels
            are named as their class tables.
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


MODALITIES = {
    one.name: one
    for one in (
        # Of one date. Aerial images: 0..255; elevations: metres; SPOT: reflectance x 10000.
        Modality(AERIAL, SPECTRAL_AERIAL_BANDS, 512),
        Modality(HISTORICAL, ("panchromatic",), 256),
        Modality(ELEVATION, ("dsm", "dtm"), 512),
        Modality(SPOT, SPECTRAL_AERIAL_BANDS, 64),
        # Of many dates. Sentinel-2: reflectance x 10000; Sentinel-1: backscatter, linear, no unit.
        Modality(SENTINEL2, SENTINEL2_BANDS, 10, dated=True),
        Modality(SENTINEL1_ASC, ("VV", "VH"), 10, dated=True),
        Modality(SENTINEL1_DESC, ("VV", "VH"), 10, dated=True),
        # Probabilities in percent, for each date of Sentinel-2.
        Modality(SNOW_CLOUD, ("snow", "cloud"), 10, dated=True),
        Modality(LAND_COVER, ("cosia",), 512),
        Modality(CROPS, ("lpis1", "lpis2", "lpis3"), 512),
    )
}
"""By name, images before series."""

IMAGES = (AERIAL, HISTORICAL, ELEVATION, SPOT)
SERIES = (SENTINEL2, *SENTINEL1)
"""FLAIR-HUB's modalities of one date and of many."""

DIGITAL_NUMBERS_PER_REFLECTANCE = 10_000.0
OFFSET_SINCE_BASELINE_0400 = 1000.0
"""Added to digital numbers from processing baseline 04.00 (January 2022) on."""

FLAIR2_METRES_PER_ELEVATION_UNIT = 0.2
"""FLAIR #2 stores the nDSM as a byte: 0.2 m a unit, saturating at 51 m (to our knowledge)."""

_PRODUCT = re.compile(r"^S2[A-D]_MSIL([12][AC])_([0-9]{8})T[0-9]{6}_N([0-9]{4})_")


def parse_sentinel2_product(name: str) -> tuple[dt.date, float]:
    """Date of acquisition and digital-number offset of a Sentinel-2 SAFE name.

    Args:
        name: For instance `S2A_MSIL2A_20190103T104431_N0211_R008_T32UMD_20190103T115449`.

    Returns:
        The date, and 0 or 1000: what is to be subtracted from the product's digital numbers.

    Raises:
        ValueError: The name does not follow the SAFE pattern.
    """
    found = _PRODUCT.match(name.strip())
    if found is None:
        raise ValueError(f"not a Sentinel-2 product name: {name!r}")
    day = found.group(2)
    try:
        date = dt.date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError as error:
        raise ValueError(f"no such date in {name!r}: {error}") from None
    baseline = int(found.group(3))
    # Reprocessed archives carry N0500 for old dates too: the name decides, not the date.
    return date, OFFSET_SINCE_BASELINE_0400 if baseline >= 400 else 0.0


def processing_level(name: str) -> str | None:
    """`1C` (top of the atmosphere) or `2A` (surface) of a SAFE name; None where it is none."""
    found = _PRODUCT.match(name.strip())
    return None if found is None else found.group(1)
