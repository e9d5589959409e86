"""Which dates of a year are worth their bytes: the clearest of each month, wherever they are clear.

What counts as clear is what `types.CloudRule` calls so by default. A place of one window is looked
at as a whole; a larger one in cells of that size, since a cloud in one corner hides no other.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lcapp.errors import NoClearDate
from lcapp.scene.services.protocols.granules import Granule
from lcapp.types import Bools, Bytes, CloudRule

_CLOUD = (8, 9, 10)
_SNOW = 11
_UNKNOWN = (0, 1)
"""Values of the scene classification (ESA's Sentinel-2 Level-2A): clouds of medium and high
probability and cirrus, snow, no data and saturated. Shadows are none: water looks like them."""

_CELL = 40
"""Pixels: what a network sees of the series (`prepare.crop.CONTEXT_PIXELS`)."""

_COVERED = 100


@dataclass(frozen=True, eq=False)
class Chosen:
    """The dates that are fetched.

    Attributes:
        at: Which of those that there are to choose from, by day.
        dates: The tiles of each.
        masks: T 2 H W, snow and cloud in per cent.
        note: A sentence on what they were chosen from.
    """

    at: tuple[int, ...]
    dates: tuple[tuple[Granule, ...], ...]
    masks: Bytes
    note: str


def percent(classes: NDArray[np.generic]) -> Bytes:
    """Snow and cloud by the scene classification, 2 H W, 0 or 100; unknown pixels are cloud.

    Args:
        classes: 1 H W.
    """
    snow, cloud = classes[0] == _SNOW, np.isin(classes[0], (*_CLOUD, *_UNKNOWN))
    return np.stack([snow, cloud]).astype(np.uint8) * np.uint8(_COVERED)


def is_hidden(masks: Bytes) -> bool:
    """Clear in no cell."""
    return not _clear(masks).any()


def choose(
    dates: Sequence[Sequence[Granule]],
    masks: Sequence[Bytes],
    most: int,
    seen: int,
    year: int,
    where: str,
) -> Chosen:
    """The clearest dates of each month, until each cell has so many or there are no more.

    Args:
        dates: The tiles of each date.
        masks: 2 H W of each, snow and cloud in per cent.
        most: Clear dates of a month, for a cell.
        seen: Acquisitions of the year in all.
        year: The year.
        where: The service.

    Raises:
        NoClearDate: There is none.
    """
    clear = [_clear(one) for one in masks]
    cover = [float((one > CloudRule.pixel_percent).any(axis=0).mean()) for one in masks]
    # By day where cover is the same, so that the choice is one.
    order = sorted(range(len(dates)), key=lambda at: (cover[at], dates[at][0].day))
    served: dict[int, NDArray[np.int64]] = {}
    kept = []
    for at in order:
        month = dt.date.fromisoformat(dates[at][0].day).month
        count = served.setdefault(month, np.zeros(clear[at].shape, np.int64))
        if (clear[at] & (count < most)).any():
            count += clear[at]
            kept.append(at)
    if not kept:
        raise NoClearDate(
            f"none of {seen} acquisitions of {year} is clear there",
            where=where,
            expected=f"cloud and snow on at most {CloudRule.max_cover_percent:g} %",
            advice="name another year",
        )
    kept.sort(key=lambda at: (dates[at][0].day, dates[at][0].satellite))
    chosen = tuple(tuple(dates[at]) for at in kept)
    found = np.stack([masks[at] for at in kept])
    found[found == 1] = 0  # as clear as 0, and read as a share it would be all of the pixel
    return Chosen(tuple(kept), chosen, found, _note(chosen, seen, year))


def _note(chosen: Sequence[Sequence[Granule]], seen: int, year: int) -> str:
    months = Counter(int(one[0].day[5:7]) for one in chosen)
    absent = [str(month) for month in range(1, 13) if month not in months]
    without = f" No clear one was found in the months {', '.join(absent)}." if absent else ""
    some = "1 clear one was" if len(chosen) == 1 else f"{len(chosen)} clear ones were"
    return f"Of {seen} acquisitions of {year} there {some} fetched.{without}"


def _clear(masks: Bytes) -> NDArray[np.bool_]:
    """Which cells are clear."""
    covered = np.any(masks > CloudRule.pixel_percent, axis=0)  # 2 H W -> H W
    shares = [100 * cell.mean() for cell in _cells(covered)]
    return np.array(shares) <= CloudRule.max_cover_percent


def _cells(image: Bools) -> Iterator[Bools]:
    for rows in np.array_split(image, max(1, image.shape[0] // _CELL), axis=0):
        yield from np.array_split(rows, max(1, image.shape[1] // _CELL), axis=1)
