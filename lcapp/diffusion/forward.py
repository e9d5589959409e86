"""The forward process as one picture goes through it (eq. 2): what is left, what is put in."""

import numpy as np
import torch

from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.noise import KeyedNoise
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.types import Floats
from lcapp.types.watched import Forward

STOPS = 26
"""Timesteps at which it is looked at, the first and the last among them."""


def forward(
    x0: Floats, scene_id: str, month: int, seed: int = 0, schedule_length: int | None = None
) -> Forward:
    """Put a picture into noise.

    Args:
        x0: C H W, scaled to [-1, 1].
        scene_id: The noise belongs to it, as in a run.
        month: Likewise, 1..12.
        seed: Likewise.
        schedule_length: K; None: that of the paper.
    """
    config = DiffusionConfig()
    schedule = CosineSchedule(DiffusionConfig(schedule_length or config.train_steps))
    clean = torch.from_numpy(np.ascontiguousarray(x0, np.float32))[None]  # 1 C H W
    noise = KeyedNoise(seed, scene_id)(month, len(schedule), clean.shape[1:])[None]
    last = len(schedule) - 1
    ks = tuple(int(k) for k in np.linspace(0, last, min(STOPS, last + 1)).round())
    nothing = torch.zeros_like(clean)

    def at_each(of: torch.Tensor, drawn: torch.Tensor) -> Floats:
        return torch.cat([schedule.q_sample(of, k, drawn) for k in ks]).numpy()

    return Forward(
        ks,
        at_each(clean, nothing),
        at_each(nothing, noise),
        at_each(clean, noise),
        schedule.alphas_bar.sqrt().float().numpy(),
        (1 - schedule.alphas_bar).sqrt().float().numpy(),
    )
