"""What a published FLAIR-HUB file holds, from its header alone (FLAIR.md). Imports no torch."""

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from lcapp.errors import BundleError
from lcapp.families.flairhub.shapes import sizes
from lcapp.families.flairhub.sizes import UPerFuseConfig

PREFIX = "model."
"""How the names of the network's tensors begin."""

ENCODERS = PREFIX + "encoders."

COUNTED = (ENCODERS, PREFIX + "main_decoders.", PREFIX + "aux_decoders.")
"""What the paper's tables count as parameters."""

STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
"""Tensors that are no parameters."""

_MOST_TENSORS, _LONGEST_NAME = 20_000, 200
"""The largest published file has 3,000 tensors; each name is compared with dozens of patterns."""


@dataclass(frozen=True)
class Kind:
    """A tensor without its values."""

    shape: tuple[int, ...]
    floating: bool

    def __str__(self) -> str:
        return f"{'float' if self.floating else 'integer'} {self.shape}"


@dataclass(frozen=True)
class Contents:
    """What a published file holds.

    Attributes:
        config: The network's sizes, inputs and tasks.
        tensors: Full name of each to its kind, in the file's order.
        parameters: As the paper counts them: encoders, main and auxiliary decoders.
    """

    config: UPerFuseConfig
    tensors: dict[str, Kind]
    parameters: int


def contents(path: Path | str) -> Contents:
    """Look into a file without loading its tensors.

    Args:
        path: A `.safetensors` file of IGN's FLAIR-HUB models.

    Raises:
        BundleError: The file is absent, no safetensors file, damaged, or holds no such network.
    """
    file = Path(path)
    with opened(file, "np") as held:
        names = held.keys()
        if len(names) > _MOST_TENSORS or max(map(len, names), default=0) > _LONGEST_NAME:
            raise BundleError(
                f"holds {len(names)} tensors, or names without end",
                where=file,
                expected=f"at most {_MOST_TENSORS}, of names of at most {_LONGEST_NAME} letters",
            )
        slices = {name: held.get_slice(name) for name in names}
        tensors = {
            name: Kind(tuple(one.get_shape()), one.get_dtype() in ("F32", "F16", "BF16", "F64"))
            for name, one in slices.items()
        }
    shapes = {
        name.removeprefix(PREFIX): kind.shape
        for name, kind in tensors.items()
        if name.startswith(PREFIX)
    }
    return Contents(
        config=sizes(shapes, file),
        tensors=tensors,
        parameters=sum(
            prod(kind.shape)
            for name, kind in tensors.items()
            if name.startswith(COUNTED) and not name.endswith(STATISTICS)
        ),
    )


def opened(file: Path, framework: str) -> Any:
    """The file, open for reading."""
    if not file.is_file():
        raise BundleError("is not there", where=file, expected="a published FLAIR-HUB file")
    try:
        return safe_open(file, framework=framework)
    except (OSError, SafetensorError) as error:
        raise BundleError(
            f"cannot be read: {error}",
            where=file,
            expected="a complete safetensors file",
            advice="download it again",
        ) from None
