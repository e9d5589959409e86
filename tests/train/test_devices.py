"""A learner goes as a whole to where it trains; torch's `meta` device tells without a GPU."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch
from lightning.pytorch.accelerators import CPUAccelerator
from lightning.pytorch.strategies import SingleDeviceStrategy
from torch import nn

from lcapp.classes import FLAIR2
from lcapp.prepare import InputSpec
from lcapp.scene.collection import open_collection
from lcapp.train.config import DataConfig, NetworkOptions, TrainConfig
from lcapp.train.data.batch import Batch, collate
from lcapp.train.data.draws import Draws
from lcapp.train.data.examples import Examples
from lcapp.train.learner import Learner
from lcapp.train.maps import ClassifierPlan
from lcapp.train.phase import Phase
from lcapp.train.tsrdiff.plan import TSRDiffPlan


@pytest.fixture(scope="module")
def batch(small_folder: Path) -> Batch:
    collection, data = open_collection(small_folder), DataConfig(str(small_folder))
    draws = Draws(0, 500, per_month=False, augment=False, few_step_share=0.0)
    examples = Examples(collection, collection.ids, InputSpec(), FLAIR2, data, draws)
    return collate([examples[0, 0], examples[1, 0]])


def phases() -> dict[str, Phase]:
    config = TrainConfig(
        DataConfig(""), NetworkOptions("demo"), pretrain_passes=1, denoiser_passes=1
    )
    aerial = replace(config, family="maxvit")
    plans = TSRDiffPlan(config, InputSpec(), FLAIR2), ClassifierPlan(aerial, InputSpec(), FLAIR2)
    return {one.name: one for plan in plans for one in plan.phases}


PHASES = ("pretraining", "denoising", "joint", "map")


def test_these_are_all_phases_that_there_are() -> None:
    assert set(phases()) == set(PHASES)


@contextmanager
def noted() -> Iterator[dict[int, nn.Module]]:
    """The modules that run inside."""
    found: dict[int, nn.Module] = {}

    def note(module: nn.Module, args: object) -> None:
        found[id(module)] = module

    handle = nn.modules.module.register_module_forward_pre_hook(note)
    try:
        yield found
    finally:
        handle.remove()


def used_in_a_step(learner: Learner, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(Learner, "report", lambda *args: None)  # nothing to log to
    with noted() as modules:
        learner.training_step(batch, 0)
        with torch.no_grad():
            learner.eval().validation_step(batch, 0)
    return [module for module in modules.values() if [*module.parameters(recurse=False)]]


class AnyDevice(CPUAccelerator):
    """Lightning's, without the check that the device is a CPU."""

    def setup_device(self, device: torch.device) -> None:
        pass


class Sent(SingleDeviceStrategy):
    """Lightning's, up to where the first batch would be fetched; leaves all where it was sent."""

    def barrier(self, name: str | None = None) -> None:
        if name == "run-stage":
            raise InterruptedError

    def teardown(self) -> None:
        pass


def send(learner: Learner, device: str, folder: Path) -> None:
    """By Lightning's own way."""
    trainer = L.Trainer(
        strategy=Sent(device=device, accelerator=AnyDevice()),
        max_epochs=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        default_root_dir=folder,
    )
    with pytest.raises(InterruptedError):
        trainer.fit(learner, [0], [0])


@pytest.mark.parametrize("name", PHASES)
def test_whatever_a_step_uses_goes_with_its_learner(
    name: str, batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail with E_C kept out of the learner that denoises, and not sent after it."""
    learner = phases()[name].learner(1)
    used = used_in_a_step(learner, batch, monkeypatch)
    assert len(used) > 50
    send(learner, "meta", tmp_path)
    behind = [
        (type(module).__name__, key)
        for module in used
        for key, one in (*module.named_parameters(recurse=False), *module.named_buffers("", False))
        if one.device.type != "meta"
    ]
    assert behind == []
