import torch
from torch import Tensor

from lcapp.models.initialise import initialise
from lcapp.models.series.pooling import AttentionPooling, mean_over_months

PRESENT = torch.tensor([[True, False, True, True], [False, False, True, False]])


def _pooling(scale: float = 1.0) -> AttentionPooling:
    pooling = AttentionPooling(6)
    initialise(pooling, torch.Generator().manual_seed(0))
    with torch.no_grad():
        pooling.score.weight.mul_(scale)
    return pooling.requires_grad_(False)


def _features() -> Tensor:
    return torch.randn(4, 6, 3, 2, generator=torch.Generator().manual_seed(1))


def test_each_pixel_is_the_softmax_of_its_scores_over_the_present_epochs() -> None:
    pooling, features = _pooling(30.0), _features()
    pooled, shares = pooling(features, PRESENT)
    for row, col in ((0, 0), (2, 1)):
        tokens = features[:3, :, row, col]  # the epochs of scene 0
        expected = (tokens @ pooling.score.weight[0]).softmax(0)
        torch.testing.assert_close(shares[0, PRESENT[0], row, col], expected)
        torch.testing.assert_close(pooled[0, :, row, col], expected @ tokens)
    torch.testing.assert_close(pooled[1], features[3])  # one epoch has the whole share


def test_shares_sum_to_one_over_the_present_epochs_and_are_zero_where_absent() -> None:
    _, shares = _pooling(30.0)(_features(), PRESENT)
    torch.testing.assert_close(shares.sum(1), torch.ones(2, 3, 2))
    assert (shares[~PRESENT] == 0).all()
    assert shares[0, PRESENT[0]].std() > 0.01  # no mean in disguise


def test_initial_weights_start_next_to_the_mean() -> None:
    features = _features()
    pooled, _ = _pooling()(features, PRESENT)
    torch.testing.assert_close(pooled, mean_over_months(features, PRESENT), rtol=0, atol=0.15)


def test_the_order_of_the_epochs_is_without_effect() -> None:
    pooling, features = _pooling(30.0), _features()
    order = torch.tensor([2, 0, 1, 3])
    torch.testing.assert_close(pooling(features[order], PRESENT)[0], pooling(features, PRESENT)[0])


def test_a_scene_without_any_epoch_is_zero_and_spoils_no_gradient() -> None:
    pooling = _pooling().requires_grad_(True)
    present = torch.tensor([[False, False], [True, True]])
    pooled, shares = pooling(_features()[:2], present)
    assert (pooled[0] == 0).all()
    assert (shares[0] == 0).all()
    pooled.sum().backward()
    assert torch.isfinite(pooling.score.weight.grad).all()
