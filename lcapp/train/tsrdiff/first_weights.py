"""First weights of the HR branch: random, ImageNet's (its encoder; paper, 4.2), or a bundle's.

And what a bundle's provenance says of weights that a run did not begin at random.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from lcapp.classes import ClassTable
from lcapp.errors import RunError
from lcapp.families.tsrdiff.imagenet import MODEL_ID, load_imagenet
from lcapp.families.tsrdiff.model import load
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.prepare import InputSpec
from lcapp.train.config import TrainConfig

RANDOM, IMAGENET = "random", "imagenet"


def start_hr_branch(network: TSRDiff, hr_init: str, spec: InputSpec, table: ClassTable) -> None:
    """Give the HR branch its first weights, in place.

    Args:
        network: As it was built: random.
        hr_init: `NetworkOptions.hr_init`.
        spec: What the network will read.
        table: Its classes.

    Raises:
        RunError: There are no such weights of these sizes, or for these inputs and classes.
        BundleError: There is no such bundle, or it is damaged.
    """
    if hr_init == RANDOM:
        return
    if hr_init == IMAGENET:
        load_imagenet(network)
        return
    bundle = load(hr_init)
    if network.config.hr != bundle.network.config.hr:
        raise RunError(
            "its HR branch has other sizes",
            where=hr_init,
            expected="those of the size and decoder that are to be trained",
        )
    if table.name != bundle.config.classes or _aerial(spec) != _aerial(bundle.config.inputs):
        raise RunError(
            "its HR branch reads other bands or scalings, or gives other classes",
            where=hr_init,
            expected=f"{', '.join(spec.aerial_bands)}; {table.name}",
        )
    _hr_branch(network).load_state_dict(_hr_branch(bundle.network).state_dict())


def start_from(network: TSRDiff, name: str, spec: InputSpec, table: ClassTable) -> tuple[str, ...]:
    """Give the network the parts of a bundle that have its sizes, in place.

    Args:
        network: As it was built: random.
        name: The bundle's name, folder, or id on the Hub.
        spec: What the network will read.
        table: Its classes.

    Returns:
        The parts that were taken.

    Raises:
        RunError: It reads other inputs, gives other classes, or has no part of these sizes.
        BundleError: There is no such bundle, or it is damaged.
    """
    bundle = load(name, "train")
    if table.name != bundle.config.classes or spec != bundle.config.inputs:
        raise RunError(
            "reads other bands or scalings, or gives other classes",
            where=name,
            expected=f"{', '.join(spec.aerial_bands)}; {table.name}",
        )
    others = dict(bundle.network.named_children())
    taken = []
    for part, own in network.named_children():
        if part not in others or part in bundle.missing_training:
            continue
        theirs = others[part].state_dict()
        if _shapes(theirs) == _shapes(own.state_dict()):
            own.load_state_dict(theirs)
            taken.append(part)
    if not taken:
        raise RunError(
            "has no part of these sizes", where=name, expected="the sizes of the variant"
        )
    return tuple(taken)


def origins(config: TrainConfig) -> str:
    """Sentences for the provenance of what is trained, a space before each.

    There are none for a run that begins with random weights alone.
    """
    said = []
    hr_init = config.network.hr_init
    if hr_init == IMAGENET:
        said.append(f"HR encoder from {MODEL_ID}.")
    elif hr_init != RANDOM:
        # Of a folder the end alone: the rest is of this machine.
        said.append(f"HR branch from the bundle {'/'.join(Path(hr_init).parts[-2:])}.")
    if config.network.init:
        name = "/".join(Path(config.network.init).parts[-2:])
        said.append(f"Parts of equal sizes from the bundle {name}.")
    phases = {"E_C": config.pretrain_passes, "eps_w": config.denoiser_passes}
    taken = [part for part, passes in phases.items() if passes]
    if config.phases_from and taken and config.network.fusion != "none":
        said.append(f"{' and '.join(taken)} from the run {Path(config.phases_from).name}.")
    return "".join(f" {sentence}" for sentence in said)


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: one.shape for name, one in tensors.items()}


def _hr_branch(network: TSRDiff) -> nn.ModuleDict:
    return nn.ModuleDict({"encoder": network.hr_encoder, "decoder": network.hr_decoder})


def _aerial(spec: InputSpec) -> list[object]:
    return [(band, spec.scaling(band)) for band in spec.aerial_bands]
