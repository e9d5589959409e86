"""Files that are whole or not there, and how to tell an exchanged one."""

import errno
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from lcapp.errors import RunError
from lcapp.limits import check_name, parse_json, read_text
from lcapp.reasons import NO_SPACE, home, refusal
from lcapp.scratch import fresh, held, making

_WHOLE_BYTES = 64 * 2**20
"""Files up to that size are hashed whole."""

_SAMPLES, _SAMPLED_BYTES = 256, 65536
"""Of larger ones, so many blocks of so many bytes, evenly from the first to the last."""

_RASTER = re.compile(r"[A-Za-z0-9]\w*\.tif", re.ASCII)

_SETTLED_NS = 2_000_000_000
"""A file that changed later than that before it is looked at may change again within one tick."""

Stamp = tuple[str, int, int, int, int]
"""Path, times of change of content and of entry, size, and place on the disk of a file."""

Stamps = tuple[Stamp, ...]


def stamps(paths: Iterable[Path]) -> Stamps:
    """What tells at once, without reading, that one of these files was replaced or changed."""
    found = []
    for path in paths:
        with suppress(OSError):
            found.append(_stamp(path))
    return tuple(found)


def _stamp(path: Path) -> Stamp:
    now = path.stat()
    return str(path), now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino


def fingerprint(path: Path) -> str:
    """A short hash of a file's size and content; of a large file, of blocks all over it.

    Tells an exchanged file without reading all of a large one, and is the same on every machine
    that has a copy. What was read once is kept as long as the file stays as it is.
    """
    stamp = _stamp(path)
    if time.time_ns() - max(stamp[1:3]) < _SETTLED_NS:
        return _hashed(path)
    return _kept(path, stamp)


@lru_cache(maxsize=4096)
def _kept(path: Path, stamp: Stamp) -> str:
    return _hashed(path)


def _hashed(path: Path) -> str:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        if size <= _WHOLE_BYTES:
            content = hashlib.file_digest(file, "sha256").digest()
            return digest([f"{size} ".encode(), content])
        sampled = []
        for block in range(_SAMPLES):
            file.seek(block * (size - _SAMPLED_BYTES) // (_SAMPLES - 1))
            sampled.append(file.read(_SAMPLED_BYTES))
    return digest([f"{size} ".encode(), *sampled])


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
    if error.errno not in NO_SPACE:
        told = refusal(error, path, RunError, writing=True)
        gone = "No such file or folder" if error.errno == errno.ENOENT else told.what
        return RunError(
            f"cannot be written: {gone}", where=told.where, advice="name another folder"
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
            raise _unwritten(out, error, "nothing half-written is left") from error
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
        left = f"without {marker} what lies there is no result"
        raise _unwritten(out, error, left) from error
    return {name: out / name for name in names}


def _unwritten(out: Path, error: OSError, left: str) -> RunError:
    told = refusal(error, out, RunError, writing=True)
    return RunError(
        f"could not write the results: {told.what}",
        where=told.where,
        advice=f"{told.advice}; {left}",
    )


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


def check_apart(out: Path, names: Iterable[str], inputs: Iterable[Path]) -> None:
    """Refuse results that would overwrite what they are made of, or lie where all files are read.

    Args:
        out: Folder of the results.
        names: Of their files.
        inputs: Files, and folders of which every file is read.

    Raises:
        RunError: Names the input.
    """
    read = {_place(one): one for one in inputs}
    read.pop(None, None)
    if (folder := read.get(_place(out))) is not None:
        raise RunError(
            "is the folder of what is read: the results would be read as such",
            where=folder,
            expected="a folder of its own for the results",
            advice="name another one with --out",
        )
    for name in names:
        if (file := read.get(_place(out / name))) is not None:
            raise RunError(
                f"is read, and the result {name} would overwrite it",
                where=file,
                expected="a folder of its own for the results",
                advice="name another one with --out",
            )


def _place(path: Path) -> tuple[int, int] | None:
    """What one file or folder is by, whatever its name; None where there is none."""
    try:
        now = path.stat()
    except (OSError, ValueError):
        return None
    return now.st_dev, now.st_ino


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """A folder inside `out` for files in the making; leaves nothing of its own behind."""
    check_name(out, RunError)
    with ExitStack() as stack:
        try:
            if out.exists() and not out.is_dir():
                raise RunError(
                    "is a file", where=out, expected="a folder", advice="name another one"
                )
            made = not out.exists()
            out.mkdir(parents=True, exist_ok=True)
            beside = stack.enter_context(making(out))
        except OSError as error:
            told = refusal(error, out, RunError, writing=True)
            raise RunError(
                f"cannot write here: {told.what}", where=told.where, advice="name another folder"
            ) from error
        try:
            yield beside
        finally:
            stack.close()
            if made and not any(out.iterdir()):
                out.rmdir()


def cache_folder() -> Path:
    """Where what can be made or fetched again is kept: `LCAPP_CACHE`, or the user's cache folder.

    Raises:
        RunError: This user has none.
    """
    named = os.environ.get("LCAPP_CACHE")
    if named:
        return Path(named)
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else home("LCAPP_CACHE") / ".cache") / "lcapp"
