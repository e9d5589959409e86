"""Fault 1: a one-step estimate of x0 without gradient keeps six of seven losses from eps_w."""

import math
from collections.abc import Callable

import pytest
import torch

from lcapp.diffusion import CosineSchedule, DiffusionConfig
from lcapp.models import TSRDiff
from lcapp.train.batch import Batch
from lcapp.train.config import ObjectiveConfig
from lcapp.train.gradients import gradient_norms

THROUGH_X0 = ("hr", "sr", "radiometric", "gradient", "temporal", "spectral")


def check_every_loss_pulls_on_the_denoiser(network: TSRDiff, batch: Batch) -> None:
    schedule = CosineSchedule(DiffusionConfig())
    norms = gradient_norms(network, batch, schedule, ObjectiveConfig(), (1, 50, 250)).norms
    for term, found in norms.items():
        assert all(math.isfinite(norm) and norm > 1e-4 for norm in found), f"{term}: {found}"


def test_every_loss_pulls_on_the_denoiser_at_small_and_middle_k(
    network: TSRDiff, batch: Batch
) -> None:
    """The smallest of 21 norms: 0.004, L_S at k = 1."""
    check_every_loss_pulls_on_the_denoiser(network, batch)


def detached(function: Callable) -> Callable:
    def without_gradient(*arguments: object) -> object:
        with torch.no_grad():
            return function(*arguments)

    return without_gradient


@pytest.mark.parametrize(
    "planted",
    ["lcapp.train.objective.CosineSchedule.predict_x0", "lcapp.train.objective.from_residual"],
    ids=["x0", "SR"],
)
def test_seen_to_fail_with_an_estimate_made_without_gradient(
    network: TSRDiff, batch: Batch, monkeypatch: pytest.MonkeyPatch, planted: str
) -> None:
    """Planted: x0, or SR, computed under `no_grad`. All six norms but that of L_D were 0."""
    place, _, name = planted.rpartition(".")
    owner = CosineSchedule if place.endswith("CosineSchedule") else place
    if owner is CosineSchedule:
        monkeypatch.setattr(owner, name, detached(CosineSchedule.predict_x0))
    else:
        from lcapp.diffusion import from_residual

        monkeypatch.setattr(planted, detached(from_residual))
    with pytest.raises((AssertionError, RuntimeError)):
        check_every_loss_pulls_on_the_denoiser(network, batch)
