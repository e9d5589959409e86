"""Files in the making: named so that they are known as ours, held while somebody writes them.

A process that is killed leaves them behind. Whoever looks at such a folder next passes over them,
and whoever writes there next clears those that nobody holds.
"""

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on this system: age alone tells
    fcntl = None  # type: ignore[assignment]

PREFIX = ".lcapp-new-"

_OURS = re.compile(
    re.escape(PREFIX) + r"[0-9a-f]{8}"
    # As earlier versions called them.
    r"|\.lcapp-[a-z0-9_]{8}|\.(config\.json|metrics\.csv|SIMULATED\.txt)-[0-9a-f]{8}"
)
_FRESH = 10.0
"""Seconds in which the one who has made it may not hold it yet."""

_OLD = 86_400.0
"""Seconds after which nobody writes it any more, where nothing can be held."""


def fresh(folder: Path) -> Path:
    """A name in the folder for something in the making."""
    return folder / f"{PREFIX}{secrets.token_hex(4)}"


@contextmanager
def making(parent: Path) -> Iterator[Path]:
    """A folder for files in the making, which leaves nothing of its own behind.

    Args:
        parent: Where it lies, on the disk of what it is to become; what killed processes have left
            there is cleared.

    Raises:
        OSError: It cannot be made.
    """
    clear(parent)
    folder = fresh(parent)
    folder.mkdir(0o700)
    try:
        with held(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_scratch(name: str) -> bool:
    """Whether something in the making is called so."""
    return _OURS.fullmatch(name) is not None


def is_empty(folder: Path) -> bool:
    """Whether there is nothing in a folder but what a killed process has left."""
    return all(is_scratch(one.name) for one in folder.iterdir())


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep others from clearing a file or a folder that is in the making."""
    descriptor = hold(path)
    try:
        yield
    finally:
        os.close(descriptor)


def hold(path: Path) -> int:
    """As `held`, until the descriptor that is returned is closed."""
    descriptor = os.open(path, os.O_RDONLY)
    _lock(descriptor)
    return descriptor


def clear(folder: Path) -> None:
    """Remove what killed processes have left in the making; says nothing where it may not."""
    with suppress(OSError):
        for one in list(folder.iterdir()):
            if is_scratch(one.name) and not one.is_symlink() and _is_left(one):
                if one.is_dir():
                    shutil.rmtree(one, ignore_errors=True)
                else:
                    with suppress(OSError):
                        one.unlink()


def _is_left(path: Path) -> bool:
    """Nobody holds it."""
    try:
        age = time.time() - path.stat().st_mtime
        if age < _FRESH:
            return False
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        locked = _lock(descriptor)
        return age > _OLD if locked is None else locked
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool | None:
    """Whether it was free; None where this system or disk knows no locks."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
