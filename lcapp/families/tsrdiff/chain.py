"""The chain of sampling: for predictions, zones, evaluations, and the training's own samples."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from lcapp.diffusion.samplers import Key, Sampled, sample
from lcapp.diffusion.schedule import CosineSchedule, from_residual
from lcapp.models.back_projection import Resample, project
from lcapp.prepare import ADDED_SPREAD, MONTH_SPREAD


def seen_by_denoiser(place: Tensor, x_u: Tensor, image: Tensor) -> Tensor:
    """What a guided denoiser sees of N months, in units of about one: N G Hs Ws.

    Args:
        place: N F Hs Ws, of `Guided.place`, one for each month.
        x_u: N C Hs Ws, the bicubic months.
        image: N C Hs Ws, the guided ones.
    """
    return torch.cat([place, x_u / MONTH_SPREAD, (image - x_u) / ADDED_SPREAD], dim=1)


def super_resolve(
    denoise: Callable[[Tensor, int], Tensor],
    base: Tensor,
    measured: Tensor,
    keys: Sequence[Key],
    windows: tuple[Resample, Resample],
    *,
    schedule: CosineSchedule,
    noise: Callable[[Key, int, Sequence[int]], Tensor],
    sampler: str,
    steps: int,
    first_noise: float = 1.0,
    on_step: Callable[[int, int], None] | None = None,
    on_estimate: Callable[[int, Tensor, Tensor], None] | None = None,
) -> tuple[Tensor, Sampled]:
    """Sample the residual of each month, add it to its base, make the sum agree with Sentinel-2.

    Args:
        denoise: As `diffusion.samplers.sample` takes it.
        base: T C Hs Ws, what the residual is taken from: the bicubic months x_u, or guided ones.
        measured: T C h w, the pixels of the months that lie inside the footprint; where the first
            window gives others, 0 there.
        keys: T, of the noise: the calendar months, where all are of one scene.
        windows: From the SR grid to the pixels of `measured`, and back.
        schedule: Of the diffusion.
        noise: Source of randomness, as `sample` takes it.
        sampler: Name of the sampler.
        steps: Denoising steps.
        first_noise: Factor of the noise that the sampler begins with, beside that of the settings.
        on_step: Called with (steps done, steps in all) after each step.
        on_estimate: Called with (k, x_k, the estimate of the months) at each step, both T C Hs Ws
            and scaled as `base`: x_k is what the noisy residual would make of it.

    Returns:
        T C Hs Ws, scaled as `base`; and the residual it was made of.
    """
    config = schedule.config

    def estimated(k: int, x: Tensor, x0: Tensor) -> None:
        if on_estimate is not None:
            months = from_residual(x0, base)
            months = project(months, measured, *windows, config.back_projections)
            on_estimate(k, from_residual(x, base), months)

    residual = sample(
        denoise,
        base.shape,
        keys,
        schedule=schedule,
        noise=noise,
        sampler=sampler,
        steps=steps,
        device=base.device,
        first_noise=first_noise * (config.first_noise if sampler == config.sampler else 1.0),
        on_step=on_step,
        on_estimate=None if on_estimate is None else estimated,
    )
    sr = from_residual(residual.x0, base)
    return project(sr, measured, *windows, config.back_projections), residual
