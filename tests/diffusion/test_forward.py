"""The forward process against the schedule and the noise of a run."""

import numpy as np
import torch

from lcapp.diffusion.forward import STOPS, forward
from lcapp.diffusion.noise import KeyedNoise
from lcapp.diffusion.schedule import CosineSchedule


def test_each_stop_is_what_a_run_would_be_given_there(schedule: CosineSchedule) -> None:
    x0 = np.random.default_rng(0).uniform(-1, 1, (4, 5, 7)).astype(np.float32)
    found = forward(x0, "scene", 4, seed=2)
    assert len(found.k) == STOPS
    assert found.k[0] == 0
    assert found.k[-1] == 499
    noise = KeyedNoise(2, "scene")(4, 500, x0.shape)
    for at in (0, 9, 25):
        expected = schedule.q_sample(torch.from_numpy(x0)[None], found.k[at], noise[None])[0]
        np.testing.assert_allclose(found.noisy[at], expected, atol=1e-6)
        np.testing.assert_allclose(found.signal[at] + found.noise[at], found.noisy[at], atol=1e-6)
    np.testing.assert_allclose(found.signal_share**2 + found.noise_share**2, 1, atol=1e-6)
    np.testing.assert_allclose(found.signal[9], found.signal_share[found.k[9]] * x0, atol=1e-6)


def test_a_shorter_schedule_has_fewer_stops() -> None:
    found = forward(np.zeros((1, 2, 2), np.float32), "scene", 1, schedule_length=10)
    assert found.k == tuple(range(10))
    assert found.signal_share.shape == (10,)
