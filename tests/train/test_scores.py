"""Means of months and shares of classes against numbers made by hand."""

import torch

from lcapp.classes import NO_CLASS
from lcapp.train.classifier import ClassShares
from lcapp.train.tsrdiff.joint import MonthlyMean


def test_the_mean_of_each_month_is_nan_where_it_never_occurred() -> None:
    means = MonthlyMean()
    means.update(torch.tensor([1.0, 3.0, -5.0]), torch.tensor([0, 0, 11]))
    means.update(torch.tensor([8.0]), torch.tensor([0]))
    found = means.compute()
    assert found[0] == 4.0
    assert found[11] == -5.0
    assert found[1:11].isnan().all()


def test_shares_of_classes_sum_to_one_and_last_through_a_checkpoint() -> None:
    shares = ClassShares(3)
    shares.update(torch.tensor([[0, 0], [0, 2]]))
    again = ClassShares(3)
    again.load_state_dict(shares.state_dict())
    again.update(torch.tensor([[1, 1], [1, 1]]))
    torch.testing.assert_close(again.compute(), torch.tensor([3, 4, 1]).double() / 8)


def test_what_has_no_class_has_no_share() -> None:
    shares = ClassShares(3)
    shares.update(torch.tensor([[0, NO_CLASS], [NO_CLASS, 2]]))
    torch.testing.assert_close(shares.compute(), torch.tensor([0.5, 0, 0.5]).double())
