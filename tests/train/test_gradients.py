"""What each loss does to the denoiser, and what it must leave alone.

Fault 1 of METHOD.md section 6, auxiliary losses without effect. Each check is followed by the
faults that it was seen to catch. Norms are those of gradients with respect to all weights of eps_w,
at initial weights, on two scenes of four months.
"""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from lcapp.classes import FLAIR2
from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.schedule import CosineSchedule, from_residual
from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.sizes import VARIANTS
from lcapp.prepare import InputSpec
from lcapp.scene.collection import open_collection
from lcapp.train.class_losses import class_loss
from lcapp.train.config import TERMS, DataConfig, LossConfig, ObjectiveConfig, TrainConfig
from lcapp.train.data.batch import Batch, collate
from lcapp.train.data.draws import Draws
from lcapp.train.data.examples import Examples
from lcapp.train.learner import Learner
from lcapp.train.tsrdiff.joint import JointTraining
from lcapp.train.tsrdiff.objective import objective
from tests.train.gradients import GradientNorms, gradient_norms

STEPS = (1, 50, 250, 499)
SCHEDULE = CosineSchedule(DiffusionConfig())
WEIGHTED = ObjectiveConfig()
UNWEIGHTED = replace(WEIGHTED, losses=LossConfig(weight_by_signal=False))
DETACHED = replace(WEIGHTED, detach_sr=True)
THROUGH_X0 = tuple(name for name in TERMS if name != "diffusion")
PULL = 1e-4
"""Less is no gradient."""

BOUND = 100.0
"""Of a norm."""

GROWTH = 1.5
"""Of a norm from its largest at k = 1, 50 and 250 to k = 499."""


@pytest.fixture(scope="module")
def batch(small_folder: Path) -> Batch:
    """Two scenes of four months."""
    collection = open_collection(small_folder)
    data = DataConfig(str(small_folder), registration=False)
    draws = Draws(0, 500, per_month=False, augment=True, few_step_share=0.0)
    examples = Examples(collection, collection.ids, InputSpec(), FLAIR2, data, draws)
    return collate([examples[0, 0], examples[2, 0]])


@pytest.fixture(scope="module")
def network() -> TSRDiff:
    """Initial weights, none of them zero but biases; E_C frozen. Nobody changes it."""
    network = build(VARIANTS["tiny"], seed=0).eval()
    network.encoder_c.requires_grad_(False)
    return network


@pytest.fixture(scope="module")
def weighted(network: TSRDiff, batch: Batch) -> GradientNorms:
    return gradient_norms(network, batch, SCHEDULE, WEIGHTED, STEPS)


@pytest.fixture(scope="module")
def unweighted(network: TSRDiff, batch: Batch) -> GradientNorms:
    return gradient_norms(network, batch, SCHEDULE, UNWEIGHTED, STEPS)


def at(batch: Batch, k: int) -> Batch:
    return replace(batch, k=torch.full_like(batch.k, k))


def norm(loss: Tensor, weights: list[Tensor]) -> float:
    """Of the gradient of a loss; 0 for one that the weights have no part in."""
    if not loss.requires_grad:
        return 0.0
    found = torch.autograd.grad(loss, weights, retain_graph=True, allow_unused=True)
    squares = [one.double().square().sum() for one in found if one is not None]
    return float(torch.stack(squares).sum().sqrt()) if squares else 0.0


def pulls(
    network: TSRDiff, batch: Batch, config: ObjectiveConfig, part: str = "denoiser"
) -> dict[str, float]:
    """Term to the norm of its gradient with respect to a part of the network."""
    weights = list(network.get_submodule(part).parameters())
    terms = objective(network, batch, SCHEDULE, config).terms.used()
    return {name: norm(value.mean(), weights) for name, value in terms.items()}


# Every term pulls.


def check_every_loss_pulls(found: dict[str, float]) -> None:
    idle = {name: norm for name, norm in found.items() if not norm > PULL}
    assert not idle, f"without effect: {idle}"


@pytest.mark.parametrize("k", [1, 50, 250])
def test_every_loss_pulls_on_the_denoiser(weighted: GradientNorms, k: int) -> None:
    check_every_loss_pulls({name: weighted.norms[name][STEPS.index(k)] for name in TERMS})


def test_the_diffusion_loss_pulls_at_the_last_step_as_well_weighting_or_none(
    weighted: GradientNorms, unweighted: GradientNorms
) -> None:
    assert weighted.norms["diffusion"][-1] > 0.1
    assert unweighted.norms["diffusion"] == pytest.approx(weighted.norms["diffusion"], rel=1e-4)


@pytest.mark.parametrize("planted", ["x0", "SR"])
def test_seen_to_fail_with_an_estimate_made_without_gradient(
    network: TSRDiff, batch: Batch, monkeypatch: pytest.MonkeyPatch, planted: str
) -> None:
    """Planted: x0, or SR, computed under `no_grad`. All norms but that of L_D were 0."""
    if planted == "x0":
        without = torch.no_grad()(CosineSchedule.predict_x0)
        monkeypatch.setattr(CosineSchedule, "predict_x0", without)
    else:
        without = torch.no_grad()(from_residual)
        monkeypatch.setattr("lcapp.train.tsrdiff.objective.from_residual", without)
    found = pulls(network, at(batch, 50), WEIGHTED)
    assert {name for name, norm in found.items() if norm == 0} == set(THROUGH_X0)
    with pytest.raises(AssertionError, match="without effect"):
        check_every_loss_pulls(found)


@pytest.mark.parametrize("term", TERMS)
def test_each_loss_can_be_switched_off(network: TSRDiff, batch: Batch, term: str) -> None:
    losses = LossConfig(**{term: 0.0})
    with torch.no_grad():
        terms = objective(network, at(batch, 50), SCHEDULE, ObjectiveConfig(losses)).terms
    assert set(terms.used()) == set(TERMS) - {term}
    assert terms.total(losses).isfinite().all()


# None pulls too hard.


def check_bounded(found: GradientNorms, names: tuple[str, ...] = tuple(TERMS)) -> None:
    for name in names:
        *early, last = found.norms[name]
        assert all(math.isfinite(norm) and norm < BOUND for norm in (*early, last)), name
        assert last < GROWTH * max(early), f"{name} grows {last / max(early):.3g} times"


def test_no_loss_pulls_too_hard_at_any_step(weighted: GradientNorms) -> None:
    """Largest: 36.3, L_HR at k = 250. To 499 L_D falls to 0.9, L_HR to 2e-4, others to 1e-6."""
    check_bounded(weighted)


@pytest.mark.parametrize("name", THROUGH_X0)
def test_seen_to_fail_without_the_weighting(unweighted: GradientNorms, name: str) -> None:
    """Planted: `weight_by_signal=False`.

    L_HR reached 24000 and L_SR 135 at k = 499; to there L_C grew 223 times, L_grad 4, L_T 86 and
    L_S 88.
    """
    with pytest.raises(AssertionError, match=name):
        check_bounded(unweighted, (name,))


def test_the_clamp_of_x0_lets_some_gradient_through_at_the_last_step(
    network: TSRDiff, batch: Batch
) -> None:
    """2 of 8192 values stay inside; so much of a gradient is left, with a factor of 1e4."""
    with torch.no_grad():
        clamped = objective(network, at(batch, 499), SCHEDULE, UNWEIGHTED).clamped
    assert 0.99 < float(clamped.mean()) < 1


# The weighting is of gradients into eps_w, not of losses.


def check_the_weighting_changes_no_value(network: TSRDiff, batch: Batch) -> None:
    with torch.no_grad():
        one, other = (
            objective(network, batch, SCHEDULE, config).terms.used()
            for config in (WEIGHTED, UNWEIGHTED)
        )
    for name in TERMS:
        torch.testing.assert_close(
            one[name], other[name], rtol=1e-4, atol=1e-6, msg=lambda text, name=name: name + text
        )


@pytest.mark.parametrize("k", STEPS)
def test_the_weighting_changes_no_value_of_a_loss(network: TSRDiff, batch: Batch, k: int) -> None:
    check_the_weighting_changes_no_value(network, at(batch, k))


def test_seen_to_fail_when_the_estimate_itself_is_weighted(
    network: TSRDiff, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: SR times abar_k. At k = 250 L_C was 0.24 in place of 0.35."""

    def weighted_values(values: Tensor, weights: Tensor) -> Tensor:
        return weights[:, None, None, None] * values

    monkeypatch.setattr("lcapp.train.tsrdiff.objective.scale_gradient", weighted_values)
    with pytest.raises(AssertionError):
        check_the_weighting_changes_no_value(network, at(batch, 250))


def check_the_classifiers_learn_alike(network: TSRDiff, batch: Batch) -> None:
    """At the last step, where eps_w hears next to nothing of them."""
    for part, term in (("hr_decoder", "hr"), ("sr_decoder", "sr")):
        weights = list(network.get_submodule(part).parameters())
        one, other = (
            torch.autograd.grad(
                getattr(objective(network, at(batch, 499), SCHEDULE, config).terms, term).mean(),
                weights,
            )
            for config in (WEIGHTED, UNWEIGHTED)
        )
        largest = max(float(gradient.abs().max()) for gradient in other)
        assert largest > 1e-3, part
        apart = max(float((a - b).abs().max()) for a, b in zip(one, other, strict=True))
        assert apart < 1e-3 * largest, f"{part}: {apart / largest:.3g} of {largest:.3g}"


def test_the_classifiers_learn_alike_at_the_last_step(network: TSRDiff, batch: Batch) -> None:
    """The loss itself is not weighted, or they would stop learning there."""
    check_the_classifiers_learn_alike(network, batch)


def test_seen_to_fail_when_the_classification_losses_are_weighted(
    network: TSRDiff, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: L_HR and L_SR times abar_k, 9.7e-9. The decoders' gradients were 1.0 apart."""
    calls = iter(range(4))

    def times_signal(*arguments: object) -> Tensor:
        # HR and SR of the weighted objective come first, then those of the other.
        share = float(SCHEDULE.alphas_bar[499]) if next(calls) < 2 else 1.0
        return share * class_loss(*arguments)

    monkeypatch.setattr("lcapp.train.tsrdiff.objective.class_loss", times_signal)
    with pytest.raises(AssertionError, match="hr_decoder: 1 of"):
        check_the_classifiers_learn_alike(network, batch)


# What losses must leave alone.


def check_classification_leaves_the_denoiser(found: dict[str, float]) -> None:
    assert found["hr"] == found["sr"] == 0, f"hr {found['hr']:.3g}, sr {found['sr']:.3g}"
    check_every_loss_pulls({name: found[name] for name in TERMS if name not in ("hr", "sr")})


def test_detach_sr_keeps_the_classifiers_from_the_denoiser_and_no_other_loss(
    network: TSRDiff, batch: Batch
) -> None:
    check_classification_leaves_the_denoiser(pulls(network, at(batch, 50), DETACHED))
    assert pulls(network, at(batch, 50), DETACHED, "encoder_sr")["hr"] > PULL


@pytest.mark.parametrize("planted", ["nothing detached", "everything detached"])
def test_seen_to_fail_when_detach_sr_does_nothing_or_too_much(
    network: TSRDiff, batch: Batch, monkeypatch: pytest.MonkeyPatch, planted: str
) -> None:
    """Planted: the option lost, 5.9 for L_HR; SR without gradient, 0 for five more terms."""
    config, message = WEIGHTED, "^hr"
    if planted == "everything detached":
        config, message = DETACHED, "without effect: {'radiometric'"
        without = torch.no_grad()(from_residual)
        monkeypatch.setattr("lcapp.train.tsrdiff.objective.from_residual", without)
    with pytest.raises(AssertionError, match=message):
        check_classification_leaves_the_denoiser(pulls(network, at(batch, 50), config))


def check_a_step_leaves_e_c_as_it_is(batch: Batch) -> None:
    joint = JointTraining(build(VARIANTS["tiny"], 0), TrainConfig(DataConfig("")), 10, (0, 1))
    joint.report = lambda stage, values, scenes: None  # logs to a trainer
    joint.train()
    encoder = joint.network.encoder_c
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    joint.training_step(batch, 0).backward()
    assert all(parameter.grad is None for parameter in encoder.parameters())
    assert joint.network.encoder_sr.stem[1].running_mean.abs().max() > 0, "nothing has run"
    moved = {
        name: float((value - before[name]).abs().max())
        for name, value in encoder.state_dict().items()
        if "num_batches" not in name
    }
    name = max(moved, key=moved.__getitem__)
    assert moved[name] == 0, f"{name} moved by {moved[name]:.3g}"


def test_a_training_step_leaves_e_c_as_it_is(batch: Batch) -> None:
    check_a_step_leaves_e_c_as_it_is(batch)


def test_seen_to_fail_when_e_c_is_in_training_mode(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: `train` without its exception. A running variance moved by 0.86."""
    monkeypatch.setattr(JointTraining, "train", Learner.train)
    with pytest.raises(AssertionError, match="moved by"):
        check_a_step_leaves_e_c_as_it_is(batch)
