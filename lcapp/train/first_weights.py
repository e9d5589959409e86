"""First weights of an image branch: random, ImageNet's (its encoder; paper, 4.2), or a bundle's."""

from pathlib import Path

from torch import nn

from lcapp.classes import ClassTable
from lcapp.errors import RunError
from lcapp.families.bundle import BundleModel
from lcapp.families.classifier.network import Branches, Classifier
from lcapp.families.door import open_model
from lcapp.families.imagenet import load_imagenet, published
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.u_tae_d import UTAED
from lcapp.models.image.hr_branch import HRBranch, HRDecoder, HREncoder
from lcapp.models.image.unet import UNet
from lcapp.models.sizes import HRConfig, UNetConfig
from lcapp.prepare import InputSpec

RANDOM, IMAGENET = "random", "imagenet"


def start_image_branch(
    network: nn.Module, hr_init: str, spec: InputSpec, table: ClassTable
) -> None:
    """Give the image branch its first weights, in place.

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
        found = _encoders(network)
        if not found:
            raise RunError(
                "the network has no image branch", expected="--hr-init random: no other weights"
            )
        for config, _ in found:  # all of them, before anything is fetched
            published(config)
        for config, body in found:
            load_imagenet(body, config)
        return
    model = open_model(hr_init)
    own, given = _hr_branch(network), None
    if isinstance(model, BundleModel):
        given = _hr_branch(model.network)
    if own is None or given is None or own[0] != given[0]:
        raise RunError(
            "its HR branch has other sizes",
            where=hr_init,
            expected="those of the size and decoder that are to be trained",
        )
    assert isinstance(model, BundleModel)
    inputs = model.config.inputs
    if table.name != model.config.classes or _aerial(spec) != _aerial(inputs):
        raise RunError(
            "its HR branch reads other bands or scalings, or gives other classes",
            where=hr_init,
            expected=f"{', '.join(spec.aerial_bands)}; {table.name}",
        )
    for part, other in zip(own[1:], given[1:], strict=True):
        part.load_state_dict(other.state_dict())


def origin(network: nn.Module, hr_init: str) -> str:
    """A sentence for the provenance, a space before it; none for random weights."""
    if hr_init == RANDOM:
        return ""
    if hr_init == IMAGENET:
        ids = dict.fromkeys(published(config).id for config, _ in _encoders(network))
        return f" Image encoder from {', '.join(ids)}."
    # Of a folder the end alone: the rest is of this machine.
    return f" HR branch from the bundle {'/'.join(Path(hr_init).parts[-2:])}."


def _branches(network: nn.Module) -> list[HRBranch | UNet]:
    """Of a classifier, or of U-TAE-D."""
    if isinstance(network, UTAED):
        return [network.unet]
    if not isinstance(network, Classifier):
        return []
    members = (one for one in network.members if isinstance(one, Branches))
    return [one.image for one in members if one.config.image]


def _encoders(network: nn.Module) -> list[tuple[HRConfig | UNetConfig, nn.Module]]:
    """Sizes of each image branch, and timm's part of it."""
    if (found := _hr_branch(network)) is not None:
        return [(found[0], found[1].body)]
    return [
        (one.config, one.encoder if isinstance(one, UNet) else one.encode.body)
        for one in _branches(network)
    ]


def _hr_branch(network: nn.Module) -> tuple[HRConfig, HREncoder, HRDecoder] | None:
    """Sizes, encoder and decoder, where a network has one."""
    if isinstance(network, TSRDiff) and not isinstance(network, UTAED):
        return network.config.hr, network.hr_encoder, network.hr_decoder
    branches = _branches(network)
    if len(branches) == 1 and isinstance(branches[0], HRBranch):
        return branches[0].config, branches[0].encode, branches[0].decode
    return None


def _aerial(spec: InputSpec) -> list[object]:
    return [(band, spec.scaling(band)) for band in spec.aerial_bands]
