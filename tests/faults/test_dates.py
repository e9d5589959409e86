"""Fault 3: dates without effect, or epochs parted from their dates."""

import pytest
import torch
from torch import Tensor

from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.models.windows import BatchWindow

DAYS = torch.tensor([[-140.0, -50.0, 30.0, 130.0]])
ORDER = [2, 0, 3, 1]


def z(network: TSRDiff, series: Tensor, days: Tensor) -> list[Tensor]:
    """z of four months on a 16 x 16 crop; the windows leave it as it is."""
    same = [BatchWindow(torch.eye(side)[None], torch.eye(side)[None]) for side in (16, 8, 4)]
    present = torch.ones_like(days, dtype=torch.bool)
    with torch.no_grad():
        return network.condition(series, days, present, same).levels


def distance(one: list[Tensor], other: list[Tensor]) -> float:
    return max(float((a - b).abs().max()) for a, b in zip(one, other, strict=True))


def check_dates_have_an_effect(network: TSRDiff) -> None:
    series = torch.randn(1, 4, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    before = z(network, series, DAYS)
    assert distance(before, z(network, series, DAYS + 90)) > 1e-3, "shifted"
    assert distance(before, z(network, series, DAYS[:, ORDER])) > 1e-3, "parted"
    together = z(network, series[:, ORDER], DAYS[:, ORDER])
    assert distance([level[ORDER] for level in before], together) < 1e-5, "together"


def test_dates_have_an_effect_and_order_has_none(network: TSRDiff) -> None:
    check_dates_have_an_effect(network)


def test_seen_to_fail_without_the_code_of_the_dates(
    network: TSRDiff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a code of zeros. Shifted dates changed z by 0."""

    def without(days: Tensor, width: int, longest: float) -> Tensor:
        return torch.zeros(*days.shape, width)

    monkeypatch.setattr("lcapp.models.series.temporal.date_code", without)
    with pytest.raises(AssertionError, match="shifted"):
        check_dates_have_an_effect(network)


def test_seen_to_fail_with_a_code_of_the_place_in_the_array(
    network: TSRDiff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: the code of 0, 1, 2, 3 in place of the days, as in a language model."""
    from lcapp.models.series.temporal import date_code

    def by_place(days: Tensor, width: int, longest: float) -> Tensor:
        return date_code(torch.arange(len(days)), width, longest)

    monkeypatch.setattr("lcapp.models.series.temporal.date_code", by_place)
    with pytest.raises(AssertionError, match="shifted"):
        check_dates_have_an_effect(network)
