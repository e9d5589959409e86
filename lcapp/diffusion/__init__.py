"""SUPER-RESOLVE: noise schedule, keyed noise and samplers (paper, section 3; METHOD.md section 4).

The room knows no network: a denoiser is any function `(x, k) -> eps`. The settings are free of
torch; the names below that need it bring it in when they are first asked for.
"""

import importlib
from typing import TYPE_CHECKING, Any

from lcapp.diffusion.config import SAMPLERS, DiffusionConfig, SamplerName

if TYPE_CHECKING:
    from lcapp.diffusion.noise import KeyedNoise
    from lcapp.diffusion.samplers import Sampled, sample, timesteps
    from lcapp.diffusion.schedule import CosineSchedule, from_residual, to_residual

__all__ = [
    "SAMPLERS",
    "CosineSchedule",
    "DiffusionConfig",
    "KeyedNoise",
    "Sampled",
    "SamplerName",
    "from_residual",
    "sample",
    "timesteps",
    "to_residual",
]

_NEEDS_TORCH = {
    "KeyedNoise": "noise",
    "Sampled": "samplers",
    "sample": "samplers",
    "timesteps": "samplers",
    "CosineSchedule": "schedule",
    "from_residual": "schedule",
    "to_residual": "schedule",
}


def __getattr__(name: str) -> Any:
    if name not in _NEEDS_TORCH:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_NEEDS_TORCH[name]}"), name)
