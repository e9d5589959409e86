"""A bundle on disk: weights beside their description, written as one."""

import ctypes
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from lcapp.errors import BundleError
from lcapp.hub.config import CONFIG_FILE, WEIGHTS_FILE, BundleConfig, aside_of
from lcapp.hub.weights import for_disk
from lcapp.scratch import making

_HERE, _EXCHANGE = -100, 2
"""AT_FDCWD and RENAME_EXCHANGE of renameat2(2)."""


def write_bundle(path: Path | str, tensors: Mapping[str, Tensor], config: BundleConfig) -> None:
    """Write a bundle; an older one at `path` is replaced as a whole.

    Args:
        path: Folder to write.
        tensors: Floating ones go to disk as float16, integers as they are.
        config: Its description.

    Raises:
        BundleError: A value does not fit into float16, `path` is a folder that is no bundle, or
            the disk refuses.
    """
    target = Path(path)
    if target.exists() and not (target / CONFIG_FILE).is_file():
        raise BundleError(
            "exists and is no bundle", where=target, advice="choose another folder or remove it"
        )
    narrow = {name: for_disk(name, tensor, target) for name, tensor in tensors.items()}
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with making(target.parent) as beside:
            new = beside / target.name
            new.mkdir()
            save_file(narrow, new / WEIGHTS_FILE, metadata={"format": "pt"})
            (new / WEIGHTS_FILE).chmod(0o644)  # safetensors closes it to everyone else
            (new / CONFIG_FILE).write_text(config.to_json(), encoding="utf-8")
            _put(new, target)
    except (OSError, SafetensorError) as error:
        raise BundleError(f"cannot be written: {error}", where=target) from error


def _put(new: Path, target: Path) -> None:
    """Put `new` at `target`, and what was there at `new`: there is a whole bundle all the time."""
    if not target.exists():
        os.replace(new, target)
    elif not _exchanged(new, target):
        # Not on this system or disk: the old one steps aside, from where a kill leaves it to
        # `hub.config.recover`.
        aside = aside_of(target)
        os.replace(target, aside)
        try:
            os.replace(new, target)
        except OSError:
            os.replace(aside, target)
            raise
        shutil.rmtree(aside, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step, as Linux can."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    if rename is None:
        return False
    named = (_HERE, os.fsencode(one.absolute()), _HERE, os.fsencode(other.absolute()), _EXCHANGE)
    return bool(rename(*named) == 0)
