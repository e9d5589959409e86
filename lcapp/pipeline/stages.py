"""The stages that touch torch: super-resolution of the present months, and what describes it."""

from collections.abc import Sequence

import numpy as np
import torch

from lcapp.diffusion import CosineSchedule, KeyedNoise, Sampled, sample
from lcapp.evaluate import lr_consistency
from lcapp.hub import Bundle
from lcapp.pipeline.course import Course
from lcapp.prepare import InputSpec, apply_window, unscale
from lcapp.types import Bools, Floats, Prepared, SuperResolved


def to_numpy(tensor: torch.Tensor) -> Floats:
    """A float32 array on the CPU, whatever the tensor's device and precision."""
    return tensor.detach().float().cpu().numpy()


def on_calendar(values: Floats, present: Bools, absent: float) -> Floats:
    """Spread values of the present months (T ...) over all twelve (M ...)."""
    spread = np.full((len(present), *values.shape[1:]), absent, dtype=np.float32)
    spread[present] = values
    return spread


def upsampled_series(prepared: Prepared) -> Floats:
    """x_u: the monthly means on the SR grid, M C Hs Ws, scaled; NaN where absent."""
    return apply_window(prepared.series, prepared.windows.levels[0]).astype(np.float32)


def sample_residual(
    bundle: Bundle,
    levels: Sequence[torch.Tensor],
    prepared: Prepared,
    *,
    sampler: str,
    steps: int,
    seed: int,
    chunk: int,
    course: Course,
) -> Sampled:
    """Denoise every present month on its own, `chunk` of them at a time.

    Args:
        bundle: Network and diffusion settings.
        levels: z of the present months at three scales, each T C_l H_l W_l.
        prepared: The scene.
        sampler: Name of the sampler.
        steps: Denoising steps.
        seed: Seed of the noise.
        chunk: Months through the denoiser at once.
        course: Progress and cancel.

    Returns:
        x_0 (T C Hs Ws), how often its bound bit, and the number of evaluations.
    """
    months = [month.month for month in prepared.months if month.present]
    device = levels[0].device

    def denoise(x: torch.Tensor, k: int) -> torch.Tensor:
        parts = []
        for start in range(0, len(x), chunk):
            course.check()
            part = slice(start, start + chunk)
            steps_k = torch.full((len(x[part]),), k, dtype=torch.long, device=device)
            parts.append(bundle.network.denoise(x[part], steps_k, [z[part] for z in levels]))
        return torch.cat(parts).float()

    grid = prepared.sr_grid
    shape = (len(months), len(prepared.series_bands), grid.height, grid.width)
    return sample(
        denoise,
        shape,
        months,
        schedule=CosineSchedule(bundle.config.diffusion),
        noise=KeyedNoise(seed, prepared.scene_id),
        sampler=sampler,
        steps=steps,
        device=device,
        dtype=torch.float32,
        on_step=lambda done, total: course.step("super-resolve"),
    )


def describe(
    prepared: Prepared, spec: InputSpec, sr: Floats, x_u: Floats, clamped: Floats
) -> SuperResolved:
    """Bring the scaled series back to reflectance and measure it against what it came from.

    Args:
        prepared: The scene.
        spec: The bundle's scalings.
        sr: T C Hs Ws, scaled, present months only.
        x_u: M C Hs Ws, scaled.
        clamped: T, share of values at the bound.
    """

    def reflectance_of(values: Floats) -> Floats:  # M C H W
        bands = [
            unscale(values[:, channel], spec.scaling(band))
            for channel, band in enumerate(prepared.series_bands)
        ]
        return np.stack(bands, axis=1).astype(np.float32)

    reflectance = reflectance_of(on_calendar(sr, prepared.present, np.nan))
    monthly = reflectance_of(prepared.series)
    return SuperResolved(
        reflectance=reflectance,
        bicubic=reflectance_of(x_u),
        monthly=monthly,
        bands=prepared.series_bands,
        months=prepared.months,
        sr_grid=prepared.sr_grid,
        lr_grid=prepared.lr_grid,
        lr_consistency=lr_consistency(reflectance, monthly, prepared.windows),
        clamped=on_calendar(clamped, prepared.present, np.nan),
    )
