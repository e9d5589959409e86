"""What lies in a zip of Sentinel-2, told by the names in it alone: images, by their days."""

import re
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

from lcapp.errors import SceneError
from lcapp.scene.archive import passed_over
from lcapp.scene.dates import parse_day
from lcapp.sensors import COMMON_BANDS, parse_sentinel2_product

BANDS = tuple(COMMON_BANDS.values())
EXPECTED = "bands of SAFE folders (..._B04_10m.jp2), or GeoTIFFs with their day in the name"

_MOST_FILES = 5000
_IMAGE = re.compile(r"\.(tiff?|jp2)$", re.IGNORECASE)
_BAND = re.compile(r"(?<![A-Za-z0-9])B0?([2348])(?![0-9A-Za-z])")
_OTHER_BAND = re.compile(
    r"(?<![A-Za-z0-9])(B[0-9]{1,2}A?|SCL|TCI|AOT|WVP|PVI|QUICKLOOK)(?![0-9A-Za-z])"
)
_BESIDE_IMAGES = {"QI_DATA", "AUX_DATA"}
"""Folders of a product with its masks, quicklooks and weather."""

_DAY = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})[-_]?([01][0-9])[-_]?([0-3][0-9])(?![0-9])")
_PRODUCT = re.compile(r"S2[A-D]_MSIL2A_[0-9TNRM_]+T[0-9]{2}[A-Z]{3}_[0-9T]+")


@dataclass(frozen=True)
class Image:
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


def days_of(packed: zipfile.ZipFile, most: int) -> dict[str, list[Image]]:
    """The images of each day, which have all four bands together.

    Args:
        packed: The zip.
        most: Bytes that all of these images may have together, unpacked.

    Raises:
        SceneError: There are none, one tells no day, a day lacks bands, or it is too much.
    """
    every = [one for one in packed.infolist() if not one.is_dir()]
    taken = [] if len(every) > _MOST_FILES else [one for one in map(_image, every) if one]
    size = sum(one.info.file_size for one in taken)
    if len(every) > _MOST_FILES or size > most:
        raise SceneError(
            f"holds {len(every)} files, images of {size / 1e6:,.0f} MB unpacked",
            where="the zip",
            expected=f"at most {_MOST_FILES} files and {most / 1e6:,.0f} MB",
        )
    days: dict[str, list[Image]] = {}
    for image in taken:
        days.setdefault(image.day, []).append(image)
    if not days:
        raise SceneError("holds no images of Sentinel-2", where="the zip", expected=EXPECTED)
    for day, images in days.items():
        bands = sorted(one.band or "" for one in images)
        if bands not in ([""], sorted(BANDS)):
            raise SceneError(
                f"holds of {day} {', '.join(one or 'an image of several bands' for one in bands)}",
                where="the zip",
                expected=f"{', '.join(BANDS)} once each, or one image with these bands",
            )
    return dict(sorted(days.items()))


def _image(info: zipfile.ZipInfo) -> Image | None:
    """What a name tells; None for no image, bands that are not needed and coarser copies."""
    name = info.filename.replace("\\", "/")
    last = name.rpartition("/")[2].replace("_", " ")
    if not _IMAGE.search(name) or passed_over(name) or last.startswith("MSK"):
        return None
    if _BESIDE_IMAGES.intersection(PurePosixPath(name).parts[:-1]):
        return None
    band = _BAND.search(last)
    if band is None and _OTHER_BAND.search(last):
        return None
    if re.search(r" (20|60)m\.", last):
        return None
    product = _PRODUCT.search(name)
    try:
        if product is not None:
            date, offset = parse_sentinel2_product(product[0])
            return Image(info, date.isoformat(), band and f"B{band[1]}", offset)
        found = _DAY.search(name.rpartition("/")[2])
        if found is None:
            raise ValueError
        day = parse_day("-".join(found.groups()))
    except ValueError:
        raise SceneError(
            f"holds {name[-80:]!r}, whose name tells no day", where="the zip", expected=EXPECTED
        ) from None
    return Image(info, day.isoformat(), band and f"B{band[1]}", None)
