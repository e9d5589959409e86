"""What `predict` says in words."""

from typing import Any

from lcapp.command.predict import _show


def test_a_run_without_diffusion_says_that_nothing_was_denoised() -> None:
    answer: dict[str, Any] = {
        "scene": "S",
        "bundle": {"name": "demo", "trained": True},
        "seconds": {"total": 1.0},
        "denoiser_evaluations": 0,
        "peak_memory_mb": 1.0,
        "device": "cpu",
        "areas": {},
        "without_class": 0.0,
        "simulated": False,
        "notes": [],
        "out": "out",
    }
    said = "Nothing was denoised: steps, seed and noise had no say."
    assert said in _show(answer | {"sampler": "none"}).splitlines()
    assert said not in _show(answer | {"sampler": "ddim"})
    assert said not in _show(answer)
