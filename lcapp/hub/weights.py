"""Tensors on disk: float16 going out, compared key by key coming in."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor

from lcapp.errors import BundleError
from lcapp.limits import check_file

_UNREADABLE = (OSError, SafetensorError, RuntimeError, ValueError, TypeError, MemoryError)
"""What the readers of safetensors make of a damaged file."""

_KINDS = {
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip
"""Number types of a safetensors file that are not floating, as torch calls them."""

MOST_NAMED = 20
"""Keys named in one error; the rest are counted."""


def for_disk(name: str, tensor: Tensor, where: Path) -> Tensor:
    """A copy for the file: floating tensors as float16, others as they are.

    Raises:
        BundleError: A value does not fit into float16.
    """
    tensor = tensor.detach().cpu()
    if not tensor.is_floating_point():
        return tensor.clone()
    narrow = tensor.to(torch.float16, copy=True).contiguous()
    if not narrow.isfinite().all():
        raise BundleError(
            f"{name} does not fit into float16: its largest value is {tensor.abs().max():g}",
            where=where,
            expected=f"finite values up to {torch.finfo(torch.float16).max:g}",
        )
    return narrow


def read_tensors(file: Path) -> dict[str, Tensor]:
    """All tensors of a safetensors file.

    Raises:
        BundleError: The file is absent or damaged.
    """
    check_file(file, BundleError, "the bundle's weights")
    try:
        return load_file(file)
    except _UNREADABLE as error:
        raise _unreadable(file, error) from None


def read_kinds(file: Path) -> dict[str, str]:
    """Name of each tensor of a safetensors file to its kind and shape, from its header alone.

    Raises:
        BundleError: The file is absent or damaged.
    """
    check_file(file, BundleError, "the bundle's weights")
    try:
        with safe_open(file, framework="np") as tensors:
            slices = {name: tensors.get_slice(name) for name in tensors.keys()}  # noqa: SIM118
            return {
                name: f"{_KINDS.get(one.get_dtype(), 'float')} {tuple(one.get_shape())}"
                for name, one in slices.items()
            }
    except _UNREADABLE as error:
        raise _unreadable(file, error) from None


def _unreadable(file: Path, error: Exception) -> BundleError:
    return BundleError(
        f"cannot be read: {error}",
        where=file,
        expected="a complete safetensors file",
        advice="copy the bundle again",
    )


def check_keys(wanted: Mapping[str, Tensor], found: Mapping[str, Tensor], file: Path) -> None:
    """Compare names, shapes and kinds; a float16 file fits a float32 network.

    Raises:
        BundleError: Names every key that is missing, unexpected or of another shape.
    """
    check_kinds(kinds(wanted), kinds(found), file)


def kinds(tensors: Mapping[str, Tensor]) -> dict[str, str]:
    """Name of each tensor to its kind and shape, as `read_kinds` gives them."""
    return {name: _kind(one) for name, one in tensors.items()}


def check_kinds(wanted: Mapping[str, str], found: Mapping[str, str], file: Path) -> None:
    """As `check_keys`, of kinds and shapes alone."""
    faults = []
    if missing := wanted.keys() - found.keys():
        faults.append(f"{len(missing)} missing: {_list(missing)}")
    if unexpected := found.keys() - wanted.keys():
        faults.append(f"{len(unexpected)} unexpected: {_list(unexpected)}")
    differing = [
        f"{name} is {found[name]} and not {wanted[name]}"
        for name in wanted.keys() & found.keys()
        if found[name] != wanted[name]
    ]
    if differing:
        faults.append(f"{len(differing)} of another shape: {_list(differing)}")
    if faults:
        raise BundleError(
            "the tensors differ from the network that config.json describes; " + "; ".join(faults),
            where=file,
            advice="use the config.json that was saved with these weights",
        )


def _kind(tensor: Tensor) -> str:
    kind = "float" if tensor.is_floating_point() else str(tensor.dtype).removeprefix("torch.")
    return f"{kind} {tuple(tensor.shape)}"


def _list(names: Iterable[str]) -> str:
    ordered = sorted(names)
    rest = len(ordered) - MOST_NAMED
    shown = ", ".join(ordered[:MOST_NAMED])
    return f"{shown} and {rest} more" if rest > 0 else shown
