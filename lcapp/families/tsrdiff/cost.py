"""What a run costs, said before it starts. Imports no torch, so a page can ask at any time."""

import math
from dataclasses import dataclass

import psutil

from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import RunError
from lcapp.hub.config import BundleConfig
from lcapp.types import Prepared

_MB = 2**20
_SHARE_OF_FREE = 0.8
"""A run is planned to fit into this share of what is free: others use the machine too."""


@dataclass(frozen=True)
class Plan:
    """What a run will take.

    Attributes:
        evaluations: Denoiser evaluations: steps x present months; 0 for the aerial baseline.
        micro_batch: Epochs that go through the networks at once.
        memory_mb: Estimated working memory beyond the loaded weights.
    """

    evaluations: int
    micro_batch: int
    memory_mb: float


def plan(
    prepared: Prepared,
    config: BundleConfig,
    *,
    sampler: str,
    steps: int,
    micro_batch: int | None = None,
    available_mb: float | None = None,
) -> Plan:
    """Check the options and choose a micro-batch that fits.

    Args:
        prepared: The scene.
        config: The bundle's description.
        sampler: One of `diffusion.config.SAMPLERS`.
        steps: Denoising steps.
        micro_batch: Epochs at once; by default as many as fit.
        available_mb: Memory that may be used; by default what is free on the CPU.

    Raises:
        RunError: Options that make no sense, or not even one epoch at a time fits.
    """
    if sampler not in SAMPLERS:
        raise RunError(f"unknown sampler {sampler!r}", expected=" or ".join(SAMPLERS))
    if steps < 1:
        raise RunError(f"steps is {steps}", expected="at least one denoising step")
    in_all = config.diffusion.train_steps
    if sampler == "ancestral" and steps != in_all:
        raise RunError(
            f"the ancestral sampler cannot take {steps} steps",
            expected=f"all {in_all} steps of its schedule",
            advice=f"use ddim or dpm++ for fewer steps, or steps={in_all}",
        )
    if micro_batch is not None and micro_batch < 1:
        raise RunError(f"micro-batch is {micro_batch}", expected="at least one epoch at a time")
    if available_mb is None:
        available_mb = psutil.virtual_memory().available / _MB
    epochs = int(prepared.present.sum())
    if micro_batch is None:
        fitting = (
            size
            for size in range(epochs, 0, -1)
            if working_memory_mb(prepared, config, size) <= _SHARE_OF_FREE * available_mb
        )
        chosen = next(fitting, 1)
    else:
        chosen = min(micro_batch, epochs)
    memory_mb = working_memory_mb(prepared, config, chosen)
    if memory_mb > available_mb:
        raise RunError(
            f"the run needs about {memory_mb:.0f} MB of memory and {available_mb:.0f} MB are free",
            where=prepared.scene_id,
            advice="free some memory, take a smaller model or a smaller aerial image"
            + ("" if chosen == 1 else ", or a micro-batch of 1"),
        )
    evaluations = 0 if config.network["fusion"]["kind"] == "none" else steps * epochs
    return Plan(evaluations=evaluations, micro_batch=chosen, memory_mb=memory_mb)


def working_memory_mb(prepared: Prepared, config: BundleConfig, micro_batch: int) -> float:
    """Estimated memory of the activations, from the widths of the network and the grids.

    The stages run one after the other, so the largest counts, on top of what lives throughout.
    The factors count float32 maps that are alive at once; they were set against measured peaks
    and lean towards too much.
    """
    network = config.network
    epochs = int(prepared.present.sum())
    sr_pixels = prepared.sr_grid.height * prepared.sr_grid.width
    widths = network["encoder"]["widths"]
    unit = 32 * network["hr"]["partition"]
    hr_pixels = math.prod(
        math.ceil(size / unit) * unit for size in (prepared.hr_grid.height, prepared.hr_grid.width)
    )
    series = 8 * len(prepared.series_bands) * epochs * sr_pixels
    conditioning = epochs * sr_pixels * sum(width / 4**level for level, width in enumerate(widths))
    images = hr_pixels * (len(prepared.aerial_bands) + 4 * network["classes"])
    denoise = 14 * micro_batch * sr_pixels * network["denoiser"]["width"]
    encode = sr_pixels * (24 * epochs * widths[0] + 48 * micro_batch * widths[1])
    half = hr_pixels / 4  # stage 1, at half the aerial resolution, is the widest map in memory
    classify = half * (14 * network["hr"]["widths"][0] + 6 * network["hr"]["decoder_width"])
    floats = series + conditioning + images + max(denoise, encode, classify)
    return float(4 * floats / _MB)
