"""Batch statistics of all processes change nothing but the statistics."""

from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch
from torch import nn

from lcapp.classes import FLAIR2
from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.prepare import InputSpec
from lcapp.train.config import DataConfig, MachineConfig, TrainConfig
from lcapp.train.data.draws import Draws
from lcapp.train.data.examples import Examples
from lcapp.train.fit import Setup, fit, synchronise_batch_norm
from lcapp.train.phase import Phase
from lcapp.train.tsrdiff.joint import JointTraining
from tests.initial import SMALLEST


def learner() -> JointTraining:
    """Statistics as after some training, so that a norm is no identity."""
    network = build(SMALLEST, seed=0)
    torch.manual_seed(1)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2)
    return JointTraining(network, TrainConfig(DataConfig("")), 10, tuple(range(12)))


@torch.no_grad()
def answers(network: TSRDiff) -> list[torch.Tensor]:
    """Of every part that holds batch norms: stages of the HR branch, E_C and E_SR, both heads."""
    network.eval()
    generator = torch.Generator().manual_seed(2)
    aerial = torch.randn(1, 5, 104, 72, generator=generator)
    series = torch.randn(1, 3, 4, 13, 9, generator=generator)
    days, present = torch.tensor([[-40.0, 0.0, 90.0]]), torch.ones(1, 3, dtype=torch.bool)
    features = network.encode_sr(series, days, present)
    logits = network.classify(aerial, features).logits
    conditioning = network.encoder_c(series, days, present).levels
    return [*network.hr_encoder(aerial), *conditioning, network.classify_sr(features), logits]


def test_a_network_whose_batch_norms_are_synchronised_answers_as_before() -> None:
    """Seen to fail with torch's own converter, which drops the GELU of timm's norms."""
    plain, synchronised = learner(), learner()
    synchronise_batch_norm(synchronised)
    for wanted, found in zip(answers(plain.network), answers(synchronised.network), strict=True):
        torch.testing.assert_close(found, wanted, rtol=0, atol=0)


def test_every_batch_norm_is_synchronised_and_weights_names_and_modes_stay() -> None:
    one = learner()
    network = one.network
    weights, named = dict(one.named_parameters()), one.state_dict().keys()
    modes = {name: module.training for name, module in one.named_modules()}
    synchronise_batch_norm(one)
    assert one.network is network  # the plan and the callbacks hold it
    norms = [m for m in one.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    assert norms
    assert all(isinstance(norm, nn.SyncBatchNorm) for norm in norms)
    assert one.state_dict().keys() == named
    # The very tensors: what the plan's other phases hold, and the optimiser trains.
    assert all(weights[name] is weight for name, weight in one.named_parameters())
    found = {name: module.training for name, module in one.named_modules()}
    assert {name for name, mode in found.items() if modes.get(name, mode) is not mode} == set()
    assert not any(module.training for module in one.network.encoder_c.modules())


class RecordedTrainer:
    """In place of Lightning's, on a machine without GPUs: keeps what it is given."""

    global_rank = 0

    def __init__(self, **settings: Any) -> None:
        self.settings, self.world_size = settings, settings["devices"]

    def fit(self, learner: nn.Module, *args: Any, **settings: Any) -> None:
        self.learner = learner


@pytest.mark.parametrize(("devices", "several"), [(1, False), (2, True)])
def test_several_gpus_train_the_converted_network_and_one_the_plain(
    devices: int, several: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(L, "Trainer", RecordedTrainer)
    one = learner()
    config = TrainConfig(DataConfig(""), iterations=1, batch=2)
    folder: Any = None
    scenes = Examples(folder, "abcd", InputSpec(), FLAIR2, config.data, Draws.of_run(config))
    setup = Setup(config, tmp_path, MachineConfig(devices=devices), scenes, scenes)
    trainer: Any = fit(setup, Phase("joint", lambda iterations: one, one.network))
    assert trainer.learner is one
    assert not trainer.settings.get("sync_batchnorm")  # it is done already
    norms = [m for m in one.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    assert {isinstance(norm, nn.SyncBatchNorm) for norm in norms} == {several}
