"""Who trains what, where several processes and machines share a folder.

A claim is a lock on a small file, which the system frees when its process ends, however it ends.
The file says who holds it, for people.
"""

import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from lcapp.errors import RunError

try:
    import fcntl
except ImportError:  # not on this system
    fcntl = None  # type: ignore[assignment]

FOLDER = "claims"


@dataclass(frozen=True)
class Claim:
    """A claim that is held.

    Attributes:
        descriptor: Of the locked file; a process that inherits it holds the claim as well.
    """

    descriptor: int

    def release(self) -> None:
        """Others may have it, where no other process holds it."""
        os.close(self.descriptor)


def claim(out: Path, name: str) -> Claim | None:
    """Take a claim.

    Args:
        out: The shared folder.
        name: What is claimed.

    Returns:
        None where somebody holds it.

    Raises:
        RunError: The folder cannot be written, or its disk knows no locks.
    """
    path = _path(out, name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise RunError(
            f"cannot be written: {error.strerror}", where=path, advice="name another folder"
        ) from error
    try:
        if not _lock(descriptor):
            os.close(descriptor)
            return None
        os.ftruncate(descriptor, 0)
        since = time.strftime("%Y-%m-%d %H:%M:%S")
        os.write(descriptor, f"{socket.gethostname()}, process {os.getpid()}, {since}\n".encode())
    except OSError as error:
        os.close(descriptor)
        raise RunError(
            f"cannot be locked: {error.strerror}",
            where=path,
            expected="a disk with locks",
            advice="run one process alone, or part the rows by hand with --only and --seeds",
        ) from error
    return Claim(descriptor)


def holder(out: Path, name: str) -> str | None:
    """Who holds a claim; None where nobody does."""
    path = _path(out, name)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if _lock(descriptor):
            return None
        return os.pread(descriptor, 200, 0).decode(errors="replace").strip()
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _path(out: Path, name: str) -> Path:
    return out / FOLDER / f"{name}.lock"


def _lock(descriptor: int) -> bool:
    """Whether it was free; where the system knows no locks, it is."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
