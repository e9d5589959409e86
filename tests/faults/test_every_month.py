"""Faults 2 and 6: only the first epoch denoised; months thrown away to save time."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from lcapp.diffusion import Sampled, sample
from lcapp.hub import Bundle
from lcapp.pipeline import predict
from lcapp.prepare import prepare
from lcapp.types import Prepared, Scene

STEPS = 2


def check_every_month_is_denoised_on_its_own(bundle: Bundle, scene: Scene) -> None:
    found = predict(scene, bundle, steps=STEPS, device="cpu")
    sr = found.super_resolved
    present = [place for place, month in enumerate(sr.months) if month.present]
    assert found.record.denoiser_evaluations == STEPS * len(present)
    residuals = sr.reflectance[present] - sr.bicubic[present]
    for one in range(len(present)):
        for other in range(one):
            assert np.abs(residuals[one] - residuals[other]).max() > 0.01


def test_every_month_is_denoised_on_its_own(bundle: Bundle, scene: Scene) -> None:
    check_every_month_is_denoised_on_its_own(bundle, scene)


def test_seen_to_fail_when_all_months_take_the_residual_of_the_first(
    bundle: Bundle, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: one month sampled, its residual given to the others. 2 evaluations, not 8."""

    def first_only(*arguments: object, **options: object) -> Sampled:
        sampled = sample(*arguments, **options)
        first = sampled.x0[:1].expand_as(sampled.x0)
        return replace(sampled, x0=first, evaluations=STEPS)

    monkeypatch.setattr("lcapp.pipeline.stages.sample", first_only)
    with pytest.raises(AssertionError):
        check_every_month_is_denoised_on_its_own(bundle, scene)


def test_seen_to_fail_when_the_count_is_right_and_the_residuals_are_not(
    bundle: Bundle, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: the same, with the evaluations of all months. Residuals differ by 0."""

    def shared(*arguments: object, **options: object) -> Sampled:
        sampled = sample(*arguments, **options)
        return replace(sampled, x0=sampled.x0[:1].expand_as(sampled.x0))

    monkeypatch.setattr("lcapp.pipeline.stages.sample", shared)
    with pytest.raises(AssertionError):
        check_every_month_is_denoised_on_its_own(bundle, scene)


def check_all_twelve_months_take_part(bundle: Bundle, year: Scene) -> None:
    found = predict(year, bundle, steps=1, device="cpu")
    assert found.record.denoiser_evaluations == 12
    assert np.isfinite(found.super_resolved.reflectance).all()
    before = found.land_cover.probabilities
    for month in range(12):
        series = year.series
        numbers = series.digital_numbers.copy()
        numbers[month] = 3000 - numbers[month]
        changed = replace(year, series=replace(series, digital_numbers=numbers))
        after = predict(changed, bundle, steps=1, device="cpu").land_cover.probabilities
        assert np.abs(after - before).max() > 1e-4, f"month {month + 1}"


@pytest.mark.slow
def test_all_twelve_months_take_part(bundle: Bundle, year: Scene) -> None:
    check_all_twelve_months_take_part(bundle, year)


def dropped(after: int) -> Callable[..., Prepared]:
    def shortened(*arguments: object) -> Prepared:
        prepared = prepare(*arguments)
        months = tuple(
            month if month.month <= after else replace(month, present=False)
            for month in prepared.months
        )
        return replace(prepared, months=months)

    return shortened


def test_seen_to_fail_when_months_are_thrown_away(
    bundle: Bundle, year: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: months after the sixth dropped in preparation. 6 evaluations, not 12."""
    monkeypatch.setattr(import_module("lcapp.pipeline.predict"), "prepare", dropped(after=6))
    with pytest.raises(AssertionError):
        check_all_twelve_months_take_part(bundle, year)
