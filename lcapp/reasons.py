"""Why the system refuses a file: each reason in a sentence of its own, none of them "damaged"."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lcapp.errors import LcappError, RunError, SceneError

_CLOSED = (errno.EACCES, errno.EPERM)
_LOCKED = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EBUSY, errno.ETXTBSY, errno.ENOLCK)
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_OUT_OF_REACH = (errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.EHOSTDOWN, errno.ETIMEDOUT)

_REASONS: dict[tuple[int, ...], tuple[str, str]] = {
    _CLOSED: (
        "this user has no permission to {do} it",
        "ask its owner, or change its permissions (chmod)",
    ),
    (errno.ENOENT, errno.ENOTDIR): ("is not there", "check the path"),
    (errno.EISDIR,): ("is a folder, not a file", "name a file in it"),
    _LOCKED: (
        "is locked by another program that has it open",
        "close that program, or wait until it is done",
    ),
    NO_SPACE: ("no space is left to write it", "free some space or name another folder"),
    (errno.EROFS,): ("lies on a disk that can only be read", "name another folder"),
    (errno.ENAMETOOLONG,): ("its name is too long for this disk", "shorten it"),
    (errno.ELOOP,): ("is a link that leads round to itself", "make the link anew"),
    (errno.EMFILE, errno.ENFILE): (
        "too many files are open at once to {do} it",
        "raise the limit (ulimit -n), or close other programs",
    ),
    (errno.ENOMEM,): ("there is no memory left to {do} it", "close other programs"),
    _OUT_OF_REACH: ("the disk it lies on does not answer", "check the disk or the network drive"),
}
_BY_NUMBER = {number: told for numbers, told in _REASONS.items() for number in numbers}


def is_known(error: OSError) -> bool:
    """The system said why; else it is the content of the file that cannot be used."""
    return error.errno in _BY_NUMBER


def refusal(
    error: OSError,
    where: object = None,
    kind: type[LcappError] = SceneError,
    *,
    writing: bool = False,
) -> LcappError:
    """What to tell of an error of the system.

    Args:
        error: What the system said.
        where: The file or folder; by default what the error names.
        kind: Of the answer.
        writing: It was to be written, not read.
    """
    named = error.filename if where is None else where
    if isinstance(named, bytes):
        named = os.fsdecode(named)
    closed = _closed_folder(named) if error.errno in _CLOSED else None
    if closed is not None:
        return kind(
            "is a folder that this user may not look into",
            where=closed,
            advice="ask its owner, or change its permissions (chmod)",
        )
    usual = (f"cannot be used: {error.strerror or error}", "check the file and the disk")
    what, advice = _BY_NUMBER.get(error.errno or 0, usual)
    return kind(what.format(do="write" if writing else "read"), where=named, advice=advice)


def _closed_folder(named: object) -> Path | None:
    """The outermost folder on the way to a file that cannot be entered."""
    if not isinstance(named, str | Path):
        return None
    for folder in reversed(Path(named).absolute().parents):
        try:
            inside = os.access(folder, os.X_OK)
        except (OSError, ValueError):
            return None
        if not inside:
            return folder if os.path.lexists(folder) else None
    return None


def check_readable(path: Path, expected: str, kind: type[LcappError] = SceneError) -> None:
    """Refuse what is no file, or one that the system does not give: the door to every file.

    Args:
        path: The file.
        expected: What it should be.
        kind: Of the refusal.

    Raises:
        LcappError: Not there, a folder, a pipe or a device, closed, locked, or of an impossible
            name.
    """
    try:
        os.fspath(path).encode()
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # a pipe would be waited for
            what = "is a folder" if stat.S_ISDIR(mode) else "is a pipe or a device, not a file"
            raise kind(what, where=path, expected=expected)
        with path.open("rb") as file:
            file.read(1)
    except UnicodeEncodeError:
        raise kind(
            "its name is not written in UTF-8",
            where=os.fsencode(path),
            expected=expected,
            advice="give it another name",
        ) from None
    except ValueError:
        raise kind("is no name that a file can have", where=repr(path), expected=expected) from None
    except OSError as error:
        told = refusal(error, path, kind)
        raise kind(told.what, where=told.where, expected=expected, advice=told.advice) from error


@contextmanager
def door(kind: type[LcappError] = SceneError, where: object = None) -> Iterator[None]:
    """Whatever the system refuses inside the block becomes a sentence."""
    try:
        yield
    except OSError as error:
        raise refusal(error, error.filename or where, kind) from error


def home(setting: str) -> Path:
    """The folder of this user.

    Args:
        setting: The variable that names another folder for what was to lie there.

    Raises:
        RunError: The system knows none, as in a container whose user has no entry.
    """
    try:
        return Path.home()
    except RuntimeError:
        raise RunError(
            "this user has no home folder",
            expected=f"a folder that can be written, named by {setting}",
            advice=f"set {setting}, for instance {setting}=/tmp/lcapp",
        ) from None


def expanded(path: str | Path, kind: type[LcappError] = SceneError) -> Path:
    """A path whose `~` is the home of a user.

    Raises:
        LcappError: There is no such user, or none with a home.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise kind(
            "there is no such user, or no home of this one",
            where=path,
            advice="write the whole path",
        ) from None
