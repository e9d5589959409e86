"""IGN's published FLAIR-HUB models: one file in, the network that gave it out (FLAIR.md).

Loading is strict, because a loader that skips what does not fit gives a plausible, wrong map.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from lcapp.errors import BundleError
from lcapp.families.flairhub.contents import PREFIX, Contents, Kind, contents, opened
from lcapp.families.flairhub.network import UPerFuse
from lcapp.families.flairhub.sizes import UPerFuseConfig

CRITERION = "criterion."
"""How the names of the loss's tensors begin, which are dropped."""


def load(path: Path | str) -> UPerFuse:
    """The network of a file, in evaluation mode, float32.

    Args:
        path: A `.safetensors` file of IGN's FLAIR-HUB models.

    Returns:
        The network; its `unused_keys` name what the file holds and inference does without.

    Raises:
        BundleError: The file is absent, no safetensors file or damaged, or differs from every
            FLAIR-HUB network; each missing, unexpected and mis-shaped key is named.
    """
    file = Path(path)
    found = contents(file)
    used = _checked(found, file)
    with torch.device("meta"):  # no weights are drawn only to be overwritten
        network = UPerFuse(found.config)
    with opened(file, "pt") as tensors:
        network.load_state_dict(
            {name: _own(tensors.get_tensor(PREFIX + name)) for name in network.state_dict()},
            assign=True,
        )
    network.unused_keys = tuple(name for name in found.tensors if name not in used)
    return network.eval().requires_grad_(False)


def _own(tensor: Tensor) -> Tensor:
    """A copy that does not lean on the file; float32 where it is floating."""
    return tensor.to(torch.float32 if tensor.is_floating_point() else tensor.dtype, copy=True)


def _checked(found: Contents, file: Path) -> Mapping[str, Kind]:
    """Account for every tensor of a file; returns those that inference uses.

    Raises:
        BundleError: Names every key that is missing, unexpected or of another shape.
    """
    kept = {name: kind for name, kind in found.tensors.items() if not name.startswith(CRITERION)}
    try:
        wanted = _kinds(found.config, published=True)
        used = _kinds(found.config, published=False)
    except (ValueError, TypeError, RuntimeError, AssertionError, ZeroDivisionError) as error:
        raise BundleError(f"no network has such sizes: {error}", where=file) from error
    _compare(wanted, kept, file)
    return used


def _kinds(config: UPerFuseConfig, published: bool) -> dict[str, Kind]:
    """Names, shapes and kinds of a network's tensors."""
    with torch.device("meta"):
        network: nn.Module = UPerFuse(config, published=published)
    return {
        PREFIX + name: Kind(tuple(tensor.shape), tensor.is_floating_point())
        for name, tensor in network.state_dict().items()
    }


def _compare(wanted: Mapping[str, Kind], held: Mapping[str, Kind], file: Path) -> None:
    faults = []
    if missing := sorted(wanted.keys() - held.keys()):
        faults.append(f"{len(missing)} missing: {', '.join(missing)}")
    if unexpected := sorted(held.keys() - wanted.keys()):
        faults.append(f"{len(unexpected)} unexpected: {', '.join(unexpected)}")
    differing = [
        f"{name} is {held[name]} and not {wanted[name]}"
        for name in sorted(wanted.keys() & held.keys())
        if held[name] != wanted[name]
    ]
    if differing:
        faults.append(f"{len(differing)} of another shape: {', '.join(differing)}")
    if faults:
        raise BundleError(
            "the tensors are not those of a FLAIR-HUB network; " + "; ".join(faults),
            where=file,
            expected="the file as IGN published it",
            advice="download it again",
        )
