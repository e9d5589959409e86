"""First weights of the HR branch: random, ImageNet's (its encoder; paper, 4.2), or a bundle's."""

from pathlib import Path

from torch import nn

from lcapp.classes import ClassTable
from lcapp.errors import RunError
from lcapp.hub import load
from lcapp.models import TSRDiff
from lcapp.models.imagenet import MODEL_ID, load_imagenet
from lcapp.prepare import InputSpec

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


def origin(hr_init: str) -> str:
    """A sentence for the provenance of what is trained; empty where the start was random."""
    if hr_init == RANDOM:
        return ""
    if hr_init == IMAGENET:
        return f"HR encoder from {MODEL_ID}."
    # Of a folder the end alone: the rest is of this machine.
    return f"HR branch from the bundle {'/'.join(Path(hr_init).parts[-2:])}."


def _hr_branch(network: TSRDiff) -> nn.ModuleDict:
    return nn.ModuleDict({"encoder": network.hr_encoder, "decoder": network.hr_decoder})


def _aerial(spec: InputSpec) -> list[object]:
    return [(band, spec.scaling(band)) for band in spec.aerial_bands]
