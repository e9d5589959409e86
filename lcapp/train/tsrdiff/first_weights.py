"""First weights of the parts that another bundle has, and what a provenance says of all of them."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from lcapp.classes import ClassTable
from lcapp.errors import RunError
from lcapp.families.tsrdiff.model import load
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.prepare import InputSpec
from lcapp.train.config import TrainConfig
from lcapp.train.first_weights import origin


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


def origins(network: TSRDiff, config: TrainConfig) -> str:
    """Sentences for the provenance of what is trained, a space before each.

    There are none for a run that begins with random weights alone.
    """
    said = []
    if config.network.init:
        name = "/".join(Path(config.network.init).parts[-2:])
        said.append(f"Parts of equal sizes from the bundle {name}.")
    phases = {"E_C": config.pretrain_passes, "eps_w": config.denoiser_passes}
    taken = [part for part, passes in phases.items() if passes]
    if config.phases_from and taken:
        run = Path(config.phases_from).name
        said.append(f"{' and '.join(taken)} as far as the run {run} had taught them.")
    return origin(network, config.network.hr_init) + "".join(f" {sentence}" for sentence in said)


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: one.shape for name, one in tensors.items()}
