"""Noise that a thread draws ahead of the sampler: the same noise, and no thread is left."""

import threading

import pytest
import torch

from lcapp.diffusion.samplers import sample
from lcapp.errors import Cancelled

MONTHS = (3, 8)


def _noise_threads():
    return [t for t in threading.enumerate() if t.name.startswith("lcapp-noise")]


def _walk(schedule, noise, denoise, **others):
    options = {"sampler": "ancestral", "steps": 500, "device": "cpu", **others}
    return sample(denoise, (2, 4, 6, 6), MONTHS, schedule=schedule, noise=noise, **options)


def test_every_step_gets_the_noise_of_its_own_key_once(schedule, noise, analytic):
    asked = []

    def counted(month, step, shape):
        asked.append((month, step))
        return noise(month, step, shape)

    found = _walk(schedule, counted, analytic).x0
    assert asked == [(month, step) for step in range(500, 0, -1) for month in MONTHS]

    x = torch.stack([noise(month, 500, (4, 6, 6)) for month in MONTHS])
    for k in range(499, -1, -1):
        x0, _ = schedule.predict_x0(x, k, analytic(x, k).float())
        x, variance = schedule.posterior(x0, x, k)
        if k > 0:
            drawn = torch.stack([noise(month, k, (4, 6, 6)) for month in MONTHS])
            x = x + variance.sqrt() * drawn
    torch.testing.assert_close(found, x, rtol=0, atol=1e-6)


def test_a_fast_sampler_draws_its_start_and_no_more(schedule, noise, analytic):
    asked = []

    def counted(month, step, shape):
        asked.append((month, step))
        return noise(month, step, shape)

    _walk(schedule, counted, analytic, sampler="ddim", steps=5)
    assert asked == [(month, 500) for month in MONTHS]


def test_no_thread_is_left_behind(schedule, noise, analytic):
    seen, cancel = [], threading.Event()

    def stop(done, total):
        seen.extend(_noise_threads())
        cancel.set()

    with pytest.raises(Cancelled):
        _walk(schedule, noise, analytic, on_step=stop, cancel=cancel)
    assert seen
    assert _noise_threads() == []
    _walk(schedule, noise, analytic)
    assert _noise_threads() == []


def test_a_fault_of_the_noise_reaches_the_caller(schedule, noise, analytic):
    def broken(month, step, shape):
        if step == 480:
            raise MemoryError("no memory for noise")
        return noise(month, step, shape)

    with pytest.raises(MemoryError, match="no memory for noise"):
        _walk(schedule, broken, analytic)
