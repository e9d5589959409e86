"""What a run costs, said before it starts. Imports no torch, so a page can ask at any time."""

import math

import psutil

from lcapp.diffusion.config import SAMPLERS, DiffusionConfig, check_steps
from lcapp.errors import RunError
from lcapp.families.tsrdiff.sizes import TSRDiffConfig
from lcapp.types import Cost, Prepared, Run

_MB = 2**20
_SHARE_OF_FREE = 0.8
"""A run is planned to fit into this share of what is free: others use the machine too."""

STAGES = ("prepare", "encode", "classify")
"""Units of work beside the denoising steps."""


def cost(
    prepared: Prepared,
    sizes: TSRDiffConfig,
    diffusion: DiffusionConfig,
    run: Run,
    available_mb: float | None = None,
) -> Cost:
    """Check the options and choose a micro-batch that fits.

    Args:
        prepared: The scene.
        sizes: Of the network.
        diffusion: Of the bundle.
        run: Options.
        available_mb: Memory that may be used; by default what is free on the CPU.

    Raises:
        RunError: Options that make no sense, or not even one month at a time fits.
    """
    check_steps(run.sampler, run.steps, diffusion.train_steps)
    if run.micro_batch is not None and run.micro_batch < 1:
        raise RunError(f"micro-batch is {run.micro_batch}", expected="at least one month at a time")
    if available_mb is None:
        available_mb = psutil.virtual_memory().available / _MB
    months = int(prepared.present.sum())
    if run.micro_batch is None:
        fitting = (
            size
            for size in range(months, 0, -1)
            if working_memory_mb(prepared, sizes, size) <= _SHARE_OF_FREE * available_mb
        )
        chosen = next(fitting, 1)
    else:
        chosen = min(run.micro_batch, months)
    memory_mb = working_memory_mb(prepared, sizes, chosen)
    if memory_mb > available_mb:
        raise RunError(
            f"the run needs about {memory_mb:.0f} MB of memory and {available_mb:.0f} MB are free",
            where=prepared.scene_id,
            advice="free some memory, take a smaller model or a smaller aerial image"
            + ("" if chosen == 1 else ", or a micro-batch of 1"),
        )
    chains = 2 if sizes.guided and 0 < run.guide < 1 else 1
    steps = chains * run.steps if SAMPLERS[run.sampler].asks else 0
    units = steps + len(STAGES)
    return Cost(steps * months, micro_batch=chosen, memory_mb=memory_mb, units=units)


def working_memory_mb(prepared: Prepared, sizes: TSRDiffConfig, micro_batch: int) -> float:
    """Estimated memory of the activations, from the widths of the network and the grids.

    The stages run one after the other, so the largest counts, on top of what lives throughout.
    The factors count float32 maps that are alive at once; they were set against measured peaks
    and lean towards too much.
    """
    months = int(prepared.present.sum())
    sr_pixels = prepared.sr_grid.height * prepared.sr_grid.width
    widths = sizes.encoder.widths
    unit = 32 * sizes.hr.partition
    hr_pixels = math.prod(
        math.ceil(size / unit) * unit for size in (prepared.hr_grid.height, prepared.hr_grid.width)
    )
    series = 8 * len(prepared.series_bands) * months * sr_pixels
    conditioning = months * sr_pixels * sum(width / 4**level for level, width in enumerate(widths))
    images = hr_pixels * (len(prepared.aerial_bands) + 4 * sizes.classes)
    denoise = 14 * micro_batch * sr_pixels * sizes.denoiser.width
    encode = sr_pixels * (24 * months * widths[0] + 48 * micro_batch * widths[1])
    half = hr_pixels / 4  # stage 1, at half the aerial resolution, is the widest map in memory
    classify = half * (14 * sizes.hr.widths[0] + 6 * sizes.hr.decoder_width)
    if sizes.utt:
        classify = hr_pixels * sizes.utt.unet.floats_per_pixel
    floats = series + conditioning + images + max(denoise, encode, classify)
    return float(4 * floats / _MB)
