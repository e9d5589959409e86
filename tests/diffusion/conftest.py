import pytest
import torch

from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.noise import KeyedNoise
from lcapp.diffusion.schedule import CosineSchedule


@pytest.fixture(scope="module")
def schedule():
    return CosineSchedule(DiffusionConfig())


@pytest.fixture
def noise():
    return KeyedNoise(11, "scene")


@pytest.fixture
def analytic(schedule):
    """The exact denoiser of images whose every value is N(0.3, 0.2 ** 2)."""

    def denoise(x: torch.Tensor, k: int) -> torch.Tensor:
        alpha_bar = schedule.alphas_bar[k]
        spread = alpha_bar * 0.2**2 + 1 - alpha_bar
        return (1 - alpha_bar).sqrt() * (x - alpha_bar.sqrt() * 0.3) / spread

    return denoise
