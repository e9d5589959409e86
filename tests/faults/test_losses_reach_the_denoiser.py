"""Fault 1: a one-step estimate of x0 without gradient keeps six of seven losses from eps_w."""

import math

import pytest
from torch import Tensor

from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.schedule import CosineSchedule, from_residual
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.train.config import ObjectiveConfig
from lcapp.train.data.batch import Batch
from tests.train.gradients import gradient_norms


def check_every_loss_pulls_on_the_denoiser(network: TSRDiff, batch: Batch) -> None:
    schedule = CosineSchedule(DiffusionConfig())
    norms = gradient_norms(network, batch, schedule, ObjectiveConfig(), (1, 50, 250)).norms
    for term, found in norms.items():
        assert all(math.isfinite(norm) and norm > 1e-4 for norm in found), f"{term}: {found}"


def test_every_loss_pulls_on_the_denoiser_at_small_and_middle_k(
    network: TSRDiff, batch: Batch
) -> None:
    """The smallest of 21 norms: 0.003, L_T at k = 1."""
    check_every_loss_pulls_on_the_denoiser(network, batch)


def test_seen_to_fail_with_x0_made_without_gradient(
    network: TSRDiff, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: x0 detached from eps. All six norms but that of L_D were 0."""
    predict_x0 = CosineSchedule.predict_x0

    def detached(self: CosineSchedule, x: Tensor, k: Tensor, eps: Tensor) -> tuple[Tensor, Tensor]:
        x0, clamped = predict_x0(self, x, k, eps)
        return x0.detach() + 0 * eps, clamped  # a graph, so that the norm is 0 and not undefined

    monkeypatch.setattr(CosineSchedule, "predict_x0", detached)
    with pytest.raises(AssertionError, match=r"hr: \(0\.0, 0\.0, 0\.0\)"):
        check_every_loss_pulls_on_the_denoiser(network, batch)


def test_seen_to_fail_with_sr_made_without_gradient(
    network: TSRDiff, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: SR detached from x0. The same six norms were 0."""

    def detached(x0: Tensor, x_u: Tensor) -> Tensor:
        return from_residual(x0, x_u).detach() + 0 * x0

    monkeypatch.setattr("lcapp.train.tsrdiff.objective.from_residual", detached)
    with pytest.raises(AssertionError, match=r"hr: \(0\.0, 0\.0, 0\.0\)"):
        check_every_loss_pulls_on_the_denoiser(network, batch)
