"""Bands, ground sampling distances and radiometric constants of the sensors.

Sources: FLAIR #2 (Garioud et al., 2024), FLAIR-HUB (Garioud et al., 2025), Copernicus Sentinel-2
processing baseline 04.00.
"""

import datetime as dt
import re

AERIAL_GSD = 0.2
"""Metres; the grid of the aerial image, the labels and the class map."""

SERIES_GSD = 10.0
"""Metres; the grid of the Sentinel-2 bands used here."""

SR_FACTOR = 8
"""SR pixels are 2^S_f = 8 aerial pixels wide (paper, 4.1.5: S_f = 3, GSD 1.6 m)."""

SENTINEL2_BANDS = ("B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B11", "B12")
"""Order of the bands in FLAIR #2, FLAIR-HUB and TreeSatAI-TS arrays."""

COMMON_BANDS = {"red": "B4", "green": "B3", "blue": "B2", "nir": "B8"}
"""Aerial bands with their Sentinel-2 counterpart (paper, 5.1)."""

SPECTRAL_AERIAL_BANDS = tuple(COMMON_BANDS)
AERIAL = "AERIAL_RGBI"
SENTINEL2 = "SENTINEL2_TS"
HEIGHTS = ("NDSM", "DEM_ELEV")

NDSM = "ndsm"
"""Name of the height band of the HR input, metres above ground."""

DIGITAL_NUMBERS_PER_REFLECTANCE = 10_000.0
OFFSET_SINCE_BASELINE_0400 = 1000.0
"""Added to digital numbers from processing baseline 04.00 (January 2022) on."""

FLAIR2_METRES_PER_ELEVATION_UNIT = 0.2
"""FLAIR #2 stores the nDSM as a byte: 0.2 m a unit, saturating at 51 m (to our knowledge)."""

_PRODUCT = re.compile(r"^S2[A-D]_MSIL[12][AC]_(\d{8})T\d{6}_N(\d{4})_")


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
    day = found.group(1)
    try:
        date = dt.date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError as error:
        raise ValueError(f"no such date in {name!r}: {error}") from None
    baseline = int(found.group(2))
    # Reprocessed archives carry N0500 for old dates too: the name decides, not the date.
    return date, OFFSET_SINCE_BASELINE_0400 if baseline >= 400 else 0.0
