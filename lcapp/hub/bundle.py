"""Weights and their description on disk: written atomically, loaded strictly.

A loader that skips what does not fit gives a plausible, wrong map (FLAIR.md): every key that is
missing, unexpected or of another shape is named, and nothing is loaded.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from lcapp.classes import TABLES
from lcapp.errors import BundleError
from lcapp.hub.config import (
    CONFIG_FILE,
    WEIGHTS_FILE,
    BundleConfig,
    bundle_hash,
    read_config,
)
from lcapp.hub.transport.remote import bundle_folder
from lcapp.hub.weights import check_keys, for_disk, read_tensors
from lcapp.record import from_json

if TYPE_CHECKING:
    from lcapp.families.tsrdiff.network import TSRDiff
    from lcapp.families.tsrdiff.sizes import TSRDiffConfig

SR_DECODER, PRETRAIN_HEAD = TRAINING_ONLY = ("sr_decoder.", "pretrain_head.")
"""Prefixes of what prediction does without: D_SR and the pre-training head (METHOD.md 3)."""


Role = Literal["predict", "train"]


@dataclass(frozen=True, eq=False)
class Bundle:
    """A loaded bundle.

    Attributes:
        config: Its description.
        network: In evaluation mode, float32.
        hash: First 12 hex digits of the SHA-256 of its weights and description.
        path: Its folder.
        missing_training: Parts that training needs and the file lacks (role `train`: D_SR); they
            hold initial values of seed 0.
    """

    config: BundleConfig
    network: "TSRDiff"
    hash: str
    path: Path
    missing_training: tuple[str, ...] = ()


def save(
    path: Path | str,
    network: torch.nn.Module,
    config: BundleConfig,
    *,
    keep_training: bool = False,
) -> None:
    """Write a bundle; an older one at `path` is replaced as a whole.

    Args:
        path: Folder to write.
        network: Its floating tensors go to disk as float16, integers as they are.
        config: Its description.
        keep_training: Also write what only training needs.

    Raises:
        BundleError: A value does not fit into float16, `path` is a folder that is no bundle, or
            the disk refuses.
    """
    target = Path(path)
    if target.exists() and not (target / CONFIG_FILE).is_file():
        raise BundleError(
            "exists and is no bundle", where=target, advice="choose another folder or remove it"
        )
    tensors = {
        name: for_disk(name, tensor, target)
        for name, tensor in network.state_dict().items()
        if keep_training or not name.startswith(TRAINING_ONLY)
    }
    beside: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        save_file(tensors, beside / WEIGHTS_FILE, metadata={"format": "pt"})
        (beside / WEIGHTS_FILE).chmod(0o644)  # safetensors closes it to everyone else
        (beside / CONFIG_FILE).write_text(config.to_json(), encoding="utf-8")
        beside.chmod(0o755)  # mkdtemp's own is closed to everyone else
        _replace_folder(beside, target)
    except (OSError, SafetensorError) as error:
        raise BundleError(f"cannot be written: {error}", where=target) from error
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)


def load(path: Path | str, role: Role = "predict", device: torch.device | str = "cpu") -> Bundle:
    """Load a bundle, strictly.

    Args:
        path: Name of a bundle in `weights/`, a folder, or `owner/name[@revision]` of the Hub, which
            is fetched where it is not in the cache.
        role: `predict` builds the network without what only training needs; `train` with D_SR,
            and with the pre-training head where the file has it.
        device: Where the network goes.

    Raises:
        BundleError: The bundle is absent, damaged, or not what its description says; names every
            key that differs.
    """
    folder = bundle_folder(path)
    config = read_config(folder)
    file = folder / WEIGHTS_FILE
    tensors = read_tensors(file)
    has_head = any(key.startswith(PRETRAIN_HEAD) for key in tensors)
    network = _network(config, role, has_head, folder / CONFIG_FILE)
    wanted = network.state_dict()
    missing: tuple[str, ...] = ()
    if role == "predict":
        tensors = {k: v for k, v in tensors.items() if not k.startswith(TRAINING_ONLY)}
    elif not any(key.startswith(SR_DECODER) for key in tensors):
        missing = (SR_DECODER.rstrip("."),)
        wanted = {k: v for k, v in wanted.items() if not k.startswith(SR_DECODER)}
    check_keys(wanted, tensors, file)
    network.load_state_dict(tensors, strict=False)
    return Bundle(
        config=config,
        network=network.to(device).eval(),
        hash=bundle_hash(folder),
        path=folder,
        missing_training=missing,
    )


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


def _network(config: BundleConfig, role: Role, has_head: bool, where: Path) -> "TSRDiff":
    """The network that the description asks for, its weights still initial."""
    from lcapp.families.tsrdiff.catalogue import build
    from lcapp.families.tsrdiff.network import TSRDiff
    from lcapp.families.tsrdiff.sizes import TSRDiffConfig

    try:
        sizes = from_json(TSRDiffConfig, config.network, f"{where}, network")
        _check_against_description(sizes, config, where)
        if role == "train":
            return build(sizes, seed=0, training_parts=True, pretrain_head=has_head)
        # Drawing the weights that are overwritten below must not touch the caller's generator.
        with torch.random.fork_rng(devices=[]):
            return TSRDiff(sizes, training_parts=False, pretrain_head=False)
    except (TypeError, ValueError, ZeroDivisionError, RuntimeError) as error:
        raise BundleError(
            f"no network can be built from these sizes: {error}", where=where
        ) from error


def _check_against_description(sizes: "TSRDiffConfig", config: BundleConfig, where: Path) -> None:
    pairs = (
        ("classes", sizes.classes, len(TABLES[config.classes])),
        ("aerial bands", sizes.aerial_channels, len(config.inputs.aerial_bands)),
        ("series bands", sizes.series_channels, len(config.inputs.series_bands)),
    )
    for what, in_network, in_description in pairs:
        if in_network != in_description:
            raise BundleError(
                f"the network has {in_network} {what}, its description {in_description}",
                where=where,
            )
