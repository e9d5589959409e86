"""What a raster says of itself beside its pixels: whom to name, when it was taken, how it was made.

In the tags that other programs know as well: TIFF's own for the copyright, GDAL's domain `IMAGERY`
for the day.
"""

import datetime as dt
import re

from rasterio.io import DatasetReader, DatasetWriter

COPYRIGHT = "TIFFTAG_COPYRIGHT"
MADE_OF = "lcapp_made_of"
"""Sentences on what a fetched file is made of."""

_DAY_DOMAIN, _DAY = "IMAGERY", "ACQUISITIONDATETIME"
_LONGEST = 400


def write_credits(
    dataset: DatasetWriter, credit: str, day: dt.date | None = None, made_of: str = ""
) -> None:
    """Tag a raster that is being written.

    Args:
        dataset: The raster.
        credit: Whom to name.
        day: On which it was taken.
        made_of: Sentences that its readers are to repeat.
    """
    dataset.update_tags(**{COPYRIGHT: credit} | ({MADE_OF: made_of} if made_of else {}))
    if day is not None:
        dataset.update_tags(ns=_DAY_DOMAIN, **{_DAY: f"{day.isoformat()} 00:00:00"})


def credit_notes(dataset: DatasetReader) -> list[str]:
    """What has to be repeated wherever a raster is used, one sentence each."""
    tags = dataset.tags()
    credit, made_of = (" ".join(str(tags.get(one, "")).split()) for one in (COPYRIGHT, MADE_OF))
    notes = [f"Credit: {credit[:_LONGEST]}."] if credit else []
    return notes + ([made_of[:_LONGEST]] if made_of else [])


def taken_on(dataset: DatasetReader) -> dt.date | None:
    """The day on which it was taken, where it tells one."""
    found = re.match(r"\d{4}-\d{2}-\d{2}", str(dataset.tags(ns=_DAY_DOMAIN).get(_DAY, "")))
    try:
        return None if found is None else dt.date.fromisoformat(found[0])
    except ValueError:
        return None
