"""Settings of the diffusion; kept in a bundle's `config.json`. Imports no torch."""

from dataclasses import dataclass
from typing import Literal

from lcapp.record import setting

SamplerName = Literal["ancestral", "ddim", "dpm++"]
SAMPLERS: tuple[SamplerName, ...] = ("ancestral", "ddim", "dpm++")


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
            the paper has none. Training does without, its few-step samples among it.
        spacing: How fast samplers spread their steps; `linspace` includes both ends.
    """

    train_steps: int = setting(500, low=2)
    cosine_s: float = 0.008
    variance: Literal["posterior", "beta"] = setting(
        "posterior", help="of a denoising step; beta is eq. 4's"
    )
    min_alpha_bar: float = 1e-3
    residual_deviation: float = setting(0.0, low=0, help="precondition eps_w; 0: do not")
    back_projections: int = setting(0, low=0, help="rounds after each prediction")
    spacing: Literal["linspace"] = "linspace"
