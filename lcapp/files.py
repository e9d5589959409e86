"""Files that are whole or not there, and how to tell an exchanged one."""

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from lcapp.errors import RunError
from lcapp.limits import parse_json, path_of, read_text
from lcapp.scratch import fresh, held, making

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SAMPLED_BYTES = 65536
_RASTER = re.compile(r"[A-Za-z0-9]\w*\.tif", re.ASCII)


def fingerprint(path: Path) -> str:
    """A short hash of a file's size, its beginning and its end.

    Tells an exchanged file without reading all of a large one, and is the same on every machine
    that has a copy.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        sampled = file.read(_SAMPLED_BYTES)
        file.seek(max(0, size - _SAMPLED_BYTES))
        sampled += file.read()
    return digest([f"{size} ".encode(), sampled])


def digest(parts: Iterable[bytes]) -> str:
    """A short hash of what follows one another."""
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def write_file(path: Path, image: bytes) -> None:
    """Write beside the target, then move: it is either whole or as it was.

    Args:
        path: Target; its folder must exist.
        image: The whole content.

    Raises:
        RunError: The disk is full or refuses; nothing half-written is left.
    """
    beside = fresh(path.parent)
    try:
        try:
            with beside.open("xb") as file, held(beside):
                file.write(image)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        finally:
            # After a success the name is gone already; without a folder it never was.
            with suppress(OSError):
                beside.unlink()
    except OSError as error:
        raise _refused(path, len(image), error) from error


def _refused(path: Path, needed: int, error: OSError) -> RunError:
    if error.errno not in _NO_SPACE:
        return RunError(
            f"cannot be written: {error.strerror}", where=path, advice="name another folder"
        )
    free = shutil.disk_usage(path.parent).free
    return RunError(
        f"no space to write it: {needed / 1e6:.2f} MB needed, {free / 1e6:.2f} MB free",
        where=path,
        advice="free some space or name another folder; nothing half-written is left",
    )


def write_together(writers: Mapping[str, Callable[[Path], object]], out: Path) -> dict[str, Path]:
    """Write several files beside, then move them all; as long as one cannot be written, none is.

    Args:
        writers: File name to what writes it; the last one is the marker of `move_together`.
        out: Folder; made when it is not there.

    Returns:
        File name to path.

    Raises:
        RunError: The folder cannot be written or the disk is full.
    """
    with _beside(out) as beside:
        try:
            for name, write in writers.items():
                _write_as(write, beside / name, out / name)
        except OSError as error:
            raise RunError(
                f"could not write the results: {error.strerror}",
                where=out,
                advice="free some space or name another folder; nothing half-written is left",
            ) from error
        return move_together(beside, list(writers), out)


def move_together(made: Path, names: Sequence[str], out: Path) -> dict[str, Path]:
    """Move the files of a result to their place, as one set.

    The last one is the marker: an older one goes first and the new one comes last, so that a kill
    in between never leaves it beside files of another run. Rasters that an older marker lists
    (`rasters`) and that the new set does not have go with it.

    Args:
        made: Folder on the same disk.
        names: Of the files.
        out: Folder.

    Returns:
        File name to path.

    Raises:
        RunError: The folder refuses.
    """
    *others, marker = names
    former = _former(out / marker)
    try:
        (out / marker).unlink(missing_ok=True)
        for name in former.difference(names):
            (out / name).unlink(missing_ok=True)
        for name in (*others, marker):
            os.replace(made / name, out / name)
    except OSError as error:
        raise RunError(
            f"could not move the results to their place: {error.strerror}",
            where=out,
            advice=f"name another folder; without {marker} what lies there is no result",
        ) from error
    return {name: out / name for name in names}


def _former(marker: Path) -> set[str]:
    """Rasters of an older result, as its marker lists them; of no other file anything is taken."""
    try:
        found = parse_json(read_text(marker, RunError, "a summary"))
        names = found["rasters"] if "lcapp" in found["versions"] else ()
        return {name for name in names if _RASTER.fullmatch(name)}
    except (RunError, ValueError, LookupError, TypeError, AttributeError):
        return set()


def _write_as(write: Callable[[Path], object], path: Path, target: Path) -> None:
    """Write a file in the making; an error names the file that it was to become."""
    try:
        write(path)
    except RunError as error:
        raise RunError(
            error.what, where=target, expected=error.expected, advice=error.advice
        ) from error


def check_writable(out: Path) -> None:
    """Find out before a long run whether its results can be written.

    Raises:
        RunError: They cannot.
    """
    with _beside(out):
        pass


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """A folder inside `out` for files in the making; leaves nothing of its own behind."""
    out = path_of(out, RunError)
    if out.exists() and not out.is_dir():
        raise RunError("is a file", where=out, expected="a folder", advice="name another one")
    made = not out.exists()
    with ExitStack() as stack:
        try:
            out.mkdir(parents=True, exist_ok=True)
            beside = stack.enter_context(making(out))
        except OSError as error:
            raise RunError(
                f"cannot write here: {error.strerror}", where=out, advice="name another folder"
            ) from error
        yield beside
    if made and not any(out.iterdir()):
        out.rmdir()
