"""Fault 10: one-step estimates in training, full samples in use, and the gap not told."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torchmetrics.functional.classification import multiclass_confusion_matrix

from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.noise import KeyedNoise
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.train.config import DataConfig, ObjectiveConfig, TrainConfig
from lcapp.train.data.batch import Batch
from lcapp.train.tsrdiff.joint import SAMPLE_SEED, JointTraining
from lcapp.train.tsrdiff.known import sample_series
from lcapp.train.tsrdiff.objective import Outcome, objective

SCHEDULE = CosineSchedule(DiffusionConfig())
FEW = replace(ObjectiveConfig(), few_step_share=1.0, few_steps=2, validation_steps=2)


def samples(network: TSRDiff, batch: Batch, outcome: Outcome, seeds: list[int]) -> Tensor:
    """Full samples of every scene in two steps, made without the class under test."""
    sr = torch.empty_like(outcome.sr)
    for scene, scene_id in enumerate(batch.scene_ids):
        noise = {scene: KeyedNoise(seeds[scene], scene_id)}
        own, one = sample_series(network, batch, noise, outcome.known, SCHEDULE, "ddim", 2)
        sr[own] = one
    return sr


def check_the_score_is_that_of_samples(network: TSRDiff, batch: Batch) -> None:
    config = TrainConfig(DataConfig(""), objective=FEW)
    learner = JointTraining(network, config, 1, tuple(range(12))).eval()
    told: dict[str, object] = {}
    learner.report = lambda stage, values, scenes: told.update(values)
    with torch.no_grad():
        learner.validation_step(batch, 0)
        outcome = objective(network, batch, SCHEDULE, FEW)
        sr = samples(network, batch, outcome, [SAMPLE_SEED] * 2)
        expected = learner.classify(batch, sr).argmax(1)
    matrix = multiclass_confusion_matrix(expected, batch.labels, num_classes=13)
    # A pixel counts twice where it moved; rounding may move a few.
    moved = int((learner.scores.matrix - matrix).abs().sum()) // 2
    assert moved <= 5, f"not the score of samples: {moved} pixels"
    learner.on_validation_epoch_end()
    assert {"miou", "miou_one_step", "oa", "oa_one_step"} <= set(told)


def test_the_score_is_that_of_samples_and_the_gap_is_told(network: TSRDiff, batch: Batch) -> None:
    check_the_score_is_that_of_samples(network, batch)


def test_seen_to_fail_when_the_one_step_score_is_told_as_the_score(
    network: TSRDiff, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: the validation classifies the one-step estimates. 74 pixels moved."""
    monkeypatch.setattr(JointTraining, "sample", lambda self, batch, outcome: outcome.sr)
    with pytest.raises(AssertionError, match="not the score of samples"):
        check_the_score_is_that_of_samples(network, batch)


def test_e_sr_reads_a_few_step_sample_where_it_is_drawn(network: TSRDiff, batch: Batch) -> None:
    """It carries no gradient: the classification losses then leave eps_w alone."""
    few = replace(batch, few_step=torch.tensor([True, True]))
    found = objective(network, few, SCHEDULE, FEW)
    with torch.no_grad():
        sr = samples(network, few, found, few.sample_seeds.tolist())
        learner = JointTraining(network, TrainConfig(DataConfig("")), 1, (0,)).eval()
        expected = learner.classify(few, sr)
        one_step = objective(network, batch, SCHEDULE, FEW).logits
    scale = float(expected.abs().max())  # random weights: hundreds
    assert float((found.logits - expected).detach().abs().max()) < 1e-3 * scale
    assert float((found.logits - one_step).detach().abs().max()) > 1e-2 * scale
    weights = list(network.denoiser.parameters())
    loss = found.terms.hr.mean() + found.terms.sr.mean()
    gradients = torch.autograd.grad(loss, weights, allow_unused=True, retain_graph=True)
    assert all(gradient is None or not gradient.any() for gradient in gradients)
    pulled = torch.autograd.grad(found.terms.diffusion.mean(), weights, allow_unused=True)
    assert any(gradient is not None and gradient.any() for gradient in pulled)
