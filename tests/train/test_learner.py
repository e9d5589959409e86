"""Optimiser and course of the learning rate."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.sizes import VARIANTS
from lcapp.train.config import DataConfig, OptimiserConfig, TrainConfig
from lcapp.train.learner import Learner, learning_rate_share
from lcapp.train.tsrdiff.denoising import Denoising
from lcapp.train.tsrdiff.joint import JointTraining
from lcapp.train.tsrdiff.pretraining import Pretraining


@pytest.fixture(scope="module")
def joint() -> JointTraining:
    network = build(VARIANTS["tiny"], seed=0)
    return JointTraining(network, TrainConfig(DataConfig("")), 100, tuple(range(12)))


def names_in(learner: Learner) -> list[set[str]]:
    """The names of the parameters in each group of the learner's optimiser."""
    names = {id(parameter): name for name, parameter in learner.named_parameters()}
    groups = learner.configure_optimizers()["optimizer"].param_groups
    return [{names[id(parameter)] for parameter in group["params"]} for group in groups]


def test_the_frozen_conditioning_encoder_is_not_in_the_optimiser(joint: JointTraining) -> None:
    trained = set.union(*names_in(joint))
    assert not [name for name in trained if "encoder_c" in name]
    assert trained == {n for n, _ in joint.named_parameters() if "encoder_c" not in n}


def test_the_conditioning_encoder_is_in_evaluation_mode_from_the_start_and_stays(
    joint: JointTraining,
) -> None:
    """Lightning leaves the modes as it finds them; a frozen E_C in training mode was the fault."""
    assert not any(module.training for module in joint.network.encoder_c.modules())
    joint.train()
    assert joint.network.encoder_sr.training
    assert not any(module.training for module in joint.network.encoder_c.modules())


def test_pretraining_trains_the_conditioning_encoder_and_its_head_alone() -> None:
    network = build(VARIANTS["tiny"], seed=0, pretrain_head=True)
    learner = Pretraining(network, TrainConfig(DataConfig("")), 10, tuple(range(12)))
    optimised = learner.configure_optimizers()["optimizer"].param_groups
    found = {id(parameter) for group in optimised for parameter in group["params"]}
    wanted = [*network.encoder_c.parameters(), *network.pretrain_head.parameters()]
    assert found == {id(parameter) for parameter in wanted}


def test_kernels_and_matrices_decay_but_no_norm_bias_or_table(joint: JointTraining) -> None:
    decaying, spared = names_in(joint)
    weights = {
        f"{path}.weight"
        for path, module in joint.named_modules()
        if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)
    }
    trained = {name for name, one in joint.named_parameters() if one.requires_grad}
    assert weights & trained <= decaying
    norms = {
        f"{path}.{name}"
        for path, module in joint.named_modules()
        if isinstance(module, nn.BatchNorm2d | nn.LayerNorm | nn.GroupNorm)
        for name in ("weight", "bias")
    }
    assert norms & trained <= spared
    assert {name for name in trained if name.endswith("bias")} <= spared
    assert any(name.endswith("relative_position_bias_table") for name in trained)
    assert {name for name in trained if "table" in name} <= spared
    assert {n for n in decaying if joint.get_parameter(n).ndim < 2} == set()


@pytest.mark.parametrize(
    ("name", "kind"), [("adamw", torch.optim.AdamW), ("adam", torch.optim.Adam)]
)
def test_the_optimiser_is_the_one_of_the_settings(name: str, kind: type) -> None:
    learner = Learner(OptimiserConfig(name=name, learning_rate=0.5, weight_decay=0.25), 10)
    learner.layer = nn.Linear(2, 2)
    optimiser = learner.configure_optimizers()["optimizer"]
    assert type(optimiser) is kind
    assert [group["initial_lr"] for group in optimiser.param_groups] == [0.5, 0.5]
    assert [group["weight_decay"] for group in optimiser.param_groups] == [0.25, 0.0]


@pytest.mark.parametrize(
    ("config", "weight"),
    [
        (OptimiserConfig("adam"), 4.0),
        (OptimiserConfig("adam", weight_decay=0.25), 3.5),  # through Adam: by its rate, as always
        (OptimiserConfig("adamw"), 4.0 - 0.5 * 0.01 * 4.0),
        (OptimiserConfig("adamw", weight_decay=0.0), 4.0),
    ],
)
def test_adam_leaves_weights_without_a_gradient_alone_unless_asked(
    config: OptimiserConfig, weight: float
) -> None:
    """The paper's has no decay."""
    learner = Learner(replace(config, learning_rate=0.5, warmup=0), 10)
    learner.layer = nn.Linear(1, 1, bias=False)
    nn.init.constant_(learner.layer.weight, 4.0)
    learner.layer.weight.grad = torch.zeros(1, 1)
    parts = learner.configure_optimizers()
    parts["optimizer"].step()
    assert float(learner.layer.weight.detach()) == pytest.approx(weight, rel=1e-6)


def test_the_learning_rate_rises_evenly_then_falls_down_half_a_cosine_to_a_hundredth() -> None:
    config = OptimiserConfig(warmup=10)
    share = [learning_rate_share(step, config, 110) for step in range(112)]
    assert share[:11] == pytest.approx([*(step / 10 for step in range(1, 11)), 1.0])
    for step in range(10, 110):
        half = (1 + math.cos(math.pi * (step - 10) / 100)) / 2
        assert share[step] == pytest.approx(0.01 + 0.99 * half)
    assert share[60] == pytest.approx(0.505)
    assert share[110:] == pytest.approx([0.01, 0.01])


def test_the_learning_rate_can_stay_after_its_rise() -> None:
    config = OptimiserConfig(warmup=4, decay="constant")
    assert [learning_rate_share(step, config, 100) for step in (0, 1, 3, 4, 50, 99)] == [
        *(0.25, 0.5, 1.0),
        *(1.0, 1.0, 1.0),
    ]


def test_the_learning_rate_is_never_zero_and_needs_no_warmup() -> None:
    assert learning_rate_share(0, OptimiserConfig(warmup=0), 100) == 1.0
    for iterations in (1, 2, 5):
        for step in range(iterations):
            assert learning_rate_share(step, OptimiserConfig(), iterations) > 0


def test_the_rate_changes_after_every_iteration() -> None:
    learner = Learner(OptimiserConfig(learning_rate=1.0, warmup=2, decay="constant"), 100)
    learner.layer = nn.Linear(1, 1)
    parts = learner.configure_optimizers()
    assert parts["lr_scheduler"]["interval"] == "step"
    rates = []
    for _ in range(4):
        rates.append(parts["optimizer"].param_groups[0]["lr"])
        parts["optimizer"].step()
        parts["lr_scheduler"]["scheduler"].step()
    assert rates == [0.5, 1.0, 1.0, 1.0]


def test_the_denoiser_may_have_a_learning_rate_of_its_own() -> None:
    network = build(VARIANTS["tiny"], seed=0)
    config = TrainConfig(
        DataConfig(""), optimiser=OptimiserConfig(learning_rate=0.5, denoiser_factor=3.0)
    )
    for learner in (
        JointTraining(network, config, 10, tuple(range(12))),
        Denoising(network, config, 10),
    ):
        names = {id(parameter): name for name, parameter in learner.named_parameters()}
        optimiser = learner.configure_optimizers()["optimizer"]
        for group in optimiser.param_groups:
            its = {names[id(parameter)] for parameter in group["params"]}
            wanted = {1.5} if "denoiser" in next(iter(its)) else {0.5}
            assert {group["initial_lr"]} == wanted
            assert len({"denoiser" in name for name in its}) == 1
        count = sum(len(group["params"]) for group in optimiser.param_groups)
        assert count == sum(one.requires_grad for one in learner.parameters())


def test_the_denoisers_own_phase_trains_the_denoiser_alone_and_keeps_e_c_in_evaluation() -> None:
    network = build(VARIANTS["tiny"], seed=0)
    learner = Denoising(network, TrainConfig(DataConfig("")), 10)
    assert {name.partition(".")[0] for name, _ in learner.named_parameters()} == {"denoiser"}
    assert not any(module.training for module in network.encoder_c.modules())
    assert network.encoder_sr.training  # the joint training finds the rest as it was
