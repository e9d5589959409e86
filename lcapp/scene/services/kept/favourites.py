"""Favourite places: a name each, and what is here of them, which no limit of the cache removes."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from lcapp.errors import BundleError, RunError, SceneError
from lcapp.files import cache_folder, write_file
from lcapp.limits import parse_json, read_text
from lcapp.reasons import door
from lcapp.record import from_json, to_json

FILE = "favourites.json"
MOST, LONGEST_NAME = 200, 80


@dataclass(frozen=True)
class Favourite:
    """A place by its name.

    Attributes:
        name: For people.
        source: Of the place, as `Place.text` writes it.
        entries: Names of the folders in the cache that hold it.
    """

    name: str
    source: str
    entries: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < len(self.name.strip()) <= LONGEST_NAME or not self.name.isprintable():
            raise ValueError(f"a name has 1 to {LONGEST_NAME} letters")
        if any(one != Path(one).name or one.startswith(".") for one in self.entries):
            raise ValueError("entries are names of folders")


def places_folder() -> Path:
    """Where entries lie (RunError)."""
    return cache_folder() / "places"


def favourites() -> tuple[Favourite, ...]:
    """All that can be read, by name; none where the list is damaged or not there."""
    with suppress(RunError):
        return _listed(lenient=True)
    return ()


def _listed(lenient: bool = False) -> tuple[Favourite, ...]:
    """The list, by name.

    Args:
        lenient: What cannot be read is passed over.

    Raises:
        RunError: There is a list that cannot be read as a whole: nobody writes over it.
    """
    path, every = places_folder() / FILE, []
    if not path.is_file():
        return ()
    try:
        found: Any = parse_json(read_text(path, SceneError, "favourite places"))
        for one in found:
            try:
                every.append(from_json(Favourite, one, FILE))
            except (BundleError, ValueError, TypeError):
                if not lenient:
                    raise
    except (SceneError, BundleError, ValueError, TypeError) as error:
        raise RunError(
            "is no list of favourite places that this version can read",
            where=path,
            advice="move it away, or use the version of lcapp that has written it",
        ) from error
    return tuple(sorted(every, key=lambda one: one.name.casefold()))


def keep(name: str, source: str, entries: Sequence[Path]) -> None:
    """Make a place a favourite, or give it another name.

    Args:
        name: For people.
        source: As `Place.text` writes it.
        entries: The folders that hold it.

    Raises:
        SceneError: The name is none, or there are too many.
        RunError: The disk is full or refuses.
    """
    try:
        new = Favourite(name.strip(), source, tuple(one.name for one in entries))
    except ValueError as error:
        raise SceneError(str(error), where=repr(name[:LONGEST_NAME])) from None
    with _alone():
        others = [one for one in _listed() if one.source != source]
        if len(others) >= MOST:
            raise SceneError(
                f"there are {len(others)} favourite places", expected=f"at most {MOST}"
            )
        _write([*others, new])


def drop(source: str) -> None:
    """A favourite no longer; what was fetched stays as long as the cache has room (RunError)."""
    with _alone():
        _write([one for one in _listed() if one.source != source])


@contextmanager
def _alone() -> Iterator[None]:
    """Two tabs that keep a place at once lose none: the list is read and written by one."""
    folder = places_folder()
    with door(RunError, folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{FILE}.lock")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _write(every: Sequence[Favourite]) -> None:
    folder = places_folder()
    text = json.dumps([to_json(one) for one in every], indent=1, ensure_ascii=False)
    write_file(folder / FILE, text.encode())
