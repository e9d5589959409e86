"""Fault 5: absent months that leak into the output or into batch statistics.

Two measurements: whatever an absent month holds, and its slot taken away altogether. The second
sees what the first cannot: months filled with zeros before they are encoded.
"""

import copy
import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.families.tsrdiff.answers import SRFeatures
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.models.series.tconvformer import TConvFeatures, TConvFormer
from lcapp.train.config import ObjectiveConfig
from lcapp.train.data.batch import Batch, collate
from lcapp.train.tsrdiff.objective import objective
from tests.faults.scenes import QUARTERS, examples_of, textured


def holding(batch: Batch, value: float) -> Batch:
    """The batch with that value in every pixel and date of its absent months."""
    absent = ~batch.present
    return replace(
        batch,
        series=torch.where(absent[:, :, None, None, None], value, batch.series),
        day_offsets=torch.where(absent, value, batch.day_offsets),
        k=torch.where(absent, 499, batch.k),
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
    for value in (math.nan, 1e6):
        full = outcome(network, masked(holding(batch, value)), training)
        largest = float((full - empty).abs().max())
        assert largest < 1e-5, f"{value} in absent months: {largest:g}"


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
def test_absent_months_have_no_say(network: TSRDiff, batch: Batch, training: bool) -> None:
    check_absent_months_have_no_say(network, batch, training, lambda one: one)


def test_seen_to_fail_when_the_mask_is_ignored(network: TSRDiff, batch: Batch) -> None:
    """Planted: all twelve months taken as present. With NaN in them the result was NaN."""

    def unmasked(one: Batch) -> Batch:
        return replace(one, present=torch.ones_like(one.present))

    with pytest.raises(AssertionError, match="nan in absent months: nan"):
        check_absent_months_have_no_say(network, batch, False, unmasked)


@pytest.fixture(scope="module")
def quarters() -> Batch:
    """Two scenes with the same four months of twelve."""
    examples = examples_of(textured(QUARTERS), textured(QUARTERS, seed=2))
    return collate([examples[0, 0], examples[1, 0]])


def without_absent(batch: Batch) -> Batch:
    """Its present months alone, in four slots."""
    kept = batch.present[0].nonzero()[:, 0]
    return replace(
        batch,
        series=batch.series[:, kept],
        day_offsets=batch.day_offsets[:, kept],
        present=batch.present[:, kept],
        k=batch.k[:, kept],
        nearest=(kept == batch.nearest[:, None]).nonzero()[:, 1],
    )


def check_added_months_have_no_say(network: TSRDiff, batch: Batch, training: bool) -> None:
    few = outcome(network, without_absent(batch), training)
    for value in (math.nan, 1e6):
        largest = float((outcome(network, holding(batch, value), training) - few).abs().max())
        assert largest < 1e-5, f"added months with {value}: {largest:g}"


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
def test_added_months_have_no_say(network: TSRDiff, quarters: Batch, training: bool) -> None:
    check_added_months_have_no_say(network, quarters, training)


def test_seen_to_fail_when_absent_months_are_filled_with_zeros(
    network: TSRDiff, quarters: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: zeros in absent months, which E_C and E_SR then encode with the others. Adding eight
    moved a class score by 14 instead of by 0; the first measurement saw nothing."""
    encode = TConvFormer.forward

    def filled(
        self: TConvFormer, series: Tensor, days: Tensor, present: Tensor, chunk: int | None = None
    ) -> TConvFeatures:
        zeros = torch.where(present[:, :, None, None, None], series, 0.0)
        days = torch.where(present, days, 0.0)
        found = encode(self, zeros, days, torch.ones_like(present), chunk)
        return replace(found, levels=[level[present.flatten()] for level in found.levels])

    monkeypatch.setattr(TConvFormer, "forward", filled)
    check_absent_months_have_no_say(network, quarters, False, lambda one: one)
    with pytest.raises(AssertionError, match="added months with nan"):
        check_added_months_have_no_say(network, quarters, False)


def test_seen_to_fail_when_e_sr_reads_absent_months(
    network: TSRDiff, quarters: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: E_SR with all months, zero where absent; their dates get in."""
    encode = TSRDiff.encode_sr

    def unmasked(self: TSRDiff, sr: Tensor, days: Tensor, present: Tensor) -> SRFeatures:
        return encode(self, sr, days, torch.ones_like(present))

    monkeypatch.setattr(TSRDiff, "encode_sr", unmasked)
    with pytest.raises(AssertionError, match="nan in absent months"):
        check_absent_months_have_no_say(network, quarters, False, lambda one: one)
