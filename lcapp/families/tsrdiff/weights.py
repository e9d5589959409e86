"""The network of a bundle: read strictly, written without what only training needs.

A loader that skips what does not fit gives a plausible, wrong map (FLAIR.md): every key that is
missing, unexpected or of another shape is named, and nothing is loaded.
"""

from pathlib import Path
from typing import Literal

import torch

from lcapp.errors import BundleError
from lcapp.families.tsrdiff.catalogue import build, network_of
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.sizes import TSRDiffConfig
from lcapp.hub.bundle import write_bundle
from lcapp.hub.config import CONFIG_FILE, WEIGHTS_FILE, BundleConfig
from lcapp.hub.weights import check_kinds, kinds, read_kinds, read_tensors

SR_DECODER, PRETRAIN_HEAD = TRAINING_ONLY = ("sr_decoder.", "pretrain_head.")
"""Prefixes of what prediction does without: D_SR and the pre-training head (METHOD.md 3)."""

Role = Literal["predict", "train"]


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
        BundleError: As `write_bundle`.
    """
    kept = network.state_dict() if keep_training else for_prediction(network)
    write_bundle(path, kept, config)


def for_prediction(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Its tensors without those that only training needs."""
    tensors = network.state_dict().items()
    return {name: one for name, one in tensors if not name.startswith(TRAINING_ONLY)}


def read_network(
    sizes: TSRDiffConfig, folder: Path, role: Role = "predict"
) -> tuple[TSRDiff, tuple[str, ...]]:
    """The network of a bundle, in evaluation mode, float32.

    Args:
        sizes: As the description says.
        folder: Of the bundle.
        role: `predict` builds the network without what only training needs; `train` with D_SR,
            and with the pre-training head where the file has it.

    Returns:
        The network, and the parts that training needs and the file lacks (role `train`: D_SR);
        they hold initial values of seed 0.

    Raises:
        BundleError: The weights are absent, damaged, or not what the description says; names every
            key that differs.
    """
    file = folder / WEIGHTS_FILE
    found = read_kinds(file)
    has_head = any(key.startswith(PRETRAIN_HEAD) for key in found)
    with torch.device("meta"):  # shapes alone: sizes that the file lacks take no memory
        training = role == "train"
        planned = _of_sizes(sizes, folder, training, training and has_head)
    wanted = kinds(planned.state_dict())
    missing: tuple[str, ...] = ()
    if role == "predict":
        found = {k: v for k, v in found.items() if not k.startswith(TRAINING_ONLY)}
    elif not any(key.startswith(SR_DECODER) for key in found):
        missing = (SR_DECODER.rstrip("."),)
        wanted = {k: v for k, v in wanted.items() if not k.startswith(SR_DECODER)}
    check_kinds(wanted, found, file)
    network = initial(sizes, folder, role, has_head)
    tensors = {k: v for k, v in read_tensors(file).items() if k in wanted}
    network.load_state_dict(tensors, strict=False)
    return network.eval(), missing


def initial(
    sizes: TSRDiffConfig, folder: Path, role: Role = "predict", has_head: bool = False
) -> TSRDiff:
    """The network that the description asks for, its weights still initial."""
    if role == "train":
        return build(sizes, seed=0, training_parts=True, pretrain_head=has_head)
    # Drawing the weights that are overwritten must not touch the caller's generator.
    with torch.random.fork_rng(devices=[]):
        return _of_sizes(sizes, folder, training_parts=False, pretrain_head=False)


def _of_sizes(
    sizes: TSRDiffConfig, folder: Path, training_parts: bool, pretrain_head: bool
) -> TSRDiff:
    try:
        return network_of(sizes, training_parts=training_parts, pretrain_head=pretrain_head)
    except (TypeError, ValueError, ZeroDivisionError, RuntimeError) as error:
        raise BundleError(
            f"no network can be built from these sizes: {error}", where=folder / CONFIG_FILE
        ) from error
