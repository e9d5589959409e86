"""Which layer of a GeoTIFF series is which band of which date, as its descriptions tell.

`2021-03-14 B4`, `20210314_B04`, `20210314T105031_..._T31TDL_B4` (Earth Engine), `0_B4`, `red`: with
or without dates, in any order. What they tell goes before any file of dates and any usual order;
what contradicts is refused.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lcapp.errors import SceneError
from lcapp.scene.dates import Acquisitions, parse_acquisitions, parse_day
from lcapp.scene.rasters.bands import meant
from lcapp.scene.series import BAND_SETS
from lcapp.sensors import COMMON_BANDS, SENTINEL2_BANDS

_DAY = re.compile(r"(?<![0-9])([12][0-9]{3})([-_./]?)([01][0-9])\2([0-3][0-9])(?![0-9])")
_BAND = re.compile(r"(?<![A-Za-z0-9])B(?:and)?[ _-]?0?([0-9]{1,2}A?)(?![A-Za-z0-9])", re.IGNORECASE)

_NO_BAND = re.compile(r"(?<![A-Za-z])(SCL|AOT|WVP|QA[126]0|TCI_[RGB]|MSK_\w+|CLDPRB|SNWPRB)\b")
"""What Sentinel-2 products hold beside their bands."""

Told = tuple[dt.date | None, str | None]
"""Day and band of a layer, as far as its description tells."""


@dataclass(frozen=True)
class Layers:
    """The layers of a series.

    Attributes:
        when: Its acquisitions.
        bands: Names of its bands.
        order: T C, the place in the file of each, from 0.
        notes: What was left out.
    """

    when: Acquisitions
    bands: tuple[str, ...]
    order: tuple[tuple[int, ...], ...]
    notes: tuple[str, ...]

    @property
    def places(self) -> list[int]:
        """All places, date by date."""
        return [place for date in self.order for place in date]


def layers(described: Sequence[str], when: Acquisitions | None, masked: bool, path: Path) -> Layers:
    """Dates and bands of the layers.

    Args:
        described: Descriptions, "" where there is none.
        when: Dates, where a file gives them.
        masked: There are masks, in the order of that file.
        path: Of the series.

    Raises:
        SceneError: The descriptions tell neither dates nor bands and nothing else does; they
            contradict the file of dates, or give dates different bands.
    """
    told = [told_of(text) for text in described]
    if is_numbered(described):  # `Band 1` and so on count the layers
        told = [told_of("")] * len(described)
    dated, named = (sum(one[part] is not None for one in told) for part in (0, 1))
    if when is None and dated < len(told):
        raise SceneError(
            f"{len(told) - dated} of its {len(told)} bands name no date",
            where=path,
            expected="a dates file, or bands described as 2021-03-14 B4",
            advice="write NAME_dates.txt beside it, one date a line",
        )
    if named < len(told) and dated == len(told):
        told = _in_usual_order(told, path)
    elif named < len(told):
        assert when is not None
        plain = _plain(len(told), when, path)
        _check_plain(plain, told, described, path)
        return plain
    if dated < len(told):
        assert when is not None
        told = _with_dates(told, when, path)
    found = _grid(told, path)
    return found if when is None else _agreed(found, when, masked, path)


def told_of(text: str) -> Told:
    """What a description tells; of what it leaves open, None."""
    day = None
    for found in _DAY.finditer(text):
        try:
            day = parse_day("-".join(found.group(1, 3, 4)))
        except ValueError:
            continue
        text = text[: found.start()] + " " + text[found.end() :]
        break
    if band := _BAND.search(text):
        return day, f"B{band[1].upper()}"
    if other := _NO_BAND.search(text):
        return day, other[1]
    return day, COMMON_BANDS.get(meant(text))


def is_numbered(described: Sequence[str]) -> bool:
    """Whether descriptions count the layers, as `Band 1` and so on do."""
    counts = [re.fullmatch(r"\D*?0*(\d+)", text) for text in described]
    return len(described) > 1 and [one and int(one[1]) for one in counts] == [
        *range(1, len(described) + 1)
    ]


def _plain(count: int, when: Acquisitions, path: Path) -> Layers:
    """By number alone: all bands of the first date first, in the usual order."""
    dates = len(when.dates)
    if not dates or count % dates or count // dates not in BAND_SETS:
        makes = [f"{count // n} dates of {n}" for n in BAND_SETS if count % n == 0]
        raise SceneError(
            f"has {count} bands for {dates} dates",
            where=path,
            expected=f"{_sets()} for each date"
            + (f" (its bands would make {' or '.join(makes)})" if makes else ""),
        )
    bands = BAND_SETS[count // dates]
    each = range(0, count, len(bands))
    order = tuple(tuple(range(start, start + len(bands))) for start in each)
    return Layers(when, bands, order, ())


def _check_plain(plain: Layers, told: Sequence[Told], described: Sequence[str], path: Path) -> None:
    """Refuse a usual order that some of the descriptions contradict."""
    for date, places in zip(plain.when.dates, plain.order, strict=True):
        for band, place in zip(plain.bands, places, strict=True):
            day, name = told[place]
            if (day or date, name or band) != (date, band):
                raise SceneError(
                    f"its band {place + 1} is described as {described[place]!r}",
                    where=path,
                    expected=f"{date} {band}, by the dates file and the usual order",
                    advice="describe all its bands as 2021-03-14 B4, or none",
                )


def _in_usual_order(told: Sequence[Told], path: Path) -> list[Told]:
    """Days alone: the bands of each are those of the usual order."""
    days = Counter(day for day, _ in told)
    count = min(days.values())
    if count not in BAND_SETS:
        raise SceneError(
            f"has {count} bands at {min(days, key=lambda day: days[day])}",
            where=path,
            expected=_sets(),
            advice="describe its bands as 2021-03-14 B4",
        )
    seen: Counter[dt.date | None] = Counter()
    named: list[Told] = []
    for day, _ in told:
        named.append((day, BAND_SETS[count][seen[day] % count]))
        seen[day] += 1
    return named


def _with_dates(told: Sequence[Told], when: Acquisitions, path: Path) -> list[Told]:
    """Bands alone: the first of each is of the first date of the file, and so on."""
    seen: Counter[str | None] = Counter(name for _, name in told)
    if set(seen.values()) != {len(when.dates)}:
        name, count = next(one for one in seen.items() if one[1] != len(when.dates))
        raise SceneError(
            f"is described with {count} bands {name} for {len(when.dates)} dates",
            where=path,
            expected="each band once for each date",
        )
    seen.clear()
    dated: list[Told] = []
    for _, name in told:
        dated.append((when.dates[seen[name]], name))
        seen[name] += 1
    return dated


def _grid(told: Sequence[Told], path: Path) -> Layers:
    """Each acquisition with its layers; of a day with two the first layers are the first one's."""
    places: dict[tuple[dt.date | None, int], dict[str | None, int]] = {}
    seen: Counter[Told] = Counter()
    for place, one in enumerate(told):
        places.setdefault((one[0], seen[one]), {})[one[1]] = place
        seen[one] += 1
    first_day = told[0][0]
    first = [name for day, name in told if day == first_day]
    bands = next(
        (
            tuple(name for name in next(iter(places.values())) if name in names)
            for names in (SENTINEL2_BANDS, *BAND_SETS.values())
            if set(names) <= set(first)
        ),
        None,
    )
    if bands is None:
        raise SceneError(
            f"has the bands {', '.join(map(str, first))} at its first date",
            where=path,
            expected=_sets(),
        )
    if any(set(bands) - one.keys() for one in places.values()):
        raise SceneError(
            "its band descriptions do not give each date the same bands",
            where=path,
            expected=f"{', '.join(map(str, bands))} for each date",
        )
    others = sorted({str(name) for name in first} - {str(name) for name in bands})
    lines = [str(day) for day, _ in places]
    return Layers(
        parse_acquisitions(lines, path),
        tuple(map(str, bands)),
        tuple(tuple(one[name] for name in bands) for one in places.values()),
        (f"Of its bands {', '.join(others)} are not used.",) if others else (),
    )


def _agreed(found: Layers, when: Acquisitions, masked: bool, path: Path) -> Layers:
    """The layers with what the file of dates tells of the same days."""
    apart = Counter(when.dates) - Counter(found.when.dates)
    beyond = Counter(found.when.dates) - Counter(when.dates)
    if apart or beyond:
        here, there = (", ".join(map(str, sorted(one)[:3])) for one in (beyond, apart))
        raise SceneError(
            f"its descriptions tell {len(found.when.dates)} dates"
            + (f", {here} among them" if here else ""),
            where=path,
            expected=f"those of the dates file, {len(when.dates)}"
            + (f", {there} among them" if there else ""),
            advice="leave the dates file out, or correct one of them",
        )
    if masked and when.dates != found.when.dates:
        raise SceneError(
            "its descriptions tell the dates in another order than the dates file",
            where=path,
            expected="one order, so that each image has its masks",
            advice="put the lines of the dates file, and the masks, into the order of the bands",
        )
    at: dict[dt.date, list[int]] = {}
    for place, date in enumerate(when.dates):
        at.setdefault(date, []).append(place)
    order = [at[date].pop(0) for date in found.when.dates]
    told = replace(when, dates=found.when.dates, offsets=when.offsets[order])
    return replace(found, when=told)


def _sets() -> str:
    return " or ".join(f"{n} bands ({', '.join(names)})" for n, names in BAND_SETS.items())
