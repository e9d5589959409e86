"""What a bundle is: its description, and where bundles lie. Imports no torch."""

import hashlib
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import lcapp
from lcapp.classes import TABLES
from lcapp.diffusion.config import DiffusionConfig
from lcapp.errors import BundleError
from lcapp.prepare.inputs import InputSpec
from lcapp.record import from_json, to_json

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"

_HASH_DIGITS = 12

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BundleConfig:
    """Everything about a network that its weights do not say; `config.json`.

    Attributes:
        name: What it is called on the command line and in results.
        variant: Size of the network, a key of `models.catalogue.VARIANTS` or a name of its own.
        network: Fields of the network's own config; JSON types only (tuples become lists).
        inputs: Bands, scalings and the bands it can do without.
        classes: Key in `classes.TABLES`: what its output channels mean.
        diffusion: Schedule and sampler settings.
        trained: False for initial weights, whose maps mean nothing; said wherever they are shown.
        provenance: One or two sentences: data, training, who, when.
        licence: Licence of the weights.
        figures: Measured figures, name to value; may be empty.
        architecture: Which network family `network` describes.
    """

    name: str
    variant: str
    network: dict[str, Any]
    inputs: InputSpec
    classes: str
    diffusion: DiffusionConfig
    trained: bool
    provenance: str
    licence: str
    figures: dict[str, Any]
    architecture: Literal["tsrdiff"] = "tsrdiff"

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
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise BundleError(
            f"not JSON: {error}", where=where, advice="copy the bundle again"
        ) from None
    return from_json(BundleConfig, found, where)


def read_config(path: Path | str) -> BundleConfig:
    """The description of the bundle in the folder `path`.

    Raises:
        BundleError: There is none, or it cannot be used.
    """
    file = Path(path) / CONFIG_FILE
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(
            f"cannot be read: {error}",
            where=file,
            expected=f"a bundle: a folder with {CONFIG_FILE} and {WEIGHTS_FILE}",
        ) from None
    return parse_config(text, file)


def bundle_hash(path: Path | str) -> str:
    """First 12 hex digits of the SHA-256 of a bundle's weights and description.

    Raises:
        BundleError: A file is missing or cannot be read.
    """
    folder = Path(path)
    config = read_config(folder)
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


def bundle_configs(root: Path | str | None = None) -> tuple[BundleConfig, ...]:
    """The descriptions of the bundles in `root` (by default `weights_root()`), by name.

    A folder whose description cannot be used is left out, with a warning in the log: it must not
    keep the others from being used, and asking for it by name says what is wrong.
    """
    return tuple(config for config, _ in _bundles(root))


def bundle_path(name: Path | str, root: Path | str | None = None) -> Path:
    """The folder of a bundle.

    Args:
        name: Its folder's name in `root`, its own name, or the path of a folder anywhere.
        root: By default `weights_root()`.

    Raises:
        BundleError: There is no such bundle; lists those there are.
    """
    inside = Path(weights_root() if root is None else root)
    if len(Path(name).parts) == 1 and (inside / name / CONFIG_FILE).is_file():
        return inside / name
    known = _bundles(root)
    for config, folder in known:
        if config.name == str(name):
            return folder
    if Path(name).is_dir():
        return Path(name)
    names = ", ".join(config.name for config, _ in known)
    raise BundleError(
        f"there is no bundle {str(name)!r}",
        expected=f"one of {names}, or the path of a bundle" if names else "the path of a bundle",
        advice=None if names else f"put bundles into {inside}",
    )


def _bundles(root: Path | str | None) -> list[tuple[BundleConfig, Path]]:
    found = []
    for file in Path(weights_root() if root is None else root).glob(f"*/{CONFIG_FILE}"):
        try:
            found.append((read_config(file.parent), file.parent))
        except BundleError as error:
            _log.warning("bundle left out of the list: %s", error)
    return sorted(found, key=lambda one: one[0].name)
