"""Faults 2 and 6: only the first epoch denoised; months thrown away to save time.

Each month has noise of its own, so that residuals differ even where they all come from the first
month's z. One check gives all months the same noise, and sees z alone.
"""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from torch import Tensor

from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.noise import KeyedNoise
from lcapp.diffusion.samplers import Sampled, sample
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.families.tsrdiff.model import TSRDiffModel
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.series_denoiser import SeriesDenoiser
from lcapp.models.denoiser import Denoiser
from lcapp.pipeline.predict import predict
from lcapp.prepare import prepare
from lcapp.train.config import ObjectiveConfig
from lcapp.train.data.batch import collate
from lcapp.train.tsrdiff.objective import objective
from lcapp.types import Prepared, Run, Scene
from tests.faults.scenes import examples_of
from tests.scenes import with_parts

STEPS = 2


def check_every_month_is_denoised_on_its_own(bundle: TSRDiffModel, scene: Scene) -> None:
    found = predict(scene, bundle, Run(steps=STEPS, device="cpu"))
    sr = found.super_resolved
    present = [place for place, month in enumerate(sr.months) if month.present]
    assert found.record.evaluations == STEPS * len(present)
    residuals = sr.reflectance[present] - sr.bicubic[present]
    for one in range(len(present)):
        for other in range(one):
            assert np.abs(residuals[one] - residuals[other]).max() > 0.01


def test_every_month_is_denoised_on_its_own(bundle: TSRDiffModel, scene: Scene) -> None:
    check_every_month_is_denoised_on_its_own(bundle, scene)


def test_seen_to_fail_when_all_months_take_the_residual_of_the_first(
    bundle: TSRDiffModel, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: one month sampled, its residual given to the others. 2 evaluations, not 8."""

    def first_only(*arguments: object, **options: object) -> Sampled:
        sampled = sample(*arguments, **options)
        first = sampled.x0[:1].expand_as(sampled.x0)
        return replace(sampled, x0=first, evaluations=STEPS)

    monkeypatch.setattr("lcapp.families.tsrdiff.chain.sample", first_only)
    with pytest.raises(AssertionError):
        check_every_month_is_denoised_on_its_own(bundle, scene)


def test_seen_to_fail_when_the_count_is_right_and_the_residuals_are_not(
    bundle: TSRDiffModel, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: the same, with the evaluations of all months. Residuals differ by 0."""

    def shared(*arguments: object, **options: object) -> Sampled:
        sampled = sample(*arguments, **options)
        return replace(sampled, x0=sampled.x0[:1].expand_as(sampled.x0))

    monkeypatch.setattr("lcapp.families.tsrdiff.chain.sample", shared)
    with pytest.raises(AssertionError):
        check_every_month_is_denoised_on_its_own(bundle, scene)


def check_the_z_of_each_month_makes_its_residual(
    bundle: TSRDiffModel, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = KeyedNoise.__call__
    monkeypatch.setattr(
        KeyedNoise, "__call__", lambda self, month, step, shape: noise(self, 1, step, shape)
    )
    sr = predict(scene, bundle, Run(steps=STEPS, device="cpu")).super_resolved
    present = [place for place, month in enumerate(sr.months) if month.present]
    residuals = sr.reflectance[present] - sr.bicubic[present]
    for one in range(len(present)):
        for other in range(one):
            apart = np.abs(residuals[one] - residuals[other]).max()
            assert apart > 0.01, f"one z for all: {apart:.3f}"


def test_the_z_of_each_month_makes_its_residual(
    bundle: TSRDiffModel, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the same noise in all months, residuals differ by 0.3 in reflectance."""
    check_the_z_of_each_month_makes_its_residual(bundle, scene, monkeypatch)


def test_seen_to_fail_when_all_months_take_the_z_of_the_first(
    bundle: TSRDiffModel, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: the denoiser of the series reads the first month's z for all. They differ by 0."""
    inner = SeriesDenoiser.__init__

    def first_z(
        self: SeriesDenoiser, network: Denoiser, levels: list[Tensor], *rest: Any, **more: Any
    ) -> None:
        inner(self, network, [z[:1].expand_as(z) for z in levels], *rest, **more)

    monkeypatch.setattr(SeriesDenoiser, "__init__", first_z)
    with pytest.raises(AssertionError, match=r"one z for all: 0\.000"):
        check_the_z_of_each_month_makes_its_residual(bundle, scene, monkeypatch)


def check_all_twelve_months_take_part(bundle: TSRDiffModel, year: Scene) -> None:
    found = predict(year, bundle, Run(steps=1, device="cpu"))
    assert found.record.evaluations == 12
    assert np.isfinite(found.super_resolved.reflectance).all()
    before = found.land_cover.probabilities
    for month in (0, 5, 11):
        series = year.sentinel2
        numbers = series.values.copy()
        numbers[month] = 3000 - numbers[month]
        changed = with_parts(year, series=replace(series, values=numbers))
        after = predict(changed, bundle, Run(steps=1, device="cpu")).land_cover.probabilities
        assert np.abs(after - before).max() > 1e-4, f"month {month + 1}"


def test_all_twelve_months_take_part(bundle: TSRDiffModel, year: Scene) -> None:
    check_all_twelve_months_take_part(bundle, year)


def dropped(after: int) -> Callable[..., Prepared]:
    def shortened(*arguments: object, **named: object) -> Prepared:
        prepared = prepare(*arguments, **named)
        months = tuple(
            month if month.month <= after else replace(month, present=False)
            for month in prepared.months
        )
        return replace(prepared, months=months)

    return shortened


def test_seen_to_fail_when_months_are_thrown_away(
    bundle: TSRDiffModel, year: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: months after the sixth dropped in preparation. 6 evaluations, not 12."""
    monkeypatch.setattr(import_module("lcapp.families.tsrdiff.model"), "prepare", dropped(after=6))
    with pytest.raises(AssertionError):
        check_all_twelve_months_take_part(bundle, year)


def check_training_denoises_all_twelve_months(
    network: TSRDiff, year: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = collate([examples_of(year)[0, 0]])
    denoised = []
    inner = Denoiser.forward

    def counted(self: Denoiser, x: Tensor, *rest: Any) -> Tensor:
        denoised.append(len(x))
        return inner(self, x, *rest)

    monkeypatch.setattr(Denoiser, "forward", counted)
    found = objective(network, batch, CosineSchedule(DiffusionConfig()), ObjectiveConfig())
    assert denoised == [12]
    residuals = found.sr - found.known.x_u
    for one in range(12):
        for other in range(one):
            assert float((residuals[one] - residuals[other]).abs().max()) > 0.01


def test_training_denoises_all_twelve_months(
    network: TSRDiff, year: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_training_denoises_all_twelve_months(network, year, monkeypatch)


def test_seen_to_fail_when_training_throws_months_away(
    network: TSRDiff, year: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: months after the eighth dropped when examples are prepared. 8 denoised, not 12."""
    monkeypatch.setattr("lcapp.train.data.examples.prepare", dropped(after=8))
    with pytest.raises(AssertionError, match=r"\[8\] == \[12\]"):
        check_training_denoises_all_twelve_months(network, year, monkeypatch)
