"""A bundle on disk: weights beside their description, written as one."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from lcapp.errors import BundleError
from lcapp.hub.config import CONFIG_FILE, WEIGHTS_FILE, BundleConfig
from lcapp.hub.weights import for_disk


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
    beside: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        save_file(narrow, beside / WEIGHTS_FILE, metadata={"format": "pt"})
        (beside / WEIGHTS_FILE).chmod(0o644)  # safetensors closes it to everyone else
        (beside / CONFIG_FILE).write_text(config.to_json(), encoding="utf-8")
        beside.chmod(0o755)  # mkdtemp's own is closed to everyone else
        _replace_folder(beside, target)
    except (OSError, SafetensorError) as error:
        raise BundleError(f"cannot be written: {error}", where=target) from error
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)


def _replace_folder(new: Path, target: Path) -> None:
    """Put `new` at `target`. A folder cannot be replaced in one call: the old one steps aside."""
    if not target.exists():
        os.replace(new, target)
        return
    aside = new.with_name(new.name + "-old")
    os.replace(target, aside)
    try:
        os.replace(new, target)
    except OSError:
        os.replace(aside, target)
        raise
    shutil.rmtree(aside, ignore_errors=True)
