"""IGN's published FLAIR-HUB models: one file in, the network that gave it out (FLAIR.md).

A file alone is enough: its names and shapes tell the network. Loading is strict, because a loader
that skips what does not fit gives a plausible, wrong map. Only safetensors files are read; a pickle
can run code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from lcapp.errors import BundleError
from lcapp.families.flairhub.network import UPerFuse
from lcapp.families.flairhub.shapes import sizes
from lcapp.families.flairhub.sizes import UPerFuseConfig

PREFIX, CRITERION = "model.", "criterion."
"""How names begin: the network's tensors, and the loss's, which are dropped."""

COUNTED = tuple(PREFIX + part for part in ("encoders.", "main_decoders.", "aux_decoders."))
"""What the paper's tables count as parameters."""

STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
"""Tensors that are no parameters."""


@dataclass(frozen=True)
class Contents:
    """What a published file holds.

    Attributes:
        config: The network's sizes, inputs and tasks.
        unused: Full names of the tensors that inference does without, in the file's order.
        parameters: As the paper counts them: encoders, main and auxiliary decoders.
    """

    config: UPerFuseConfig
    unused: tuple[str, ...]
    parameters: int


def contents(path: Path | str) -> Contents:
    """Look into a file without loading its tensors.

    Args:
        path: A `.safetensors` file of IGN's FLAIR-HUB models.

    Raises:
        BundleError: As `load`.
    """
    file = Path(path)
    with _open(file) as tensors:
        return _checked(_described(tensors), file)


def load(path: Path | str, device: torch.device | str = "cpu") -> UPerFuse:
    """The network of a file, in evaluation mode, float32.

    Args:
        path: A `.safetensors` file of IGN's FLAIR-HUB models.
        device: Where the network goes.

    Returns:
        The network; its `unused_keys` name what the file holds and inference does without.

    Raises:
        BundleError: The file is absent, no safetensors file or damaged, or differs from every
            FLAIR-HUB network; each missing, unexpected and mis-shaped key is named.
    """
    file = Path(path)
    with _open(file) as tensors:
        found = _checked(_described(tensors), file)
        with torch.device("meta"):  # no weights are drawn only to be overwritten
            network = UPerFuse(found.config)
        network.load_state_dict(
            {name: _own(tensors.get_tensor(PREFIX + name)) for name in network.state_dict()},
            assign=True,
        )
    network.unused_keys = found.unused
    return network.to(device).eval().requires_grad_(False)


def _own(tensor: Tensor) -> Tensor:
    """A copy that does not lean on the file; float32 where it is floating."""
    return tensor.to(torch.float32 if tensor.is_floating_point() else tensor.dtype, copy=True)


@dataclass(frozen=True)
class _Kind:
    """A tensor without its values."""

    shape: tuple[int, ...]
    floating: bool

    def __str__(self) -> str:
        return f"{'float' if self.floating else 'integer'} {self.shape}"


def _open(file: Path) -> Any:
    """The file, open for reading."""
    if not file.is_file():
        raise BundleError("is not there", where=file, expected="a published FLAIR-HUB file")
    with file.open("rb") as opened:
        start = opened.read(9)
    # Eight bytes of a length and a brace begin a safetensors file, whatever the length.
    if start[8:] != b"{" and start.startswith((b"\x80", b"PK\x03\x04")):
        raise BundleError(
            "is a pickle, which can run code when it is read, and is refused",
            where=file,
            expected="a safetensors file",
            advice="download the .safetensors file of the same model",
        )
    try:
        return safe_open(file, framework="pt")
    except (OSError, SafetensorError) as error:
        raise BundleError(
            f"cannot be read: {error}",
            where=file,
            expected="a complete safetensors file",
            advice="download it again",
        ) from None


def _described(tensors: Any) -> dict[str, _Kind]:
    """Names, shapes and kinds."""
    slices = {name: tensors.get_slice(name) for name in tensors.keys()}  # noqa: SIM118
    return {
        name: _Kind(tuple(one.get_shape()), one.get_dtype() in ("F32", "F16", "BF16", "F64"))
        for name, one in slices.items()
    }


def _checked(held: Mapping[str, _Kind], file: Path) -> Contents:
    """Account for every tensor of a file.

    Raises:
        BundleError: Names every key that is missing, unexpected or of another shape.
    """
    kept = {name: kind for name, kind in held.items() if not name.startswith(CRITERION)}
    config = sizes(
        {
            name.removeprefix(PREFIX): kind.shape
            for name, kind in kept.items()
            if name.startswith(PREFIX)
        },
        file,
    )
    try:
        wanted = _kinds(config, published=True)
        used = _kinds(config, published=False)
    except (ValueError, TypeError, RuntimeError, AssertionError, ZeroDivisionError) as error:
        raise BundleError(f"no network has such sizes: {error}", where=file) from error
    _compare(wanted, kept, file)
    return Contents(
        config=config,
        unused=tuple(name for name in held if name not in used),
        parameters=sum(
            prod(kind.shape)
            for name, kind in held.items()
            if name.startswith(COUNTED) and not name.endswith(STATISTICS)
        ),
    )


def _kinds(config: UPerFuseConfig, published: bool) -> dict[str, _Kind]:
    """Names, shapes and kinds of a network's tensors."""
    with torch.device("meta"):
        network: nn.Module = UPerFuse(config, published=published)
    return {
        PREFIX + name: _Kind(tuple(tensor.shape), tensor.is_floating_point())
        for name, tensor in network.state_dict().items()
    }


def _compare(wanted: Mapping[str, _Kind], held: Mapping[str, _Kind], file: Path) -> None:
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
