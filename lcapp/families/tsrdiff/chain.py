"""The chain of sampling: for predictions, zones, evaluations, and the training's own samples."""

from collections.abc import Callable, Sequence

from torch import Tensor

from lcapp.diffusion.noise import KeyedNoise
from lcapp.diffusion.samplers import Sampled, sample
from lcapp.diffusion.schedule import CosineSchedule, from_residual
from lcapp.models.back_projection import project
from lcapp.models.windows import BatchWindow


def super_resolve(
    denoise: Callable[[Tensor, int], Tensor],
    x_u: Tensor,
    measured: Tensor,
    months: Sequence[int],
    windows: tuple[BatchWindow, BatchWindow],
    *,
    schedule: CosineSchedule,
    noise: KeyedNoise,
    sampler: str,
    steps: int,
    on_step: Callable[[int, int], None] | None = None,
) -> tuple[Tensor, Sampled]:
    """Sample the residual of each month, add it to x_u, and bring the sum to agree with Sentinel-2.

    Args:
        denoise: As `diffusion.samplers.sample` takes it.
        x_u: T C Hs Ws, the bicubic months.
        measured: T C h w, the pixels of the months that lie inside the footprint; where the first
            window gives others, 0 there.
        months: T calendar months, keys of the noise.
        windows: From the SR grid to the pixels of `measured`, and back.
        schedule: Of the diffusion.
        noise: Source of randomness.
        sampler: Name of the sampler.
        steps: Denoising steps.
        on_step: Called with (steps done, steps in all) after each step.

    Returns:
        T C Hs Ws, scaled as x_u; and the residual it was made of.
    """
    residual = sample(
        denoise,
        x_u.shape,
        months,
        schedule=schedule,
        noise=noise,
        sampler=sampler,
        steps=steps,
        device=x_u.device,
        on_step=on_step,
    )
    rounds = schedule.config.back_projections
    return project(from_residual(residual.x0, x_u), measured, *windows, rounds), residual
