"""Places as one file: fetched at home, taken to a room without a network.

A zip whose files are stored, never packed: what it claims to hold it must weigh. Of its names only
those that `parcel` itself gives are read, and none of them becomes a path: where a place goes is
found out here, from what its source means to the services of this computer.
"""

import json
import re
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from lcapp.errors import BundleError, RunError, SceneError
from lcapp.files import write_file
from lcapp.limits import parse_json
from lcapp.reasons import door
from lcapp.record import from_json, to_json
from lcapp.scene.archive import BROKEN, open_zip
from lcapp.scene.services.here import aerial_entry, on_disk, series_entry, year_of
from lcapp.scene.services.kept.favourites import MOST, Favourite, keep, places_folder
from lcapp.scene.services.kept.store import TOLD
from lcapp.scene.services.place import Place, parse_place
from lcapp.scene.zone.image import open_zone
from lcapp.scratch import making

MOST_BYTES = 2**30
_MANIFEST = "places.json"
_FILES = {"aerial": ("aerial.tif", TOLD), "series": ("series.tif", "masks.npy", TOLD)}
_NAME = re.compile(r"(?:0|[1-9][0-9]{0,2})/(?:aerial|series)/[a-z]+\.(?:tif|npy|json)")
_MANIFEST_BYTES = 2**20
_MOST_LIST = 2 * 2**20
"""Bytes of the archive's list of names."""

_MEASURED = ("bytes", "expected", "seconds")
"""What was measured from another computer tells nothing here."""

_WHAT = "a file of favourite places, as lcapp exports it"


@dataclass(frozen=True)
class Manifest:
    """What lies in a parcel.

    Attributes:
        lcapp_places: Version of its form.
        places: Each by the number of its folder.
    """

    lcapp_places: int
    places: tuple[Favourite, ...]


def parcel(every: Sequence[Favourite]) -> bytes:
    """Favourite places as one file.

    Args:
        every: Those that go along.

    Raises:
        SceneError: One is not here whole, or all of them are too large.
    """
    out, size = BytesIO(), 0
    plain = tuple(Favourite(one.name, one.source) for one in every)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr(_MANIFEST, json.dumps(to_json(Manifest(1, plain)), ensure_ascii=False))
        for number, one in enumerate(every):
            place = parse_place(one.source)
            found = None if place is None else on_disk(place)
            if found is None or found.series is None:
                raise SceneError("is not here whole", where=one.name, advice="fetch it again")
            for kind, folder in (("aerial", found.aerial.parent), ("series", found.series.parent)):
                for name in _FILES[kind]:
                    path = folder / name
                    size += path.stat().st_size
                    if size > MOST_BYTES:
                        raise SceneError(
                            f"more than {MOST_BYTES / 1e6:.0f} MB", where="favourite places"
                        )
                    packed.write(path, f"{number}/{kind}/{name}")
    return out.getvalue()


def unpack(file: IO[bytes]) -> tuple[Favourite, ...]:
    """Take in what `parcel` has made; places that are here already stay as they are.

    Args:
        file: The zip, from anywhere.

    Raises:
        SceneError: It is none, or holds what does not belong there; nothing of it is kept.
        RunError: The disk is full or refuses.
    """
    try:
        with open_zip(file, _MOST_LIST, "the file") as packed:
            names = _checked(packed)
            manifest = _manifest(packed)
            parent = places_folder()
            with door(RunError, parent):
                parent.mkdir(parents=True, exist_ok=True)
                with making(parent) as beside:
                    made = [
                        _taken(packed, names, number, one, beside)
                        for number, one in enumerate(manifest.places)
                    ]
                    for folders in made:  # nothing comes in before all of it is good
                        for target, new in folders.items():
                            if not (target / TOLD).is_file():
                                shutil.rmtree(target, ignore_errors=True)
                                new.replace(target)
    except BROKEN as error:
        raise SceneError(f"cannot be read: {error}", where="the file", expected=_WHAT) from error
    for one, folders in zip(manifest.places, made, strict=True):
        keep(one.name, one.source, list(folders))
    return manifest.places


def _checked(packed: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Its files by name, after a look at all that they claim."""
    every = packed.infolist()
    weight = 0
    for one in every:
        known = one.filename == _MANIFEST or _NAME.fullmatch(one.filename)
        if not known or one.filename.rpartition("/")[2] not in {_MANIFEST, *_every_name()}:
            raise SceneError(f"holds {one.filename[:80]!r}", where="the file", expected=_WHAT)
        if one.compress_type != zipfile.ZIP_STORED or one.file_size != one.compress_size:
            raise SceneError(f"{one.filename} is packed", where="the file", expected=_WHAT)
        weight += one.file_size
    if weight > MOST_BYTES or len(every) > 1 + 5 * MOST:
        raise SceneError(
            f"holds {weight / 1e6:.0f} MB in {len(every)} files",
            where="the file",
            expected=f"at most {MOST_BYTES / 1e6:.0f} MB of at most {MOST} places",
        )
    names = {one.filename: one for one in every}
    if len(names) < len(every):
        raise SceneError("holds a file twice", where="the file", expected=_WHAT)
    return names


def _every_name() -> set[str]:
    return {name for names in _FILES.values() for name in names}


def _manifest(packed: zipfile.ZipFile) -> Manifest:
    try:
        if packed.getinfo(_MANIFEST).file_size > _MANIFEST_BYTES:
            raise ValueError("it is too long")
        text = packed.read(_MANIFEST).decode()
        found = from_json(Manifest, parse_json(text), _MANIFEST)
        if found.lcapp_places != 1:
            raise ValueError(f"its form is {found.lcapp_places}, of a newer version")
    except (KeyError, ValueError, BundleError) as error:
        raise SceneError(
            f"its {_MANIFEST} cannot be used: {str(error)[:200]}", where="the file", expected=_WHAT
        ) from error
    return found


def _taken(
    packed: zipfile.ZipFile,
    names: dict[str, zipfile.ZipInfo],
    number: int,
    one: Favourite,
    beside: Path,
) -> dict[Path, Path]:
    """The files of a place beside the cache, looked at; the entry that each folder becomes."""
    if ",services=" in one.source:
        raise SceneError("names a list of services", where=one.name, expected=_WHAT)
    place = parse_place(one.source)
    if place is None:
        raise SceneError(f"{one.source[:80]!r} is no place", where=one.name, expected=_WHAT)
    folders = {}
    told: dict[str, Any] = {}
    for kind, files in _FILES.items():
        folder = beside / f"{number}-{kind}"
        folder.mkdir()
        for name in files:
            inside = f"{number}/{kind}/{name}"
            if inside not in names:
                raise SceneError(f"lacks {inside}", where="the file", expected=_WHAT)
            content = packed.read(inside)
            if name == TOLD:
                told[kind], content = _told(content, one.name)
            write_file(folder / name, content)
        folders[kind] = folder
    _check(folders, place, one.name)
    return {
        aerial_entry(place): folders["aerial"],
        series_entry(place, year_of(place, told["aerial"])): folders["series"],
    }


def _told(content: bytes, where: str) -> tuple[dict[str, Any], bytes]:
    """What an entry tells, but for what was measured elsewhere."""
    try:
        found = parse_json(content[:_MANIFEST_BYTES].decode())
        told = {key: one for key, one in found.items() if key not in _MEASURED}
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(told["fetched"])):
            raise ValueError("it tells no day")
    except (ValueError, AttributeError, KeyError) as error:
        raise SceneError(f"its {TOLD} cannot be used", where=where, expected=_WHAT) from error
    return told, json.dumps(told, indent=1).encode()


def _check(folders: dict[str, Path], place: Place, where: str) -> None:
    """The files are images of that place, as every other file that comes from outside."""
    series = folders["series"]
    zone = open_zone(
        folders["aerial"] / "aerial.tif", series / "series.tif", masks=series / "masks.npy"
    )
    if zone.grid != place.grid:
        raise SceneError("its image lies elsewhere", where=where, expected=str(place.grid))
