"""A whole collection: zone by zone, over several processes, resumable.

A zone is written beside its place and then renamed, so that an interrupted collection holds whole
zones only and can be used as it is; the same call goes on with what is missing. Each zone is a
function of the settings and of its key, so that the bytes do not depend on the processes.
"""

import errno
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from lcapp.errors import RunError
from lcapp.files import write_file
from lcapp.scene.reader import SIMULATED
from lcapp.scratch import clear, is_scratch
from lcapp.simulate.domain import MOST_DOMAINS
from lcapp.simulate.domain import domains as invented
from lcapp.simulate.formats.flair2 import check_empty, is_written, write_tables
from lcapp.simulate.workers import Task, available, run
from lcapp.simulate.zones import MOST_SIDE, SIDE, Zone, usual_domains, zones_of
from lcapp.types import Progress

VERSION = 2
"""Raised whenever the same seed gives another scene."""

MOST_TILES = 999_999
"""FLAIR #2 numbers them with six digits."""

MOST_METRES = 10.0
"""Deviation of shifts: a series that lies further off is another place's."""

_BYTES_PER_TILE = 2_100_000
"""Aerial image, labels and truth, compressed: more than any style has needed."""

_BYTES_PER_PIXEL = 22
"""Of one acquisition: ten bands of two bytes, two masks of one. Not compressed."""

_SCRATCH = ".writing"

OnStep = Callable[[Progress], None]


def simulate(
    out: Path | str,
    tiles: int = 1,
    seed: int = 0,
    *,
    domains: int | None = None,
    shifts: float = 0.0,
    side: int = SIDE,
    processes: int | None = None,
    on_step: OnStep | None = None,
) -> Path:
    """Write a simulated collection in FLAIR #2's format, with its truth.

    The same tiles, domains, shifts and seed give the same bytes, whatever the processes.
    Interrupted, it leaves whole zones, and the same call goes on.

    Args:
        out: The folder to make; may exist when it is empty or when this simulation was begun
            there.
        tiles: How many tiles of 102.4 m; 1..999,999.
        seed: Of the landscapes, the weather and the noise; 0 or more.
        domains: How many domains the zones are spread over, 1..350; by default about five zones
            each.
        shifts: Metres, deviation on each axis of where the dates of a series lie, at most twice as
            far off; the known shifts lie beside the truth. 0, and all lie right. 0..10.
        side: Tiles along a zone, 1..6: in larger ones patches make scenes of a coarser scale
            (`prepare.reduced`).
        processes: How many work at once; by default one for each processor this process may use.
        on_step: Called with the tiles done so far after each zone.

    Returns:
        `out`.

    Raises:
        RunError: A setting without meaning; `out` holds something else, is being written by
            another process, or cannot be written; no space, checked beforehand and met on the way.
    """
    out = Path(out)
    zones = _planned(tiles, seed, domains, shifts, side, processes)
    settings = f"version {VERSION}, tiles {tiles}, seed {seed}"
    if shifts:
        settings += f", shifts {shifts:g}"
    if side != SIDE:
        settings += f", side {side}"
    text = marker(zones, settings)
    return write_collection(out, zones, text, processes or available(), on_step)


def marker(zones: Sequence[Zone], settings: str) -> str:
    """What stands in the collection's root: that it is simulated, and from which settings."""
    of_domain: dict[str, list[Zone]] = {}
    for zone in zones:
        of_domain.setdefault(zone.domain.name, []).append(zone)
    lines = [
        "Every scene in this folder is simulated by lcapp: no aeroplane and no satellite has seen "
        "these places.",
        f"Settings: {settings}, domains {len(of_domain)}.",
        "truth/ holds the year's twelve months at 1.6 m as they really were.",
    ]
    for name, own in of_domain.items():
        domain = own[0].domain
        flight = f"flown on {domain.flight:%Y-%m-%d}"
        lines.append(f"{name}: {domain.style}, {flight}, zones {len(own)}, {own[0].tree}")
    return "\n".join(lines) + "\n"


def write_collection(
    out: Path,
    zones: Sequence[Zone],
    text: str,
    processes: int,
    on_step: OnStep | None = None,
    *,
    first: int | None = None,
    patient: bool = False,
    nice: int | None = None,
) -> Path:
    """Write the zones that are not there yet.

    Args:
        out: As for `simulate`.
        zones: All zones of the collection.
        text: Content of `SIMULATED.txt`; another one there is another simulation.
        processes: How many work at once; 1 works in this one.
        on_step: As for `simulate`.
        first: Only so many, from the first zone on; None for all.
        patient: Wait for another process that writes here, instead of refusing.
        nice: As for `run`.

    Raises:
        RunError: As for `simulate`.
    """
    wanted = zones[:first]
    if _text(out) == text and all(is_written(out, zone) for zone in wanted):
        return out
    if not patient:  # before a lock is put there
        _check_target(out, text)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with _alone(out, patient) as lock:
            clear(out)
            # Only now nobody else changes it.
            _check_target(out, text)
            missing = [zone for zone in wanted if not is_written(out, zone)]
            _check_space(out, missing)
            # Before any scene: the mark that it is simulated, and where a reader looks tiles up.
            write_file(out / SIMULATED, text.encode())
            write_tables(out, zones)
            writing = run(Task(out, out / _SCRATCH), missing, processes, nice=nice)
            total = _tiles(wanted)
            _follow(writing, total - _tiles(missing), total, on_step or (lambda progress: None))
            if all(is_written(out, zone) for zone in zones):
                # Whoever waits for it finds nothing left to do.
                with suppress(OSError):
                    lock.unlink()
    except OSError as error:
        raise _refused(out, error) from error
    return out


def _follow(writing: Generator[Zone, None, None], done: int, total: int, on_step: OnStep) -> None:
    on_step(Progress("simulate", done, total))
    with closing(writing):
        for zone in writing:
            done += len(zone.tiles)
            on_step(Progress("simulate", done, total))


def _tiles(zones: Sequence[Zone]) -> int:
    return sum(len(zone.tiles) for zone in zones)


def _planned(
    tiles: int, seed: int, domains: int | None, shifts: float, side: int, processes: int | None
) -> tuple[Zone, ...]:
    if not 1 <= tiles <= MOST_TILES:
        raise RunError(f"tiles is {tiles}", expected=f"at least 1, at most {MOST_TILES}")
    if seed < 0:
        raise RunError(f"seed is {seed}", expected="0 or more")
    if processes is not None and processes < 1:
        raise RunError(f"processes is {processes}", expected="at least 1")
    if not 0 <= shifts <= MOST_METRES:
        raise RunError(f"shifts is {shifts:g}", expected=f"0 to {MOST_METRES:g} metres")
    if not 1 <= side <= MOST_SIDE:
        raise RunError(f"side is {side}", expected=f"1 to {MOST_SIDE} tiles")
    count = usual_domains(tiles, side) if domains is None else domains
    most = min(MOST_DOMAINS, -(-tiles // side**2))
    if not 1 <= count <= most:
        raise RunError(
            f"domains is {count}",
            expected=f"1 to {most} for {tiles} tiles: {side**2} to a zone, a zone at least to each",
        )
    return zones_of(tiles, invented(count, seed), seed, shifts, side)


def _check_target(out: Path, text: str) -> None:
    """Refuse a target that holds something else than this very simulation."""
    found = _text(out)
    if found is None:
        # What an interruption before the first file may have left is nothing.
        if not out.is_dir() or not all(
            one.name.startswith(_SCRATCH) or is_scratch(one.name) for one in out.iterdir()
        ):
            check_empty(out)
    elif found != text:
        raise RunError(
            f"holds another simulation ({_settings(found)})",
            where=out,
            expected=f"the settings it was begun with; now {_settings(text)}",
            advice="name a folder that does not exist yet",
        )


def _text(out: Path) -> str | None:
    path = out / SIMULATED
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None


def _settings(text: str) -> str:
    found = [line for line in text.splitlines() if line.startswith("Settings: ")]
    return found[0].removeprefix("Settings: ").rstrip(".") if found else "of unknown settings"


@contextmanager
def _alone(out: Path, patient: bool) -> Iterator[Path]:
    """One process at a time begins a collection or goes on with it; gives its lock."""
    scratch, lock = out / _SCRATCH, out / f"{_SCRATCH}.lock"
    try:
        with FileLock(lock, timeout=-1 if patient else 0):
            try:
                scratch.mkdir(exist_ok=True)
                yield lock
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
    except Timeout as error:
        raise RunError(
            "is being written by another process", where=out, advice="wait for it to end"
        ) from error


def _check_space(out: Path, zones: Sequence[Zone]) -> None:
    needed = sum(needed_bytes(zone) for zone in zones)
    free = shutil.disk_usage(out).free
    if needed > free:
        raise RunError(
            f"no space: about {needed / 1e6:.0f} MB needed, {free / 1e6:.0f} MB free",
            where=out,
            advice="free some space, name another folder or fewer tiles",
        )


def needed_bytes(zone: Zone) -> int:
    """What the files of a zone take, at most."""
    rows, cols = zone.super_area
    series = zone.domain.climate.acquisitions * rows * cols * _BYTES_PER_PIXEL
    return len(zone.tiles) * _BYTES_PER_TILE + series


def _refused(out: Path, error: OSError) -> RunError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return RunError(
        f"cannot be written: {error.strerror or error}",
        where=out,
        advice="free some space and run it again: what is complete stays, and it goes on from there"
        if full
        else "name another folder",
    )
