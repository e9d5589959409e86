"""Fault 5: absent months that leak into the output or into batch statistics."""

import copy
import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from lcapp.diffusion import CosineSchedule, DiffusionConfig
from lcapp.models import TSRDiff
from lcapp.train.batch import Batch
from lcapp.train.config import ObjectiveConfig
from lcapp.train.objective import objective


def holding(batch: Batch, value: float) -> Batch:
    """The batch with that value in every pixel and date of its absent months."""
    absent = ~batch.present
    return replace(
        batch,
        series=torch.where(absent[:, :, None, None, None], value, batch.series),
        day_offsets=torch.where(absent, value, batch.day_offsets),
    )


def outcome(network: TSRDiff, batch: Batch, training: bool) -> torch.Tensor:
    """All terms, all class scores and all batch statistics after one step."""
    network = copy.deepcopy(network).train(training)
    network.encoder_c.eval()
    found = objective(network, batch, CosineSchedule(DiffusionConfig()), ObjectiveConfig())
    statistics = [
        buffer.float().flatten() for name, buffer in network.named_buffers() if "running" in name
    ]
    terms = [value.flatten() for value in found.terms.used().values()]
    return torch.cat([*terms, found.logits.flatten(), *statistics]).detach()


def check_absent_months_have_no_say(
    network: TSRDiff, batch: Batch, training: bool, masked: Callable[[Batch], Batch]
) -> None:
    empty = outcome(network, masked(holding(batch, 0.0)), training)
    for value in (math.nan, 1e6, -3.0):
        full = outcome(network, masked(holding(batch, value)), training)
        largest = float((full - empty).abs().max())
        assert largest < 1e-5, f"{value} in absent months: {largest:g}"


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
def test_absent_months_have_no_say(network: TSRDiff, batch: Batch, training: bool) -> None:
    check_absent_months_have_no_say(network, batch, training, lambda one: one)


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
def test_seen_to_fail_when_the_mask_is_ignored(
    network: TSRDiff, batch: Batch, training: bool
) -> None:
    """Planted: all twelve months taken as present. With NaN in them the result was NaN."""

    def unmasked(one: Batch) -> Batch:
        return replace(one, present=torch.ones_like(one.present))

    with pytest.raises(AssertionError, match="nan in absent months: nan"):
        check_absent_months_have_no_say(network, batch, training, unmasked)
