"""Archives from elsewhere, unpacked without trust: nothing lands outside, nothing swells."""

import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from lcapp.errors import SceneError
from lcapp.reasons import refusal
from lcapp.scene.names import is_junk

MOST_MEMBERS = 500_000
MOST_BYTES = 64 * 2**30
"""Of all files of an archive together, unpacked."""

MOST_RATIO = 200
"""Of an unpacked file to what it takes in the archive; rasters with a class each reach 100."""

_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
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
        with zipfile.ZipFile(archive) as opened:
            files = [one for one in opened.infolist() if not one.is_dir()]
            _check(files, archive)
            members = [one for one in files if not _passed_over(one)]
            for one in members:
                target = out.joinpath(*PurePosixPath(one.filename).parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(one) as packed, target.open("xb") as file:
                    shutil.copyfileobj(
                        packed, file, 2**20
                    )  # no more than it claims; CRC at its end
    except _BROKEN as error:
        raise SceneError(
            f"cannot be unpacked: {error}",
            where=archive,
            expected="a whole ZIP archive",
            advice="fetch it again",
        ) from error
    except OSError as error:
        raise refusal(error, out, SceneError, writing=True) from error
    return len(members)


def _passed_over(one: zipfile.ZipInfo) -> bool:
    return any(part == "__MACOSX" or is_junk(part) for part in PurePosixPath(one.filename).parts)


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
