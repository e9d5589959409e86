"""Archives from elsewhere, unpacked without trust: nothing lands outside, nothing swells."""

import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from lcapp.errors import SceneError
from lcapp.reasons import refusal
from lcapp.scene.names import is_junk

MOST_MEMBERS = 500_000
MOST_BYTES = 64 * 2**30
"""Of all files of an archive together, unpacked."""

MOST_RATIO = 200
"""Of an unpacked file to what it takes in the archive; rasters with a class each reach 100."""

BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError),
    *(NotImplementedError, RuntimeError, UnicodeError),
)
"""What `zipfile` raises on an archive that is damaged or that it does not know."""

_MOST_LIST = 64 * 2**20
"""Bytes of an archive's list of names, of half a million."""

_END, _END64, _LOCATOR64 = b"PK\5\6", b"PK\6\6", b"PK\6\7"
_END_BYTES, _END64_BYTES, _LOCATOR64_BYTES = 22, 56, 20
_SMALL = 2**20
"""Bytes up to which a file may swell as it likes."""


def unpack(archive: Path, out: Path) -> int:
    """Unpack a ZIP archive into a folder.

    Args:
        archive: The file.
        out: Folder that is there; of names that only other programs need nothing is unpacked.

    Returns:
        How many files there are.

    Raises:
        SceneError: It is no whole archive, holds names that lead elsewhere, links or encrypted
            files, or would take more than it may; or the disk refuses.
    """
    try:
        with archive.open("rb") as whole, open_zip(whole, _MOST_LIST, archive) as opened:
            files = [one for one in opened.infolist() if not one.is_dir()]
            _check(files, archive)
            members = [one for one in files if not passed_over(one.filename)]
            for one in members:
                target = out.joinpath(*PurePosixPath(one.filename).parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(one) as packed, target.open("xb") as file:
                    shutil.copyfileobj(
                        packed, file, 2**20
                    )  # no more than it claims; CRC at its end
    except BROKEN as error:
        raise SceneError(
            f"cannot be unpacked: {error}",
            where=archive,
            expected="a whole ZIP archive",
            advice="fetch it again",
        ) from error
    except OSError as error:
        raise refusal(error, out, SceneError, writing=True) from error
    return len(members)


def open_zip(file: IO[bytes], most: int, where: object) -> zipfile.ZipFile:
    """Open an archive after a look at how long its list of names is, which `zipfile` reads whole.

    Args:
        file: The archive.
        most: Bytes of the list.
        where: For the message.

    Raises:
        SceneError: The list is longer, or it is not told how long it is.
        zipfile.BadZipFile: It is no archive; as the rest of `BROKEN`.
    """
    size = _list_size(file)
    if size is None or size > most:
        told = "of a length that is not told" if size is None else f"of {size:,} bytes"
        raise SceneError(
            f"has a list of names {told}",
            where=where,
            expected=f"at most {most:,}",
            advice="pack fewer files",
        )
    file.seek(0)
    return zipfile.ZipFile(file)


def _list_size(file: IO[bytes]) -> int | None:
    """Bytes of the list by the record at the end, the one `zipfile` takes; None: contradictory."""
    whole = file.seek(0, 2)
    start = max(whole - 2**16 - _END_BYTES, 0)
    file.seek(start)
    tail = file.read(2**16 + _END_BYTES)
    at = len(tail) - _END_BYTES
    if at < 0 or not (tail[at:].startswith(_END) and tail.endswith(b"\0\0")):
        at = tail.rfind(_END)
    end = tail[at : at + _END_BYTES]
    if at < 0 or len(end) < _END_BYTES:
        raise zipfile.BadZipFile("File is not a zip file")
    locator = start + at - _LOCATOR64_BYTES
    if locator < 0:
        return int.from_bytes(end[12:16], "little")
    file.seek(locator)
    found = file.read(_LOCATOR64_BYTES)
    if not found.startswith(_LOCATOR64):
        return int.from_bytes(end[12:16], "little")
    place = locator - _END64_BYTES
    if place < 0 or int.from_bytes(found[8:16], "little") != place:
        return None
    file.seek(place)
    record = file.read(_END64_BYTES)
    return int.from_bytes(record[40:48], "little") if record.startswith(_END64) else None


def passed_over(name: str) -> bool:
    """Whether a name in an archive is of what only other programs need (`names.is_junk`)."""
    return any(part != ".." and is_junk(part) for part in PurePosixPath(name).parts)


def _check(members: list[zipfile.ZipInfo], archive: Path) -> None:
    """Before anything is written."""

    def refuse(what: str, expected: str) -> SceneError:
        return SceneError(what, where=archive, expected=expected, advice="do not trust this file")

    total = sum(one.file_size for one in members)
    if len(members) > MOST_MEMBERS or total > MOST_BYTES:
        raise refuse(
            f"claims {len(members)} files of {total / 1e9:.0f} GB",
            f"at most {MOST_MEMBERS} files of {MOST_BYTES / 1e9:.0f} GB",
        )
    seen = set()
    for one in members:
        path = PurePosixPath(one.filename)
        leads = path.is_absolute() or ".." in path.parts or not path.parts
        if leads or any(letter in one.filename for letter in "\\:\0"):
            raise refuse(f"holds the name {one.filename!r:.80}", "names inside the archive")
        if stat.S_IFMT(one.external_attr >> 16) not in (0, stat.S_IFREG):
            raise refuse(f"holds {one.filename!r:.80}, which is no plain file", "plain files")
        if one.flag_bits & 1:
            raise refuse(f"holds {one.filename!r:.80}, which is encrypted", "plain files")
        if one.file_size > max(_SMALL, MOST_RATIO * one.compress_size):
            raise refuse(
                f"holds {one.filename!r:.80}, which swells from {one.compress_size} to "
                f"{one.file_size} bytes",
                f"at most {MOST_RATIO} times",
            )
        if path in seen:
            raise refuse(f"holds {one.filename!r:.80} twice", "each name once")
        seen.add(path)
