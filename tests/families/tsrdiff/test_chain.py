"""The chain of sampling, with a denoiser that tells what it was asked."""

import pytest
import torch

from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.noise import KeyedNoise
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.families.tsrdiff.chain import super_resolve

NOISE = KeyedNoise(3, "a")


@pytest.mark.parametrize(("sampler", "factor"), [("consistency", 0.5 * 1.2), ("ddim", 0.5)])
def test_the_first_noise_of_the_settings_is_that_of_their_own_sampler(
    sampler: str, factor: float
) -> None:
    schedule = CosineSchedule(DiffusionConfig(sampler="consistency", steps=1, first_noise=1.2))
    asked = []

    def denoise(x: torch.Tensor, k: int) -> torch.Tensor:
        asked.append(x)
        return x

    base = torch.zeros(1, 2, 4, 4)
    super_resolve(
        denoise,
        base,
        base,
        [7],
        (torch.clone, torch.clone),
        schedule=schedule,
        noise=NOISE,
        sampler=sampler,
        steps=1,
        first_noise=0.5,
    )
    torch.testing.assert_close(asked[0], factor * NOISE(7, len(schedule), (2, 4, 4))[None])
