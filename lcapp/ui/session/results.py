"""Results kept on disk: what was computed once is there again after the server was restarted.

A file a result, called by all that it depends on: the content of the scene's files, wherever they
lie, the model's weights, the settings, and lcapp's own code; so a folder that was filled at home
may be copied. Written beside and moved, so that processes may share the folder; what is damaged is
made anew; what was not used for longest goes first. `LCAPP_RESULTS_MB` says how much is kept.
"""

import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import lcapp
from lcapp.errors import LcappError, RunError
from lcapp.files import cache_folder, digest
from lcapp.pipeline.packed import Unpackable, read_packed, write_packed
from lcapp.scene.collection import Collection
from lcapp.scratch import clear, fresh, held

LIMIT = "LCAPP_RESULTS_MB"
"""Environment variable: megabytes; 0 keeps nothing."""

_DEFAULT_MB = 2000.0
_SUFFIX = ".safetensors"
_NO_RESULT = ("ui/pages", "ui/parts", "ui/components", "views", "command", "train", "language")
"""Where code changes no result."""

_log = logging.getLogger(__name__)


def folder() -> Path | None:
    """Where results lie; None where none are kept.

    Raises:
        RunError: The limit is no number.
    """
    if _limit_mb() <= 0:
        return None
    with suppress(RunError):  # a user without a cache
        return cache_folder() / "results"
    return None


def some() -> bool:
    """Whether anything is kept: the next run may need no network."""
    where = folder()
    return where is not None and any(where.glob(f"*{_SUFFIX}"))


def entry(collection: Collection, scene_id: str, *said: str) -> Path | None:
    """The file of a result, whether it is there or not; None where none are kept.

    Args:
        collection: Of the scene.
        scene_id: The scene.
        *said: What else it depends on: its kind, the model, the settings.

    Raises:
        SceneError: No such scene.
    """
    where = folder()
    if where is None:
        return None
    parts = (_code(), collection.name, collection.content(scene_id), *said)
    return where / f"{digest([repr(parts).encode('utf-8', 'replace')])}{_SUFFIX}"


def read(file: Path | None, kind: Any, given: Mapping[type, Any]) -> Any:
    """What lies in an entry; None where there is nothing, or nothing whole.

    Args:
        file: From `entry`.
        kind: Type of the result.
        given: Values that are not kept, by their type.
    """
    if file is None or not file.is_file():
        return None
    try:
        found = read_packed(file, kind, given)
    except OSError:  # it may have been evicted meanwhile
        return None
    except Unpackable as error:
        _log.warning("made anew: %s", error)
        with suppress(OSError):
            file.unlink()
        return None
    with suppress(OSError):
        os.utime(file)
    return found


def keep(file: Path | None, value: Any, kind: Any, given: tuple[type, ...]) -> None:
    """Write an entry; a disk that refuses costs the next start its result, and nobody else.

    Args:
        file: From `entry`.
        value: The result.
        kind: Its type.
        given: Types whose values are not kept.
    """
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        clear(file.parent)
        beside = fresh(file.parent)
        try:
            beside.touch()
            with held(beside):
                write_packed(value, kind, beside, given)
                os.replace(beside, file)
        finally:
            with suppress(OSError):
                beside.unlink()
        _evict(file.parent, _limit_mb() * 1e6)
    except (OSError, Unpackable, LcappError) as error:
        _log.warning("a result is not kept: %s", error)


def _evict(where: Path, limit: float) -> None:
    """Remove what was not used for longest, until the rest is within the limit."""
    there = []
    for file in where.glob(f"*{_SUFFIX}"):
        with suppress(OSError):  # another process evicts as well
            now = file.stat()
            there.append((now.st_mtime_ns, now.st_size, file))
    used = sum(size for _, size, _ in there)
    for _, size, file in sorted(there):
        if used <= limit:
            return
        with suppress(OSError):
            file.unlink()
        used -= size


def _limit_mb() -> float:
    text = os.environ.get(LIMIT, "")
    try:
        return float(text) if text else _DEFAULT_MB
    except ValueError:
        raise RunError(
            f"{LIMIT} is {text!r}", expected="megabytes that kept results may take, 0 for none"
        ) from None


@cache
def _code() -> str:
    """A digest of all code that a result depends on."""
    root = Path(lcapp.__file__).parent
    names = sorted(file.relative_to(root).as_posix() for file in root.rglob("*.py"))
    told = [name for name in names if not name.startswith(_NO_RESULT)]
    return digest([lcapp.__version__.encode(), *((root / name).read_bytes() for name in told)])
