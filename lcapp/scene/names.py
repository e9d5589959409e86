"""Files by their names, however a computer spells them.

Windows writes `.TIF`, others `.tiff`; a Mac takes accents apart (NFD) and puts a `._` file beside
each on foreign disks; old archives hold names that are no UTF-8. Readers look names up here.
"""

import os
import time
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from lcapp.errors import SceneError
from lcapp.limits import check_name
from lcapp.reasons import expanded

_JUNK = frozenset(
    (
        *("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir", "lost+found"),
        *("$recycle.bin", "system volume information"),
    )
)
"""What systems put into folders beside what starts with a dot, in lower case."""

_RASTERS = frozenset(("tiff", "jp2", "j2k"))
"""Endings of rasters that are read as `.tif` is."""

_SETTLED_NS = 2_000_000_000
"""A folder that changed later than that before it is listed may change again within one tick."""


def is_junk(name: str) -> bool:
    """A file or folder that no person made: hidden, a trace of a system, or a lock of an office."""
    return name.startswith((".", "~$")) or name.lower() in _JUNK


def composed(name: str) -> str:
    """A name with composed accents (NFC); bytes that are no UTF-8 read as Windows' letters."""
    try:
        name.encode()
    except UnicodeEncodeError:
        name = os.fsencode(name).decode("cp1252", errors="replace")
    return unicodedata.normalize("NFC", name)


def one_of(folder: Path, name: str) -> Path | None:
    """The file of a plain name in a folder; None where there is none.

    Raises:
        SceneError: Two files have one name in two spellings.
        OSError: The folder cannot be listed.
    """
    spellings = listed(folder).get(name, ())
    if len(spellings) > 1:
        raise SceneError(
            f"holds one name in two spellings, {spellings[0]} and {spellings[1]}",
            where=folder,
            advice="remove one of them",
        )
    return folder / spellings[0] if spellings else None


def by_name(paths: Iterable[Path]) -> dict[str, Path]:
    """Folders by their composed names.

    Raises:
        SceneError: Two of them have one name in two spellings.
    """
    found: dict[str, Path] = {}
    for path in paths:
        other = found.setdefault(composed(path.name), path)
        if other.name != path.name:
            raise SceneError(
                f"holds one name in two spellings, {other.name!a} and {path.name!a}",
                where=path.parent,
                advice="give one of them another name",
            )
    return found


def plain(name: str) -> str:
    """The one spelling of a file's name: composed, its ending in lower case, `.tif` of a raster.

    What a raster holds tells its format (`rasters.formats`), not its name.
    """
    name = composed(name)
    stem, _, ending = name.rpartition(".")
    if not stem:
        return name
    ending = ending.lower()
    return f"{stem}.{'tif' if ending in _RASTERS else ending}"


def listed(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """What lies in a folder, without junk: plain name to the names on the disk, in their order.

    Raises:
        OSError: The folder cannot be listed.
    """
    changed = folder.stat().st_mtime_ns
    if time.time_ns() - changed < _SETTLED_NS:
        return _list(folder)
    return _listed(folder, changed)


def _list(folder: Path) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(os.listdir(folder)):
        if not is_junk(name):
            found[plain(name)] = (*found.get(plain(name), ()), name)
    return found


@lru_cache(maxsize=128)
def _listed(folder: Path, changed: int) -> Mapping[str, tuple[str, ...]]:
    return _list(folder)


def named(path: str | Path) -> Path:
    """A path that a person wrote, as the disk spells it; `~` is a home.

    Raises:
        SceneError: No file can be called so, or there is no such user, or no home.
    """
    check_name(path, SceneError)
    return Path(path) if os.path.lexists(path) else on_disk(expanded(path))


def on_disk(path: Path) -> Path:
    """A path as the disk spells it; the path itself where nothing there can be meant."""
    if os.path.lexists(path) or path == path.parent:
        return path
    folder = on_disk(path.parent)
    try:
        names = listed(folder).get(plain(path.name))
    except OSError:
        return path
    return folder / names[0] if names else path
