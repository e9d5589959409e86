"""What a bundle is: its description, and where bundles lie. Imports no torch."""

import hashlib
import json
import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lcapp
from lcapp.classes import TABLES
from lcapp.diffusion.config import DiffusionConfig
from lcapp.errors import BundleError
from lcapp.limits import check_file, parse_json, read_text
from lcapp.prepare.inputs import InputSpec
from lcapp.record import from_json, to_json

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"

_HASH_DIGITS = 12
_ASIDE = ".lcapp-old-"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BundleConfig:
    """Everything about a network that its weights do not say; `config.json`.

    Attributes:
        name: What it is called on the command line and in results.
        variant: Size of the network: a name that its family knows, or one of its own.
        network: Fields of the network's own config; JSON types only (tuples become lists).
        inputs: Bands, scalings and the bands it can do without.
        classes: Key in `classes.TABLES`: what its output channels mean.
        diffusion: Schedule and sampler settings; None where nothing is denoised.
        trained: False for initial weights, whose maps mean nothing; said wherever they are shown.
        provenance: One or two sentences: data, training, who, when.
        licence: Licence of the weights.
        figures: Measured figures, name to value; may be empty.
        architecture: Family that `network` describes, a key of `families.family.FAMILIES`.
    """

    name: str
    variant: str
    network: dict[str, Any]
    inputs: InputSpec
    classes: str
    diffusion: DiffusionConfig | None
    trained: bool
    provenance: str
    licence: str
    figures: dict[str, Any]
    architecture: str = "tsrdiff"

    def __post_init__(self) -> None:
        for name in ("network", "figures"):
            # What stands here equals what comes back from disk.
            object.__setattr__(self, name, json.loads(json.dumps(getattr(self, name))))
        if self.classes not in TABLES:
            raise BundleError(
                f"unknown class table {self.classes!r}",
                where=self.name,
                expected=", ".join(TABLES),
            )

    def to_json(self) -> str:
        """The text of `config.json`."""
        return json.dumps(to_json(self), indent=2, ensure_ascii=False) + "\n"

    def canonical(self) -> bytes:
        """The same without layout, keys sorted: what the bundle's hash is made of."""
        return json.dumps(to_json(self), sort_keys=True, separators=(",", ":")).encode()


def parse_config(text: str, where: object) -> BundleConfig:
    """The description that `BundleConfig.to_json` wrote.

    Raises:
        BundleError: Not JSON; a field unknown, missing or of a wrong type.
    """
    try:
        found = parse_json(text)
    except ValueError as error:
        raise BundleError(
            f"not JSON: {error}", where=where, advice="copy the bundle again"
        ) from None
    if isinstance(found, dict) and "format" in found:
        raise BundleError(
            f"is of format {found['format']!r:.20}",
            where=where,
            expected="one that this version of lcapp writes, without a field `format`",
            advice="update lcapp",
        )
    return from_json(BundleConfig, found, where)


def read_config(path: Path | str) -> BundleConfig:
    """The description of the bundle in the folder `path`.

    Raises:
        BundleError: There is none, or it cannot be used.
    """
    recover(Path(path))
    file = Path(path) / CONFIG_FILE
    expected = f"a bundle: a folder with {CONFIG_FILE} and {WEIGHTS_FILE}"
    return parse_config(read_text(file, BundleError, expected), file)


def aside_of(folder: Path) -> Path:
    """Where a bundle steps aside for a newer one, where the system knows no exchange."""
    return folder.with_name(_ASIDE + folder.name)


def recover(folder: Path) -> None:
    """Bring a bundle back that a killed process has put aside and not replaced."""
    if not folder.exists() and (aside := aside_of(folder)).is_dir():
        with suppress(OSError):  # of several processes one was first
            os.replace(aside, folder)


def bundle_hash(path: Path | str) -> str:
    """First 12 hex digits of the SHA-256 of a bundle's weights and description.

    Raises:
        BundleError: A file is missing or cannot be read.
    """
    folder = Path(path)
    config = read_config(folder)
    check_file(folder / WEIGHTS_FILE, BundleError, "the bundle's weights")
    try:
        with (folder / WEIGHTS_FILE).open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256")
    except OSError as error:
        raise BundleError(
            f"cannot be read: {error.strerror}",
            where=folder / WEIGHTS_FILE,
            expected="the bundle's weights",
        ) from None
    digest.update(config.canonical())
    return digest.hexdigest()[:_HASH_DIGITS]


def weights_root() -> Path:
    """`LCAPP_WEIGHTS`, or `weights/` beside the package."""
    named = os.environ.get("LCAPP_WEIGHTS")
    return Path(named) if named else Path(lcapp.__file__).parent.parent / "weights"


def bundles(root: Path | str | None = None) -> list[tuple[BundleConfig, Path]]:
    """Description and folder of the bundles in `root` (by default `weights_root()`), by name.

    A folder whose description cannot be used is left out, with a warning in the log: it must not
    keep the others from being used, and asking for it by name says what is wrong.
    """
    found = []
    folder = Path(weights_root() if root is None else root)
    for aside in folder.glob(f"{_ASIDE}*"):
        recover(aside.with_name(aside.name.removeprefix(_ASIDE)))
    for file in folder.glob(f"[!.]*/{CONFIG_FILE}"):  # a hidden one is in the making
        try:
            found.append((read_config(file.parent), file.parent))
        except BundleError as error:
            _log.warning("bundle left out of the list: %s", error)
    return sorted(found, key=lambda one: one[0].name)


def no_bundle(name: str) -> BundleError:
    """That there is no bundle of that name, with those there are."""
    names = ", ".join(config.name for config, _ in bundles())
    return BundleError(
        f"there is no bundle {name!r}",
        expected=f"one of {names}, or the path of a bundle" if names else "the path of a bundle",
        advice=None if names else f"put bundles into {weights_root()}",
    )
