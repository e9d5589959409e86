"""Denoiser evaluations a second, and how near that comes to what the machine can multiply.

An evaluation is one epoch's residual image once through eps_w. All times are the best of several.
"""

from collections.abc import Callable

import psutil
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from lcapp.bench.machine import device_name, seconds_of
from lcapp.bench.matmul import peak
from lcapp.bench.modes import MODES, Mode, denoiser_in
from lcapp.bench.speed import DenoiseSpeed, ModeSpeed, show
from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.noise import KeyedNoise
from lcapp.diffusion.samplers import sample
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.errors import RunError
from lcapp.families.tsrdiff.sizes import VARIANTS
from lcapp.models.denoiser import Denoiser
from lcapp.models.initialise import initialise
from lcapp.models.sizes import DenoiserConfig
from lcapp.pipeline.device import PeakMemory, choose_device

__all__ = ["DenoiseSpeed", "ModeSpeed", "flop_per_evaluation", "run", "show"]

_STEP = 250
_WALKS = (("ddim", 20), ("ancestral", 500))

Denoise = Callable[[Tensor, int], Tensor]
"""`(x, k) -> eps`."""


def run(
    variant: str, device: str = "auto", epochs: int = 12, size: int = 64, seconds: float = 5.0
) -> DenoiseSpeed:
    """Measure the denoiser of a variant, with weights of seed 0.

    Args:
        variant: A name in `VARIANTS`.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.
        epochs: Images at once.
        size: Their side, pixels.
        seconds: Time of each measurement.

    Raises:
        RunError: Unknown variant or device, or numbers that are not positive.
    """
    if variant not in VARIANTS:
        raise RunError(f"unknown variant {variant!r}", expected=" or ".join(sorted(VARIANTS)))
    if epochs < 1 or size < 1 or seconds <= 0:
        raise RunError(
            f"cannot measure {epochs} epochs of {size} px for {seconds} s",
            expected="numbers above zero",
        )
    where = choose_device(device)
    config = VARIANTS[variant].denoiser
    network = Denoiser(config)
    initialise(network, torch.Generator().manual_seed(0))
    network.to(where).eval().requires_grad_(False)
    load = psutil.getloadavg()[0]
    modes = MODES[where.type]
    with torch.inference_mode():
        x, levels = _inputs(config, epochs, size, where)
        memory = _memory_mb(network, x, levels)
        peaks = {dtype: peak(where, dtype, seconds) for dtype in {mode.dtype for mode in modes}}
        flop = flop_per_evaluation(network, x, levels)
        reference = denoiser_in(modes[0], network, levels)(x, _STEP)
        speeds = [
            _speed(mode, network, x, levels, reference, flop, peaks[mode.dtype], seconds)
            for mode in modes
        ]
    return DenoiseSpeed(
        variant=variant,
        device=str(where),
        device_name=device_name(where),
        threads=torch.get_num_threads(),
        load=load,
        epochs=epochs,
        size=size,
        flop_per_evaluation=flop,
        peaks={str(dtype).removeprefix("torch."): rate for dtype, rate in peaks.items()},
        memory_mb=memory,
        modes=tuple(speeds),
    )


def flop_per_evaluation(network: Denoiser, x: Tensor, levels: list[Tensor]) -> int:
    """Floating-point operations of products and convolutions for one of the images of `x`."""
    with FlopCounterMode(display=False) as counter:
        network(x[:1], torch.zeros(1, dtype=torch.int64, device=x.device), [z[:1] for z in levels])
    return int(counter.get_total_flops())


def _inputs(
    config: DenoiserConfig, epochs: int, size: int, device: torch.device
) -> tuple[Tensor, list[Tensor]]:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(epochs, config.bands, size, size, generator=generator)
    sides = [-(-size // 2**level) for level in range(config.conditioned)]
    levels = [
        torch.randn(epochs, width, side, side, generator=generator).to(device)
        for width, side in zip(config.widths, sides, strict=False)
    ]
    return x.to(device), levels


def _speed(
    mode: Mode,
    network: Denoiser,
    x: Tensor,
    levels: list[Tensor],
    reference: Tensor,
    flop: int,
    highest: float,
    seconds: float,
) -> ModeSpeed:
    try:
        denoise = denoiser_in(mode, network, levels)
        eps = denoise(x, _STEP)
        step = seconds_of(lambda: denoise(x, _STEP), x.device, seconds)
        series = {
            steps: _series_seconds(denoise, x, sampler, steps, step, seconds)
            for sampler, steps in _WALKS
        }
    except RuntimeError as failure:  # one way that fails must not hide the others
        return ModeSpeed(mode.name, failed=str(failure).strip().partition("\n")[0])
    rate = len(x) / step
    return ModeSpeed(
        mode.name,
        evaluations_per_second=rate,
        flops=rate * flop,
        share_of_peak=rate * flop / highest,
        sampler_ms=max(0.0, 1e3 * (series[20] / 20 - step)),
        series_seconds=series,
        error=float(((eps - reference).square().mean() / reference.square().mean()).sqrt()),
    )


def _series_seconds(
    denoise: Denoise, x: Tensor, sampler: str, steps: int, step: float, seconds: float
) -> float:
    """Of a whole series, given the seconds of one evaluation of all its epochs."""
    if x.device.type == "cuda":  # short enough, and launches overlap: only the whole walk says it
        return seconds_of(lambda: _walk(denoise, x, sampler, steps), x.device, seconds)
    # Minutes on a CPU, where times add up: the real walk with a denoiser that costs nothing.
    beside = seconds_of(lambda: _walk(lambda noisy, k: noisy, x, sampler, steps), x.device, 0)
    return steps * step + beside


def _walk(denoise: Denoise, x: Tensor, sampler: str, steps: int) -> Tensor:
    """A walk of the real sampler."""
    return sample(
        denoise,
        x.shape,
        [1 + epoch % 12 for epoch in range(len(x))],
        schedule=CosineSchedule(DiffusionConfig()),
        noise=KeyedNoise(0, "bench"),
        sampler=sampler,
        steps=steps,
        device=x.device,
    ).x0


def _memory_mb(network: Denoiser, x: Tensor, levels: list[Tensor]) -> float:
    denoise = denoiser_in(Mode("float32"), network, levels)
    with PeakMemory(x.device) as highest:
        for _ in range(2):
            denoise(x, _STEP)
    return highest.mb
