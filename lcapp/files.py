"""Files that are whole or not there."""

import errno
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from lcapp.errors import RunError

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_file(path: Path, image: bytes) -> None:
    """Write beside the target, then move: it is either whole or as it was.

    Args:
        path: Target; its folder must exist.
        image: The whole content.

    Raises:
        RunError: The disk is full or refuses; nothing half-written is left.
    """
    beside = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        try:
            with beside.open("xb") as file:
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
