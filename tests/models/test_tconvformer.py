import math

import pytest
import torch
from torch import nn

from lcapp.models.image.maxvit_layer import MBConv
from lcapp.models.initialise import initialise
from lcapp.models.series.pooling import mean_over_months
from lcapp.models.series.tconvformer import TConvFormer
from lcapp.models.sizes import MaxViTConfig, TConvFormerConfig

SMALL = TConvFormerConfig(widths=(8, 16, 24), depths=(1, 2), layer=MaxViTConfig(head_width=8))
PRESENT = torch.tensor([[True, True, False, True], [False, True, True, False]])
DAYS = torch.tensor([[-90.0, -10.0, 0.0, 120.0], [0.0, 4.0, 31.0, 0.0]])


@pytest.fixture
def network() -> TConvFormer:
    network = TConvFormer(SMALL)
    generator = torch.Generator().manual_seed(0)
    initialise(network, generator)
    for layer in network.modules():  # attention that tells tokens apart
        if isinstance(layer, nn.Linear):
            layer.weight.data *= 5.0
    return network.eval()


def series(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


def same(first: list[torch.Tensor], second: list[torch.Tensor], atol: float = 1e-5) -> None:
    for one, other in zip(first, second, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=atol)


def parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_paper_size_has_the_parameters_of_the_method():
    network = TConvFormer(TConvFormerConfig())
    assert parameters(network) == pytest.approx(14.40e6, rel=0.01)
    assert parameters(network.stem) == pytest.approx(0.04e6, rel=0.02)
    assert parameters(network.blocks[0]) == pytest.approx(1.11e6, rel=0.01)
    assert parameters(network.blocks[1]) == pytest.approx(11.17e6, rel=0.01)
    assert parameters(network.temporal) == pytest.approx(2.08e6, rel=0.01)


@pytest.mark.parametrize("size", [(10, 10), (13, 10), (38, 38), (40, 40), (64, 64)])
def test_levels_halve_and_round_up(network, size):
    with torch.inference_mode():
        found = network(series(2, 4, 4, *size), DAYS, PRESENT)
    for level, (width, features, weights) in enumerate(
        zip(SMALL.widths, found.levels, found.temporal_weights, strict=True)
    ):
        shape = tuple(math.ceil(side / 2**level) for side in size)
        assert features.shape == (5, width, *shape)
        assert weights.shape == (2, 4, *shape)
        torch.testing.assert_close(weights.sum(1), torch.ones(2, *shape))


def test_permuting_epochs_with_their_dates_permutes_the_result(network):
    x, days, present = series(1, 4, 4, 10, 13), DAYS[:1], torch.ones(1, 4, dtype=torch.bool)
    order = torch.tensor([2, 0, 3, 1])
    plain = network(x, days, present)
    permuted = network(x[:, order], days[:, order], present)
    same(permuted.levels, [level[order] for level in plain.levels])
    same(permuted.temporal_weights, [weight[:, order] for weight in plain.temporal_weights])


def test_dates_matter(network):
    x, present = series(1, 4, 4, 10, 10), torch.ones(1, 4, dtype=torch.bool)
    plain = network(x, DAYS[:1], present).levels
    for days in (DAYS[:1] + 30.0, DAYS[:1].flip(1)):
        for level, other in zip(plain, network(x, days, present).levels, strict=True):
            assert (level - other).abs().max() > 1e-3


def test_an_epoch_sees_the_others_at_every_level(network):
    x, present = series(1, 2, 4, 10, 10), torch.ones(1, 2, dtype=torch.bool)
    changed = x.clone()
    changed[:, 1] += 1.0
    plain, other = (network(y, DAYS[:1, :2], present).levels for y in (x, changed))
    for level, altered in zip(plain, other, strict=True):
        assert (level[0] - altered[0]).abs().max() > 1e-3


@pytest.mark.parametrize("training", [False, True])
def test_absent_months_with_nan_change_nothing(network, training):
    x = series(2, 4, 4, 10, 13)
    dense = torch.stack([x[0, [0, 1]], x[1, [1, 2]]])
    dense_days = torch.tensor([[-90.0, -10.0], [4.0, 31.0]])
    present = torch.tensor([[True, True, False, False], [False, True, True, False]])
    x[~present], days = torch.nan, DAYS.masked_fill(~present, torch.nan)
    results, statistics = [], []
    state = {name: value.clone() for name, value in network.state_dict().items()}
    for call in (
        (dense, dense_days, torch.ones(2, 2, dtype=torch.bool)),
        (x, days, present),
    ):
        network.load_state_dict(state)
        network.train(training)
        results.append(network(*call))
        statistics.append([b.clone() for b in network.buffers() if b.is_floating_point()])
    same(results[0].levels, results[1].levels)
    same(statistics[0], statistics[1])
    for few, all_ in zip(results[0].temporal_weights, results[1].temporal_weights, strict=True):
        torch.testing.assert_close(all_[present].reshape(few.shape), few, rtol=0, atol=1e-5)
        assert not all_[~present].any()


def test_scenes_of_a_batch_do_not_see_one_another(network):
    x = series(2, 4, 4, 10, 13)
    together = network(x, DAYS, PRESENT).levels
    alone = [network(x[i : i + 1], DAYS[i : i + 1], PRESENT[i : i + 1]).levels for i in (0, 1)]
    same(together, [torch.cat(pair) for pair in zip(*alone, strict=True)])


@pytest.mark.parametrize("chunk", [1, 2, 5])
def test_chunks_of_epochs_do_not_change_the_result(network, chunk):
    call = series(2, 4, 4, 13, 10), DAYS, PRESENT
    same(network(*call, chunk=chunk).levels, network(*call).levels)


def test_training_ignores_chunks(network):
    call = series(2, 4, 4, 13, 10), DAYS, PRESENT
    network.train()
    same(network(*call, chunk=1).levels, network(*call).levels)


def test_pixel_j_of_level_2_is_centred_at_input_pixel_4j():
    config = MaxViTConfig(head_width=8)
    halvings = nn.Sequential(MBConv(4, 8, 2, config), MBConv(8, 8, 2, config)).eval()
    initialise(halvings, torch.Generator().manual_seed(0))
    for halving in halvings:  # closes the squeeze-excite, which looks at the whole map
        nn.init.zeros_(halving.residual[7].gate[2].weight)
    x = series(1, 4, 24, 24).requires_grad_()
    halvings(x)[0, :, 3, 2].sum().backward()
    rows, cols = (x.grad[0].abs().sum(0).sum(axis).nonzero()[:, 0].tolist() for axis in (1, 0))
    assert rows == list(range(12 - 3, 12 + 4))
    assert cols == list(range(8 - 3, 8 + 4))


def test_gradients_reach_every_parameter_and_stay_finite(network):
    x = series(2, 4, 4, 13, 10)
    x[~PRESENT] = torch.nan
    levels = network.train()(x, DAYS, PRESENT).levels
    sum((level * series(*level.shape)).sum() for level in levels).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name


def test_mean_over_months_is_the_mean_of_each_scene():
    present = torch.tensor([[True, False, True], [False, False, False], [False, True, False]])
    levels = torch.tensor([1.0, 5.0, 7.0]).reshape(3, 1, 1, 1)
    mean = mean_over_months(levels, present)
    assert mean.flatten().tolist() == [3.0, 0.0, 7.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"series": torch.zeros(2, 4, 3, 10, 10)}, "expected a series B T 4 H W, got"),
        ({"series": torch.zeros(4, 4, 10, 10)}, "expected a series B T 4 H W, got"),
        ({"day_offsets": torch.zeros(2, 3)}, "expected day_offsets and present as B T"),
        ({"present": torch.ones(2, 4)}, "expected present as bool"),
        ({"present": torch.zeros(2, 4, dtype=torch.bool)}, "at least one present month"),
    ],
)
def test_inputs_that_do_not_belong_together_are_refused(network, change, message):
    call = {"series": torch.zeros(2, 4, 4, 10, 10), "day_offsets": DAYS, "present": PRESENT}
    with pytest.raises(ValueError, match=message):
        network(**call | change)


def test_a_config_needs_a_depth_for_each_halving():
    with pytest.raises(ValueError, match="expected a depth for each width after the first"):
        TConvFormerConfig(depths=(2, 5, 2))


@pytest.mark.parametrize("level", [0, 1, 2])
def test_every_level_is_told_the_dates_itself(network, level):
    """Not by what the level below has made of them: what it gets from there is held constant."""
    x, present = series(1, 4, 4, 10, 10), torch.ones(1, 4, dtype=torch.bool)
    spatial = [network.stem, *network.blocks][level]
    held = network.eval()(x, DAYS[:1], present).levels[level].detach()
    spatial.register_forward_hook(lambda *_: held)
    plain, later = (network(x, days, present).levels[level] for days in (DAYS[:1], DAYS[:1] + 30.0))
    assert (plain - later).abs().max() > 1e-3
