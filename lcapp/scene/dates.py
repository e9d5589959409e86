"""When the images of a series were taken: dates and product names as people's files have them."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lcapp.errors import SceneError
from lcapp.limits import read_bytes
from lcapp.scene.names import on_disk
from lcapp.sensors import parse_sentinel2_product, processing_level
from lcapp.types import Floats

EXPECTED = "a date such as 2021-03-14, 20210314 or 14/03/2021, or a Sentinel-2 product name"

_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_DIGITS = re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
_DAY_OF_YEAR = re.compile(r"([0-9]{4})-?([0-9]{3})")
_DAY_OF_WEEK = re.compile(r"[0-9]{4}-?W[0-9]{2}-?[1-7]")
_TIME = re.compile(r"[T ][0-9][0-9:.,]*\s?(Z|UTC|[+-][0-9]{2}:?[0-9]{2})?$")

_OTHER_PRODUCTS = tuple(
    map(
        re.compile,
        (
            # CNES's Theia; STAC catalogues on AWS; the archive before December 2016; Earth Engine
            r"SENTINEL2[A-D]_(?P<day>[0-9]{8})-[0-9]{6}-.*_L(?P<level>1C|2A)_",
            r"S2[A-D]_[0-9]{2}[A-Z]{3}_(?P<day>[0-9]{8})_[0-9]+_L(?P<level>1C|2A)",
            r"S2[A-D]_OPER_PRD_MSIL(?P<level>1C|2A)_.*_V(?P<day>[0-9]{8})T",
            r"(?P<day>[0-9]{8})T[0-9]{6}_[0-9]{8}T[0-9]{6}_T[0-9]{2}[A-Z]{3}(?P<level>)",
        ),
    )
)
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
"""How files of Windows begin, and their encoding."""


@dataclass(frozen=True)
class Acquisitions:
    """When the images of a series were taken.

    Attributes:
        dates: One each.
        offsets: T, what is to be subtracted from the digital numbers.
        named: They came from product names, which tell the offset.
        notes: What has to be said of them, one sentence each.
    """

    dates: tuple[dt.date, ...]
    offsets: Floats
    named: bool
    notes: tuple[str, ...] = ()


def parse_day(text: str, day_first: bool | None = None) -> dt.date:
    """The day that a text names, with or without a time behind it.

    Args:
        text: Year, month and day with hyphens, slashes, dots or nothing between them; year and day
            of the year; ISO week with its day; or day and month before the year.
        day_first: Whether the day comes before the month where the year comes last; None: only
            what can be read in one way.

    Raises:
        ValueError: It names none, no day that there is, or one of two.
    """
    text = _TIME.sub("", text.strip().strip("\"'"))
    if found := _YEAR_FIRST.fullmatch(text) or _DIGITS.fullmatch(text):
        return dt.date(int(found[1]), int(found[3]), int(found[4]))
    if found := _YEAR_LAST.fullmatch(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        if found[2] == ".":  # nobody writes month.day.year
            day_first = True
        if day_first is None:
            day_first = True if first == second else _day_first(text)
        if day_first is None:
            raise _TwoDays("the day or the month may come first")
        day, month = (first, second) if day_first else (second, first)
        return dt.date(year, month, day)
    if found := _DAY_OF_YEAR.fullmatch(text):
        date = dt.date(int(found[1]), 1, 1) + dt.timedelta(int(found[2]) - 1)
        if date.year == int(found[1]):
            return date
    if _DAY_OF_WEEK.fullmatch(text):
        return dt.date.fromisoformat(text)
    raise ValueError(f"is no date: {text!r}")


class _TwoDays(ValueError):
    """A date that can be read in two ways."""


def _day_first(text: str) -> bool | None:
    """Whether the day stands before the month; None where both can be a month."""
    found = _YEAR_LAST.match(text.strip().strip("\"'"))
    if found is None or found[2] == "." or max(int(found[1]), int(found[3])) <= 12:
        return None
    return int(found[1]) > 12


def parse_acquisitions(lines: Iterable[str], where: Path) -> Acquisitions:
    """Dates from lines that hold a date or a Sentinel-2 product name each; blank ones are none.

    Raises:
        SceneError: A line that is neither, or a date of which the whole file does not tell whether
            its day or its month comes first.
    """
    texts = {n: line.strip() for n, line in enumerate(lines, start=1) if line.strip()}
    orders = {_day_first(text) for text in texts.values()} - {None}
    day_first = orders.pop() if len(orders) == 1 else None
    dates, offsets, named, top_of_atmosphere = [], [], True, 0
    for number, text in texts.items():
        try:
            date, offset, level = _acquisition(text, day_first)
        except ValueError as error:
            two = isinstance(error, _TwoDays)
            raise SceneError(
                f"line {number} {'may be two days' if two else 'is no date'}: {text[:80]!r}",
                where=where,
                expected=EXPECTED,
                advice="write the year first, as in 2021-03-14" if two else None,
            ) from error
        dates.append(date)
        offsets.append(offset or 0.0)
        named &= offset is not None
        top_of_atmosphere += level == "1C"
    told = np.array(offsets, np.float32)
    return Acquisitions(tuple(dates), told, named, _level_note(top_of_atmosphere, len(dates)))


def _acquisition(text: str, day_first: bool | None) -> tuple[dt.date, float | None, str | None]:
    """Date, offset and processing level of a line, as far as it tells."""
    try:
        return parse_day(text, day_first), None, None
    except ValueError as error:
        # A path of any system, of which the last part counts.
        name = re.split(r"[/\\]", text.strip("\"'").rstrip("/\\"))[-1]
        for pattern in _OTHER_PRODUCTS:
            if found := pattern.match(name):
                return parse_day(found["day"]), None, found["level"]
        if not name.startswith("S2"):
            raise error from None
        return *parse_sentinel2_product(name), processing_level(name)


def _level_note(count: int, images: int) -> tuple[str, ...]:
    if not count:
        return ()
    which = "The images" if count == images else f"{count} of the {images} images"
    return (
        f"{which} are Level-1C products: reflectance at the top of the atmosphere, not of the "
        "surface. Models are made for Level-2A; the haze in these values may change the map.",
    )


def read_acquisitions(path: Path) -> Acquisitions:
    """`parse_acquisitions` of a text file."""
    path = on_disk(path)
    content = read_bytes(path, SceneError, "a text file, one date a line")
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        lines: Sequence[str] = content.decode(encoding).splitlines()
    except UnicodeDecodeError as error:
        raise SceneError(
            "is no text in UTF-8", where=path, expected="a text file, one date a line"
        ) from error
    return parse_acquisitions(lines, path)
