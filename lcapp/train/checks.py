"""What cannot be trained is refused before anything is written or computed."""

import math
from dataclasses import asdict
from typing import Any

import torch

from lcapp.diffusion.samplers import timesteps
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.errors import RunError
from lcapp.families.tsrdiff.sizes import VARIANTS
from lcapp.sensors import SR_FACTOR
from lcapp.train.config import MachineConfig, TrainConfig

_BOUNDS: dict[str, tuple[float, float]] = {
    # setting: lowest and highest value; whole numbers and shares alike
    "batch": (2, math.inf),  # a batch of one has no batch statistics in D_SR's pools
    "accumulate": (1, math.inf),
    "pretrain_passes": (0, math.inf),
    "denoiser_passes": (0, math.inf),
    "iterations": (1, math.inf),
    "round": (1, math.inf),
    "data.validation_scenes": (0, math.inf),
    "data.cached_scenes": (1, math.inf),
    "data.whole_rounds": (0, math.inf),
    "data.neutral_share": (0, 1),
    "objective.noise_draws": (1, math.inf),
    "objective.few_step_share": (0, 1),
    "objective.losses.hr": (0, math.inf),
    "objective.losses.sr": (0, math.inf),
    "objective.losses.reconstruction": (0, math.inf),
    "objective.losses.diffusion": (0, math.inf),
    "objective.losses.radiometric": (0, math.inf),
    "objective.losses.gradient": (0, math.inf),
    "objective.losses.temporal": (0, math.inf),
    "objective.losses.spectral": (0, math.inf),
    "objective.losses.gamma": (0, math.inf),
    "objective.losses.label_smoothing": (0, 0.99),
    "optimiser.learning_rate": (0, math.inf),
    "optimiser.denoiser_factor": (0, math.inf),
    "optimiser.weight_decay": (0, math.inf),
    "optimiser.warmup": (0, math.inf),
    "optimiser.clip_norm": (0, math.inf),
    "diffusion.train_steps": (2, math.inf),
    "diffusion.residual_deviation": (0, math.inf),
    "diffusion.back_projections": (0, math.inf),
}

SMALLEST_SQUARE = 104
"""Aerial pixels: 20.8 m hold a whole pixel of the series (10.24 m at most) wherever they lie."""


def check(config: TrainConfig, machine: MachineConfig) -> None:
    """Look through the settings.

    Raises:
        RunError: Names the setting, its value, and what it may be.
    """
    settings = asdict(config)
    for place, (low, high) in _BOUNDS.items():
        value = _at(settings, place)
        # Turned round, so that NaN is refused; no setting may be infinite.
        if not (low <= value <= high and math.isfinite(value)):
            bounds = f"at least {low:g}" if high == math.inf else f"{low:g} to {high:g}"
            raise RunError(f"{place.split('.')[-1]} is {value:g}", expected=bounds)
    if config.network.variant not in VARIANTS:
        raise RunError(
            f"there is no size {config.network.variant!r}", expected=" or ".join(sorted(VARIANTS))
        )
    _check_square(config.data.square)
    _check_losses(config)
    schedule = CosineSchedule(config.diffusion)
    timesteps(schedule, config.objective.sampler, config.objective.validation_steps)
    if config.objective.few_step_share:
        timesteps(schedule, config.objective.sampler, config.objective.few_steps)
    _check_machine(machine)


def _at(settings: Any, place: str) -> float:
    for name in place.split("."):
        settings = settings[name]
    return float(settings)


def _check_square(square: int) -> None:
    if square and (square < SMALLEST_SQUARE or square % SR_FACTOR):
        raise RunError(
            f"square is {square}",
            expected=f"0, or a multiple of {SR_FACTOR} from {SMALLEST_SQUARE} pixels on",
        )


def _check_losses(config: TrainConfig) -> None:
    losses = config.objective.losses
    parts = (
        losses.diffusion,
        losses.radiometric,
        losses.gradient,
        losses.temporal,
        losses.spectral,
    )
    if not (losses.hr or losses.sr or (losses.reconstruction and any(parts))):
        raise RunError("every loss is switched off", expected="at least one loss with a weight")


def _check_machine(machine: MachineConfig) -> None:
    for name in ("devices", "nodes"):
        if getattr(machine, name) < 1:
            raise RunError(f"{name} is {getattr(machine, name)}", expected="at least 1")
    if machine.workers < 0:
        raise RunError(f"workers is {machine.workers}", expected="at least 0")
    if machine.accelerator == "cpu":
        return
    found = torch.cuda.device_count()
    if machine.accelerator == "gpu" and not found:
        raise RunError("there is no GPU here", advice="use --accelerator cpu")
    if found and machine.devices > found:
        raise RunError(
            f"{machine.devices} devices asked for", expected=f"at most the {found} GPUs found here"
        )
