"""From the conditioning of a scene to its super-resolved months (paper, 4.1.2)."""

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch

from lcapp.diffusion.noise import KeyedNoise
from lcapp.diffusion.samplers import Sampled
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.families.tsrdiff.chain import seen_by_denoiser, super_resolve
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.series_denoiser import SeriesDenoiser, at_precision
from lcapp.models.windows import BatchWindow
from lcapp.types import Course, Denoised, Guided, Prepared, Run

if TYPE_CHECKING:
    from lcapp.families.tsrdiff.model import TSRDiffModel

_log = logging.getLogger(__name__)

_STEPS_WORTH_A_GRAPH = 50
"""From so many steps on, a GPU gains more by a recorded step than the recording takes."""


def super_resolved(
    model: "TSRDiffModel",
    prepared: Prepared,
    guide: Guided | None,
    upsampled: torch.Tensor,
    levels: Sequence[torch.Tensor],
    series: torch.Tensor,
    run: Run,
    course: Course,
) -> tuple[torch.Tensor, Sampled]:
    """The months of a scene by the guided chain, the unguided one, or both mixed (`Run.guide`).

    Between 0 and 1 each chain runs on its own, from the same noise: its every step asks for a
    residual of its own base.

    Args:
        model: Network and diffusion settings.
        prepared: The scene.
        guide: What the aerial image tells.
        upsampled: T C Hs Ws, x_u of the present months, on the network's device.
        levels: T C_l H_l W_l, z.
        series: 1 T C h w, the present months.
        run: Sampler, steps, seed, micro-batch, and the guide's say.
        course: Progress and cancel.

    Returns:
        T C Hs Ws, scaled; and the residual that it was made of.
    """
    present, where = prepared.present, upsampled.device
    rows, cols = prepared.windows.inside
    between = BatchWindow.of([prepared.windows.down]), BatchWindow.of([prepared.windows.up])

    def told(k: int, x: torch.Tensor, months: torch.Tensor) -> None:
        if course.watch is not None:
            course.watch(Denoised(k, x.float().cpu().numpy(), months.float().cpu().numpy()))

    def chain(guide: Guided | None, watched: bool = True) -> tuple[torch.Tensor, Sampled]:
        base, seen = upsampled, None
        if guide is not None and guide.place is not None:
            image = torch.from_numpy(guide.image[present]).to(where)  # T C Hs Ws
            place = torch.from_numpy(guide.place).to(where)
            seen = seen_by_denoiser(place.expand(len(image), -1, -1, -1), upsampled, image)
            if model.diffusion.base == "guided":
                base = image
        return super_resolve(
            _denoiser(model.network, levels, seen, run, course),
            base,
            series[0, ..., rows, cols],
            [month.month for month in prepared.months if month.present],
            between,
            schedule=CosineSchedule(model.diffusion),
            noise=KeyedNoise(run.seed, prepared.scene_id),
            sampler=run.sampler,
            steps=run.steps,
            first_noise=run.noise,
            on_step=lambda done, total: course.step("super-resolve"),
            on_estimate=told if watched and course.watch is not None else None,
        )

    if not model.sizes.guided or guide is None or run.guide == 0:
        return chain(None)
    if run.guide == 1:
        return chain(guide)
    (sr, with_guide), (plain, without) = chain(guide), chain(None, watched=False)
    mixed = Sampled(
        x0=torch.lerp(without.x0, with_guide.x0, run.guide),
        clamped=torch.lerp(without.clamped, with_guide.clamped, run.guide),
        evaluations=with_guide.evaluations + without.evaluations,
    )
    return torch.lerp(plain, sr, run.guide), mixed


def _denoiser(
    network: TSRDiff,
    levels: Sequence[torch.Tensor],
    guide: torch.Tensor | None,
    run: Run,
    course: Course,
) -> Callable[[torch.Tensor, int], torch.Tensor]:
    """eps_w for the months of z (level l: T C_l H_l W_l), a micro-batch of them at a time.

    The guide is T G Hs Ws.
    """
    device, months = levels[0].device, len(levels[0])
    chunk = run.micro_batch or months
    # The CPU stays in float32: bfloat16 is rarely faster there.
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    denoiser = at_precision(network.denoiser, dtype)
    parts = [
        (
            part,
            SeriesDenoiser(
                denoiser,
                [z[part] for z in levels],
                None if guide is None else guide[part],
                dtype=dtype,
            ),
        )
        for part in (slice(start, start + chunk) for start in range(0, months, chunk))
    ]
    if device.type == "cuda" and len(parts) == 1 and run.steps >= _STEPS_WORTH_A_GRAPH:
        try:
            parts[0][1].record(network.config.series_channels)
        except RuntimeError as error:  # slower without, and the same result
            _log.warning("the denoiser runs without a CUDA graph: %s", error)

    def denoise(x: torch.Tensor, k: int) -> torch.Tensor:
        eps = []
        for part, of_part in parts:
            course.check()
            eps.append(of_part(x[part], k))
        return torch.cat(eps) if len(eps) > 1 else eps[0]

    return denoise
