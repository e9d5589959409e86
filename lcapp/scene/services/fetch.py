"""A place onto this disk: its aerial image, and its year as far as it is clear there.

Of an acquisition the scene classification comes first, then the probabilities of cloud and snow
where that leaves anything to see, and only of clear dates the bands.
"""

import datetime as dt
import io
import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lcapp.errors import SceneError
from lcapp.limits import parse_json
from lcapp.scene.services.chosen import choose, is_hidden, percent
from lcapp.scene.services.declared import host_of
from lcapp.scene.services.place import Place
from lcapp.scene.services.protocols.granules import Granule, from_plain, to_plain
from lcapp.scene.services.protocols.transport import Connection
from lcapp.scene.services.protocols.windows import read_window
from lcapp.scene.services.protocols.wms import fetch_flight, fetch_image, sheets
from lcapp.scene.services.store import Pieces, entry, fetching, finish, told
from lcapp.scene.services.written import write_aerial, write_series
from lcapp.sensors import SERIES_GSD
from lcapp.types import Grid, Progress
from lcapp.types.byte_count import ByteCount

_AT_ONCE = 8
"""Requests at a time: an answer takes a tenth of a second of waiting, and services are shared."""

_SECONDS_OF_A_DAY = 86_400.0
"""After that a catalogue is asked anew."""

_LIKELY = ("snow", "cloud")
"""Probabilities in per cent."""

Result = TypeVar("Result")
OnProgress = Callable[[Progress], None] | None


@dataclass(frozen=True)
class Fetched:
    """Where a place lies on this disk.

    Attributes:
        aerial: Its aerial image.
        series: Its series, where that was asked for.
        masks: Snow and cloud of the series.
        told: What the services told of both.
        bytes: That were fetched now; 0 where all was there.
    """

    aerial: Path
    series: Path | None
    masks: Path | None
    told: dict[str, Any]
    bytes: int

    @property
    def files(self) -> tuple[Path, ...]:
        """All of them."""
        return tuple(one for one in (self.aerial, self.series, self.masks) if one is not None)


def on_disk(place: Place, *, series: bool = True) -> Fetched | None:
    """The place as far as it is here already; None where anything lacks. Asks no network."""
    aerial = _aerial_entry(place)
    image = told(aerial)
    if image is None:
        return None
    if not series:
        return Fetched(aerial / "aerial.tif", None, None, {"aerial": image}, 0)
    folder = _series_entry(place, _year(place, image))
    year = told(folder)
    if year is None:
        return None
    both = {"aerial": image, "series": year}
    return Fetched(aerial / "aerial.tif", folder / "series.tif", folder / "masks.npy", both, 0)


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
            _fetch_series(place, _year(place, image), connection)
    tell(Progress(place.id, count.done, count.done))
    found = on_disk(place, series=series)
    if found is None:
        raise SceneError("has gone from the cache again", where=place.id, advice="fetch it again")
    return replace(found, bytes=count.done)


def _year(place: Place, image: dict[str, Any]) -> int:
    """Of the series: as named, of the flight, or the last whole one when it was fetched."""
    if place.year is not None:
        return place.year
    flown = str(image.get("flown") or place.flight or "")[:4]
    year = int(flown) if flown.isdecimal() else int(str(image["fetched"])[:4]) - 1
    return max(year, place.series.first_year)


def _aerial_entry(place: Place) -> Path:
    service = place.aerial
    asked = {"address": service.address, "layers": service.layers, "format": service.format}
    return entry("aerial", {**asked, "grid": place.grid, "flight": place.flight})


def _series_entry(place: Place, year: int) -> Path:
    service = place.series
    asked = {"address": service.address, "collection": service.collection, "bands": place.bands}
    return entry("series", {**asked, "grid": place.series_grid, "year": year, "n": place.dates})


def _fetch_aerial(place: Place, connection: Connection) -> dict[str, Any]:
    """What the entry of the aerial image tells, fetched where it is not there."""
    folder, service = _aerial_entry(place), place.aerial
    with fetching(folder, connection.count) as pieces:
        if (there := told(folder)) is not None:
            return there
        flown = None
        if service.flights is not None and place.flight is None:
            found = fetch_flight(connection, service.flights, place.lon, place.lat)
            flown = None if found is None else found.isoformat()
        parts = list(sheets(place.grid, service.largest))

        def sheet(rows: slice, cols: slice) -> None:
            def make() -> bytes:
                grid = place.grid.cut(rows, cols)
                image, seen = fetch_image(connection, service, grid, place.flight)
                return _npy(np.concatenate([image, seen[None].astype(np.uint8)]))

            pieces.get(f"{rows.start}-{cols.start}.npy", make)

        _all(connection, [partial(sheet, *part) for part in parts])

        def write(made: Path) -> dict[str, Any]:
            day = None if flown is None else dt.date.fromisoformat(flown)
            paths = [pieces.folder / f"{rows.start}-{cols.start}.npy" for rows, cols in parts]
            write_aerial(made / "aerial.tif", place, parts, paths, day)
            return {
                "service": service.name,
                "credit": service.credit,
                "licence": service.licence,
                "layers": [one.name for one in service.layers],
                "flown": flown,
                "fetched": dt.date.today().isoformat(),
            }

        return finish(folder, write)


def _fetch_series(place: Place, year: int, connection: Connection) -> None:
    from lcapp.scene.services.protocols.stac import search  # half a second, of no other source

    folder, service, grid = _series_entry(place, year), place.series, place.series_grid
    with fetching(folder, connection.count) as pieces:
        if told(folder) is not None:
            return
        found = pieces.get(
            "items.json",
            lambda: json.dumps(to_plain(search(connection, service, grid, year))).encode(),
            _SECONDS_OF_A_DAY,
        )
        dates: dict[tuple[str, str], list[Granule]] = {}
        for one in from_plain(parse_json(found.decode())):
            dates.setdefault(one.acquisition, []).append(one)
        days = list(dates.values())
        tiles = _Tiles(connection, pieces, grid)
        classified = _all(connection, [partial(tiles.read, of, ("scl",)) for of in days])
        masks = [percent(one) for one in classified]
        left = [at for at, one in enumerate(masks) if not is_hidden(one)]
        days_left, masks = [days[at] for at in left], [masks[at] for at in left]
        told_too = {"snow", "cloud"} <= dict(service.assets).keys()
        if told_too:
            likely = _all(connection, [partial(tiles.read, of, _LIKELY) for of in days_left])
            masks = [np.maximum(a, b) for a, b in zip(masks, likely, strict=True)]
        chosen = choose(days_left, masks, place.dates, len(days), year, service.name)
        blocks = len(place.bands) * sum(map(len, chosen.dates))
        connection.count.total = connection.count.done + blocks * service.block_bytes
        values = _all(connection, [partial(tiles.read, of, place.bands) for of in chosen.dates])

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
                "fetched": dt.date.today().isoformat(),
            }

        finish(folder, write)


class _Tiles:
    """Windows of the tiles of an acquisition, joined."""

    def __init__(self, connection: Connection, pieces: Pieces, grid: Grid) -> None:
        self._connection, self._pieces, self._grid = connection, pieces, grid

    def read(self, tiles: Sequence[Granule], names: Sequence[str]) -> NDArray[Any]:
        """C H W of bands or masks at 10 m; where the first tile has nothing, the next one's."""
        content = self._pieces.get(
            f"{tiles[0].day}-{tiles[0].satellite}-{'_'.join(names)}.npy".replace("/", "-"),
            lambda: _npy(np.stack([self._joined(tiles, name) for name in names])),
        )
        found: NDArray[Any] = np.load(io.BytesIO(content), allow_pickle=False)
        return found

    def _joined(self, tiles: Sequence[Granule], name: str) -> NDArray[Any]:
        first = tiles[0].files[name]
        out: NDArray[Any] | None = None
        for tile in tiles:
            file = tile.files[name]
            where = f"{name} of {tile.id}"
            window = read_window(
                self._connection, file.href, where, self._grid, self._pieces.folder
            )
            repeats = round(window.gsd / SERIES_GSD)
            values = np.kron(window.values, np.ones((repeats, repeats), window.values.dtype))
            if (file.scale, file.offset) != (first.scale, first.offset):
                numbers = (values * file.scale + file.offset - first.offset) / first.scale
                values = np.where(values == 0, 0, numbers.round()).astype(values.dtype)
            out = values if out is None else np.where(out == 0, values, out)
        assert out is not None
        return out


def _all(connection: Connection, work: Sequence[Callable[[], Result]]) -> list[Result]:
    """Several at a time; the first that fails ends the others."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        futures = [pool.submit(one) for one in work]
        try:
            for one in as_completed(futures):
                one.result()
        except BaseException:
            connection.stop()
            for one in futures:
                one.cancel()
            raise
    return [one.result() for one in futures]


def _npy(values: NDArray[Any]) -> bytes:
    out = io.BytesIO()
    np.save(out, values, allow_pickle=False)
    return out.getvalue()
