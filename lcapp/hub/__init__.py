"""Bundles: a network's weights and their description in one folder, loaded strictly.

A bundle holds `config.json` and `model.safetensors`, the two files that huggingface_hub's
`PyTorchModelHubMixin` writes. The description is free of torch; `Bundle`, `load`, `save` and
`write_initial_bundle` bring it in when they are first asked for.
"""

import importlib
from typing import TYPE_CHECKING, Any

from lcapp.hub.config import (
    BundleConfig,
    bundle_configs,
    bundle_hash,
    bundle_path,
    read_config,
)

if TYPE_CHECKING:
    from lcapp.hub.bundle import Bundle, load, save
    from lcapp.hub.initial import write_initial_bundle

__all__ = [
    "Bundle",
    "BundleConfig",
    "bundle_configs",
    "bundle_hash",
    "bundle_path",
    "load",
    "read_config",
    "save",
    "write_initial_bundle",
]

_NEEDS_TORCH = {
    "Bundle": "bundle",
    "load": "bundle",
    "save": "bundle",
    "write_initial_bundle": "initial",
}


def __getattr__(name: str) -> Any:
    if name not in _NEEDS_TORCH:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_NEEDS_TORCH[name]}"), name)
