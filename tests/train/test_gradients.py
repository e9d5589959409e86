"""What each loss does to the denoiser, and what it must leave alone (METHOD.md, fault 1)."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lcapp.classes import FLAIR2
from lcapp.diffusion import CosineSchedule, DiffusionConfig
from lcapp.models import TSRDiff
from lcapp.models.catalogue import VARIANTS, build
from lcapp.prepare import InputSpec
from lcapp.scene import open_collection
from lcapp.train.batch import Batch, collate
from lcapp.train.config import DataConfig, LossConfig, ObjectiveConfig
from lcapp.train.draws import Draws
from lcapp.train.examples import Examples
from lcapp.train.gradients import NAMES, GradientNorms, figure, gradient_norms
from lcapp.train.objective import objective

STEPS = (1, 50, 250, 499)
SCHEDULE = CosineSchedule(DiffusionConfig())
WEIGHTED = ObjectiveConfig()
UNWEIGHTED = replace(WEIGHTED, losses=LossConfig(weight_by_signal=False))
BOUND = 100.0
"""Norms at initial weights: the largest weighted one is 12, L_HR's unweighted one at k = 499 is
1380."""


@pytest.fixture(scope="module")
def batch(small_folder: Path) -> Batch:
    """Two scenes of four months."""
    collection = open_collection(small_folder)
    data = DataConfig(str(small_folder))
    draws = Draws(0, 500, per_epoch=False, augment=True, few_step_share=0.0)
    examples = Examples(collection, collection.ids, InputSpec(), FLAIR2, data, draws)
    return collate([examples[0, 0], examples[2, 0]])


@pytest.fixture
def network() -> TSRDiff:
    """Initial weights, none of them zero but biases; E_C frozen."""
    network = build(VARIANTS["tiny"], seed=0).eval()
    network.encoder_c.requires_grad_(False)
    return network


def at(batch: Batch, k: int) -> Batch:
    return replace(batch, k=torch.full_like(batch.k, k))


@pytest.fixture(scope="module")
def weighted(batch: Batch) -> GradientNorms:
    network = build(VARIANTS["tiny"], seed=0).eval()
    return gradient_norms(network, batch, SCHEDULE, WEIGHTED, STEPS)


@pytest.mark.parametrize("term", NAMES)
def test_every_loss_pulls_on_the_denoiser_within_bounds(weighted: GradientNorms, term: str) -> None:
    norms = dict(zip(STEPS, weighted.norms[term], strict=True))
    assert all(math.isfinite(norm) and norm < BOUND for norm in norms.values()), norms
    assert all(norms[k] > 1e-4 for k in (1, 50, 250)), norms


def test_the_diffusion_loss_pulls_at_the_last_step_as_well(weighted: GradientNorms) -> None:
    assert weighted.norms["diffusion"][-1] > 0.1


def test_without_the_weighting_the_last_step_breaks_the_bound(
    network: TSRDiff, batch: Batch, weighted: GradientNorms
) -> None:
    """The clamp of x0 does not save it: some values stay inside."""
    found = gradient_norms(network, batch, SCHEDULE, UNWEIGHTED, (499,)).norms
    assert found["hr"][0] > BOUND
    for term in set(NAMES) - {"diffusion"}:
        assert found[term][0] > 1e3 * weighted.norms[term][-1], term
    assert found["diffusion"][0] == pytest.approx(weighted.norms["diffusion"][-1], rel=1e-4)


@pytest.mark.parametrize("k", STEPS)
def test_the_weighting_changes_no_value_of_a_loss(network: TSRDiff, batch: Batch, k: int) -> None:
    one, other = (
        objective(network, at(batch, k), SCHEDULE, config).terms.used()
        for config in (WEIGHTED, UNWEIGHTED)
    )
    for term in NAMES:
        torch.testing.assert_close(one[term], other[term], rtol=1e-4, atol=1e-6)


def test_the_classifiers_learn_alike_at_the_last_step(network: TSRDiff, batch: Batch) -> None:
    """The loss itself is not weighted, or they would stop learning there."""
    weights = list(network.hr_decoder.parameters())
    gradients = []
    for config in (WEIGHTED, UNWEIGHTED):
        loss = objective(network, at(batch, 499), SCHEDULE, config).terms.hr.mean()
        gradients.append(torch.autograd.grad(loss, weights))
    largest = max(float(one.abs().max()) for one in gradients[0])
    assert largest > 1e-3
    for one, other in zip(*gradients, strict=True):
        assert float((one - other).abs().max()) < 1e-3 * largest


def test_detach_sr_keeps_the_classifiers_from_the_denoiser_and_no_other_loss(
    network: TSRDiff, batch: Batch
) -> None:
    config = replace(WEIGHTED, detach_sr=True)
    norms = gradient_norms(network, at(batch, 50), SCHEDULE, config, (50,)).norms
    assert norms["hr"] == norms["sr"] == (0.0,)
    assert all(norms[term][0] > 1e-4 for term in set(NAMES) - {"hr", "sr"})


def test_a_step_leaves_e_c_as_it_is(batch: Batch) -> None:
    network = build(VARIANTS["tiny"], seed=0).train()
    network.encoder_c.requires_grad_(False).eval()
    before = {name: value.clone() for name, value in network.encoder_c.state_dict().items()}
    terms = objective(network, batch, SCHEDULE, WEIGHTED).terms
    terms.total(WEIGHTED.losses).mean().backward()
    assert all(parameter.grad is None for parameter in network.encoder_c.parameters())
    for name, value in network.encoder_c.state_dict().items():
        assert torch.equal(value, before[name]), name
    moved = network.encoder_sr.stem[1].running_mean
    assert float(moved.abs().max()) > 0


def test_the_figure_has_every_loss_with_and_without_the_weighting(
    weighted: GradientNorms,
) -> None:
    plot = figure([weighted, replace(weighted, weighted=False)])
    assert len(plot.data) == 2 * len(NAMES)
    assert {trace.name for trace in plot.data} == set(NAMES.values())
    assert plot.layout.xaxis.title.text.startswith("step k")
