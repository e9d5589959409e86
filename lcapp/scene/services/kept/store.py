"""What was fetched, on this disk: whole or not there, found by what was asked, within a limit.

An entry is a folder with its files. While it is being fetched, the answers lie beside it as pieces,
so that a run that was stopped goes on with what is missing.
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from lcapp.errors import RunError, SceneError
from lcapp.files import write_file
from lcapp.limits import parse_json, read_text
from lcapp.reasons import door
from lcapp.scene.services.kept.favourites import favourites, places_folder
from lcapp.scratch import making
from lcapp.types.byte_count import ByteCount

TOLD = "told.json"
"""The last file of an entry: what was asked, and what the services told."""

_DEFAULT_MB = 4000.0
_ASK_AGAIN = 0.5  # seconds


def entry(kind: str, asked: Mapping[str, Any]) -> Path:
    """The folder of what was asked, whether it is there or not."""
    text = json.dumps(asked, sort_keys=True, default=str)
    return places_folder() / f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def parts_of(folder: Path) -> Path:
    """Where the pieces of an entry in the making lie."""
    return folder.with_suffix(".parts")


def told(folder: Path) -> dict[str, Any] | None:
    """What an entry tells; None where it is not there, whole. Notes that it is used."""
    path = folder / TOLD
    found = _read(path) if path.is_file() else None
    if found is not None:
        with suppress(OSError):
            os.utime(path)
    return found


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = parse_json(read_text(path, SceneError, "a description"))
    except (SceneError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def told_by(kind: str, service: str, most: int) -> list[dict[str, Any]]:
    """What the newest entries of a service tell; they do not count as used.

    Args:
        kind: Of the entries.
        service: Its name.
        most: How many.
    """
    told = []
    for path in places_folder().glob(f"{kind}-*/{TOLD}"):
        with suppress(OSError):  # another process has just made room
            told.append((-path.stat().st_ctime, path))
    every = (_read(path) for _, path in sorted(told))
    return list(islice((one for one in every if one and one.get("service") == service), most))


class Pieces:
    """The answers of an entry in the making.

    Args:
        folder: Of the pieces.

    Attributes:
        is_first: Nothing had come before.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_first = not any(folder.iterdir())

    def get(self, name: str, make: Callable[[], bytes], seconds: float | None = None) -> bytes:
        """A piece by its name, made where it is not there.

        Args:
            name: Of its file.
            make: Makes it; what it raises is passed on.
            seconds: After which it is made anew; None: never.

        Raises:
            RunError: The disk refuses.
        """
        path = self.folder / name
        if path.is_file() and (seconds is None or time.time() - path.stat().st_mtime < seconds):
            with door(RunError, path):
                return path.read_bytes()
        content = make()
        write_file(path, content)
        return content


@contextmanager
def fetching(folder: Path, count: ByteCount) -> Iterator[Pieces]:
    """Alone with an entry: another process or session that fetches it is waited for.

    Args:
        folder: The entry.
        count: Stops the waiting on request.

    Raises:
        RunError: The cache cannot be written.
        Cancelled: On request.
    """
    parts, path = parts_of(folder), folder.with_suffix(".lock")
    with door(RunError, folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        while True:
            try:
                lock.acquire(timeout=_ASK_AGAIN)
                break
            except Timeout:
                count.check()
    try:
        with door(RunError, folder):
            parts.mkdir(exist_ok=True)
        yield Pieces(parts)
    finally:
        with suppress(OSError):
            parts.rmdir()  # where nothing came
        with suppress(OSError):
            path.unlink()  # while it is held: whoever waits for it takes a new one
        lock.release()


def finish(folder: Path, write: Callable[[Path], Mapping[str, Any]]) -> dict[str, Any]:
    """Make an entry of its pieces; afterwards the cache is within its limit.

    Args:
        folder: The entry.
        write: Writes its files into a folder; the answer is what the entry tells.

    Raises:
        RunError: The disk is full or refuses; there is no entry then, and the pieces stay.
    """
    parent = folder.parent
    with door(RunError, parent), making(parent) as beside:
        made = beside / "entry"
        made.mkdir()
        text = json.dumps(write(made), indent=1, default=str)
        write_file(made / TOLD, text.encode())
        shutil.rmtree(folder, ignore_errors=True)
        made.replace(folder)
    shutil.rmtree(parts_of(folder), ignore_errors=True)
    _keep_within_limit(folder)
    found = told(folder)
    assert found is not None
    return found


def _keep_within_limit(newest: Path) -> None:
    """Remove what was not used for longest, but never what has just been made, nor favourites."""
    stays = {newest.name, *(name for one in favourites() for name in one.entries)}
    limit = _limit_mb() * 1e6
    entries = []
    for one in newest.parent.iterdir():
        with suppress(OSError):  # another process makes room as well
            if one.is_dir() and (one / TOLD).is_file():
                size = sum(file.stat().st_size for file in one.iterdir())
                entries.append(((one / TOLD).stat().st_mtime, size, one))
            elif one.suffix == ".parts" and time.time() - one.stat().st_mtime > 30 * 86_400:
                shutil.rmtree(one, ignore_errors=True)
    used = sum(size for _, size, _ in entries)
    for _, size, one in sorted(entries):
        if used <= limit:
            return
        if one.name not in stays:
            with suppress(OSError):
                (one / TOLD).unlink()  # first: without it there is no entry
                shutil.rmtree(one)
            used -= size


def _limit_mb() -> float:
    text = os.environ.get("LCAPP_PLACES_MB", "")
    try:
        return float(text) if text else _DEFAULT_MB
    except ValueError:
        raise RunError(
            f"LCAPP_PLACES_MB is {text!r}", expected="megabytes that fetched places may take"
        ) from None
