"""A place onto this disk: its aerial image, and its year as far as it is clear there.

Of an acquisition the scene classification comes first, then the probabilities of cloud and snow
of those that it makes the clearest of their month, and only of clear dates the bands.
"""

import datetime as dt
import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lcapp.errors import SceneError
from lcapp.limits import parse_json
from lcapp.scene.services.chosen import choose, is_hidden, percent
from lcapp.scene.services.declared import host_of
from lcapp.scene.services.here import ITEMS, Fetched, aerial_entry, on_disk, series_entry, year_of
from lcapp.scene.services.kept.store import Pieces, fetching, finish, told
from lcapp.scene.services.place import Place
from lcapp.scene.services.protocols.granules import Granule, from_plain, to_plain
from lcapp.scene.services.protocols.transport import Connection
from lcapp.scene.services.protocols.wms import fetch_flight, fetch_image, sheets
from lcapp.scene.services.tiles import Tiles, all_of, npy
from lcapp.scene.services.written import write_aerial, write_series
from lcapp.types import Progress
from lcapp.types.byte_count import ByteCount

_SECONDS_OF_A_DAY = 86_400.0
"""After that a catalogue is asked anew."""

_LIKELY = ("snow", "cloud")
"""Probabilities in per cent."""

OnProgress = Callable[[Progress], None] | None


def fetch_place(
    place: Place,
    *,
    series: bool = True,
    on_progress: OnProgress = None,
    cancel: threading.Event | None = None,
) -> Fetched:
    """Bring a place here; what is here already is not asked for again.

    Args:
        place: The place.
        series: Its series as well.
        on_progress: Told the bytes, of how many there will be about.
        cancel: Set from another thread to stop; what was fetched is kept.

    Raises:
        ServiceError: A service refuses, answers nonsense, or has nothing there.
        NoClearDate: The year has none.
        RunError: The disk is full or refuses.
        Cancelled: On request.
    """
    there = on_disk(place, series=series)
    if there is not None:
        return there

    def tell(progress: Progress) -> None:
        if on_progress is not None:  # one stage: the pace goes on from file to file
            on_progress(replace(progress, stage=place.id))

    count = ByteCount(place.expected_bytes(series=series), 0, tell, cancel)
    hosts = {*place.aerial.hosts, host_of(place.series.address), *place.series.hosts}
    with Connection(hosts, count) as connection:
        image = _fetch_aerial(place, connection)
        if series:
            _fetch_series(place, year_of(place, image), connection)
    tell(Progress(place.id, count.done, count.done))
    found = on_disk(place, series=series)
    if found is None:
        raise SceneError("has gone from the cache again", where=place.id, advice="fetch it again")
    return replace(found, bytes=count.done)


def fetch_year(
    place: Place, *, on_progress: OnProgress = None, cancel: threading.Event | None = None
) -> Path:
    """Bring the series alone here, of a place whose year is named.

    Args:
        place: The place.
        on_progress: As of `fetch_place`.
        cancel: As of `fetch_place`.

    Returns:
        The folder of `series.tif` and `masks.npy`.

    Raises:
        LcappError: As `fetch_place`.
    """
    assert place.year is not None
    folder = series_entry(place, place.year)
    if told(folder) is None:
        count = ByteCount(place.expected_bytes(aerial=False), 0, on_progress, cancel)
        with Connection({host_of(place.series.address), *place.series.hosts}, count) as connection:
            _fetch_series(place, place.year, connection)
    return folder


def _fetch_aerial(place: Place, connection: Connection) -> dict[str, Any]:
    """What the entry of the aerial image tells, fetched where it is not there."""
    folder, service = aerial_entry(place), place.aerial
    with fetching(folder, connection.count) as pieces:
        if (there := told(folder)) is not None:
            return there
        taken = _Taken(place.expected_bytes(series=False), pieces, connection)
        flown = None
        if service.flights is not None and place.flight is None:
            found = fetch_flight(connection, service.flights, place.lon, place.lat)
            flown = None if found is None else found.isoformat()
        parts = list(sheets(place.grid, service.largest))

        def sheet(rows: slice, cols: slice) -> None:
            def make() -> bytes:
                grid = place.grid.cut(rows, cols)
                image, seen = fetch_image(connection, service, grid, place.flight)
                return npy(np.concatenate([image, seen[None].astype(np.uint8)]))

            pieces.get(f"{rows.start}-{cols.start}.npy", make)

        all_of(connection, [partial(sheet, *part) for part in parts])

        def write(made: Path) -> dict[str, Any]:
            day = None if flown is None else dt.date.fromisoformat(flown)
            paths = [pieces.folder / f"{rows.start}-{cols.start}.npy" for rows, cols in parts]
            write_aerial(made / "aerial.tif", place, parts, paths, day)
            return {
                "service": service.name,
                "credit": service.credit,
                "licence": service.licence,
                "layers": [one.name for one in service.layers],
                **taken.told(),
                "flown": flown,
                "fetched": dt.date.today().isoformat(),
            }

        return finish(folder, write)


def _fetch_series(place: Place, year: int, connection: Connection) -> None:
    from lcapp.scene.services.protocols.stac import search  # half a second, of no other source

    folder, service, grid = series_entry(place, year), place.series, place.series_grid
    with fetching(folder, connection.count) as pieces:
        if told(folder) is not None:
            return
        taken = _Taken(place.expected_bytes(aerial=False), pieces, connection)
        found = pieces.get(
            ITEMS,
            lambda: json.dumps(to_plain(search(connection, service, grid, year))).encode(),
            _SECONDS_OF_A_DAY,
        )
        dates: dict[tuple[str, str], list[Granule]] = {}
        for one in from_plain(parse_json(found.decode())):
            dates.setdefault(one.acquisition, []).append(one)
        days = list(dates.values())
        tiles = Tiles(connection, pieces, grid)
        classified = all_of(connection, [partial(tiles.read, of, ("scl",)) for of in days])
        masks = [percent(one) for one in classified]
        left = [at for at, one in enumerate(masks) if not is_hidden(one)]
        days_left, masks = [days[at] for at in left], [masks[at] for at in left]
        told_too = {"snow", "cloud"} <= dict(service.assets).keys()
        known: set[int] = set() if told_too else {*range(len(days_left))}
        while True:  # probabilities of those alone that would be taken
            chosen = choose(days_left, masks, place.dates, len(days), year, service.name)
            asked = [at for at in chosen.at if at not in known]
            if not asked:
                break
            likely = all_of(
                connection, [partial(tiles.read, days_left[at], _LIKELY) for at in asked]
            )
            for at, percent_too in zip(asked, likely, strict=True):
                masks[at] = np.maximum(masks[at], percent_too)
            known.update(asked)
        blocks = len(place.bands) * sum(map(len, chosen.dates))
        connection.count.total = connection.count.done + blocks * service.block_bytes
        values = all_of(connection, [partial(tiles.read, of, place.bands) for of in chosen.dates])

        def write(made: Path) -> dict[str, Any]:
            write_series(made, place, chosen, values)
            return {
                "service": service.name,
                "credit": service.credit,
                "licence": service.licence,
                "year": year,
                "acquisitions": len(days),
                "items": [one.id for of in chosen.dates for one in of],
                "dates": [of[0].day for of in chosen.dates],
                "note": chosen.note,
                **taken.told(),
                "fetched": dt.date.today().isoformat(),
            }

        finish(folder, write)


class _Taken:
    """What an entry takes from its first byte to its last; nothing where it was taken up again."""

    def __init__(self, expected: int, pieces: Pieces, connection: Connection) -> None:
        self._expected, self._pieces, self._count = expected, pieces, connection.count
        self._from, self._since = self._count.done, time.monotonic()

    def told(self) -> dict[str, float]:
        if not self._pieces.is_first:
            return {}
        came, seconds = self._count.done - self._from, time.monotonic() - self._since
        return {"expected": self._expected, "bytes": came, "seconds": round(seconds, 2)}
