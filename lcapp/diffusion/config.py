"""Settings of the diffusion; kept in a bundle's `config.json`. Imports no torch."""

from dataclasses import dataclass
from typing import Literal

from lcapp.errors import RunError
from lcapp.language import message
from lcapp.record import setting


@dataclass(frozen=True)
class Sampler:
    """A way from noise to x_0.

    Attributes:
        text: What it is, for a reader who chooses.
        advance: `module:function` of `(schedule, walk, fresh) -> Advance`, see
            `diffusion.samplers`; named and not imported, for it needs torch. Empty: the denoiser
            is not asked, and x_0 is 0.
        whole_schedule: It takes every step of the schedule, and no fewer.
        noisy: It puts noise back after each step.
        leaps: Each of its steps leads to the end, so that none is taken there.
    """

    text: str
    advance: str = ""
    whole_schedule: bool = False
    noisy: bool = False
    leaps: bool = False

    @property
    def asks(self) -> bool:
        """Whether the denoiser is asked."""
        return bool(self.advance)


SAMPLERS = {
    "ancestral": Sampler(
        message("the paper's: it takes every step of the schedule and puts noise back after each"),
        "lcapp.diffusion.samplers:ancestral",
        whole_schedule=True,
        noisy=True,
    ),
    "ddim": Sampler(
        message("follows the noise-free path in a few steps"),
        "lcapp.diffusion.samplers:first_order",
    ),
    "dpm++": Sampler(
        message("follows the noise-free path in a few steps, with a solver of second order"),
        "lcapp.diffusion.samplers:second_order",
    ),
    "consistency": Sampler(
        message(
            "leaps to the end in one step, and back into the noise for each further one; for "
            "networks that have learnt to (--consistency-passes)"
        ),
        "lcapp.diffusion.samplers:leap",
        noisy=True,
        leaps=True,
    ),
    "none": Sampler(
        message(
            "no diffusion: the image that the samples' residual is taken from, as it is (guided "
            "upsampling, or bicubic interpolation without a guide)"
        ),
    ),
}
"""The samplers by name."""

DEFAULT_STEPS = 10
"""Of fast samplers, where nobody names others."""


@dataclass(frozen=True)
class DiffusionConfig:
    """Schedule and sampler settings (paper, section 3; METHOD.md section 4).

    Attributes:
        train_steps: K.
        cosine_s: Offset s of the cosine schedule.
        variance: `posterior` is the true posterior variance, `beta` the paper's eq. 4.
        min_alpha_bar: Fast samplers start at the largest step whose abar reaches this.
        residual_deviation: Says what the network's output is. 0: the noise itself, as in the
            paper. Above 0: what the best linear guess misses for residuals of this standard
            deviation, see `CosineSchedule.noise`.
        back_projections: Rounds in which a predicted series is brought to agree with Sentinel-2;
            the paper has none. The one-step estimates of training do without.
        base: What a guided denoiser's residual is taken from: x_u, or guided upsampling. Without
            its guide it is always x_u.
        sampler: The way that its weights were made for; where nobody names another.
        steps: Its steps, likewise.
        first_noise: Deviation of the noise that `sampler` begins with. A network that answers in
            few steps is too sure: a little above 1 its samples spread as they err. To be chosen
            on scenes that no training saw.
        spacing: How fast samplers spread their steps; `linspace` includes both ends.
    """

    train_steps: int = setting(500, low=2, high=100_000)
    cosine_s: float = setting(0.008, low=0, high=1)
    variance: Literal["posterior", "beta"] = setting(
        "posterior", help="of a denoising step; beta is eq. 4's"
    )
    min_alpha_bar: float = setting(1e-3, low=0, high=0.5)
    residual_deviation: float = setting(0.0, low=0, high=100, help="precondition eps_w; 0: do not")
    back_projections: int = setting(0, low=0, high=1000, help="rounds after each prediction")
    base: Literal["bicubic", "guided"] = setting(
        "bicubic", help="what the residual of a guided eps_w is taken from", later=True
    )
    sampler: str = setting("ddim", choices=tuple(SAMPLERS), later=True)
    steps: int = setting(DEFAULT_STEPS, low=1, high=100_000, later=True)
    first_noise: float = setting(
        1.0, low=0, high=2, help="deviation of the noise that samples begin with", later=True
    )
    spacing: Literal["linspace"] = "linspace"

    def __post_init__(self) -> None:
        # Descriptions that name no steps mean the default, whatever the length of their schedule.
        if self.steps > max(self.train_steps, DEFAULT_STEPS):
            raise ValueError(f"{self.steps} steps of a schedule of {self.train_steps}")


def check_steps(sampler: str, steps: int, schedule: int) -> None:
    """Refuse what a sampler cannot take, as far as the length of the schedule tells.

    Args:
        sampler: A name of `SAMPLERS`.
        steps: Denoising steps.
        schedule: K.

    Raises:
        RunError: Unknown sampler, or a number of steps that it cannot take.
    """
    if sampler not in SAMPLERS:
        raise RunError(f"unknown sampler {sampler!r}", expected=" or ".join(SAMPLERS))
    if steps < 1:
        raise RunError(f"steps is {steps}", expected="at least one denoising step")
    if SAMPLERS[sampler].whole_schedule and steps != schedule:
        few = " or ".join(
            name for name, one in SAMPLERS.items() if one.asks and not one.whole_schedule
        )
        raise RunError(
            f"the {sampler} sampler cannot take {steps} steps",
            expected=f"all {schedule} steps of its schedule",
            advice=f"use {few} for fewer steps, or steps={schedule}",
        )
