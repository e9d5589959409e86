"""The parts that training adds, the options of the ablations, and the map without the series."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from lcapp.families.tsrdiff.answers import SRFeatures
from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.sizes import VARIANTS, with_options
from lcapp.models.windows import BatchWindow

TINY = VARIANTS["tiny"]
DAYS = torch.tensor([[-90.0, -20.0, 40.0], [-80.0, 5.0, 60.0]])
PRESENT = torch.tensor([[True, False, True], [True, True, True]])


@pytest.fixture(scope="module")
def network() -> TSRDiff:
    return build(TINY, seed=0, pretrain_head=True).eval().requires_grad_(False)


def _series(size: int) -> Tensor:
    return torch.randn(2, 3, 4, size, size, generator=torch.Generator().manual_seed(1))


def _aerial(size: int = 128) -> Tensor:
    return torch.randn(2, 5, size, size, generator=torch.Generator().manual_seed(2))


def _windows(sr: int, lr: int) -> tuple[BatchWindow, ...]:
    """Random averages, another for each scene."""
    random = np.random.default_rng(0)

    def matrices(level: int) -> Tensor:
        values = random.random((2, 1, -(-sr // 2**level), -(-lr // 2**level)), dtype=np.float32)
        return torch.from_numpy(values / values.sum(3, keepdims=True))

    return tuple(BatchWindow(matrices(level), matrices(level)) for level in range(3))


def test_d_sr_classifies_on_the_sr_grid(network: TSRDiff) -> None:
    features = network.encode_sr(_series(19), DAYS, PRESENT)
    scores = network.classify_sr(features)
    assert scores.shape == (2, 13, 19, 19)
    torch.testing.assert_close(scores, network.sr_decoder(features.levels))


def test_pre_training_averages_the_epochs_and_brings_them_to_the_sr_grid(
    network: TSRDiff,
) -> None:
    windows = _windows(19, 8)
    scores = network.pretrain(_series(8), DAYS, PRESENT, windows)
    assert scores.shape == (2, 13, 19, 19)
    z = network.condition(_series(8), DAYS, PRESENT, windows).levels
    means = [torch.stack([level[:2].mean(0), level[2:].mean(0)]) for level in z]
    torch.testing.assert_close(scores, network.pretrain_head(means), rtol=0, atol=1e-4)


def test_pre_training_does_not_see_absent_epochs(network: TSRDiff) -> None:
    series, windows = _series(8), _windows(19, 8)
    before = network.pretrain(series, DAYS, PRESENT, windows)
    series[0, 1] = torch.nan
    torch.testing.assert_close(network.pretrain(series, DAYS, PRESENT, windows), before)


def test_parts_that_were_not_built_are_named() -> None:
    with torch.device("meta"):
        bare = TSRDiff(TINY, training_parts=False)
    with pytest.raises(ValueError, match="training_parts=True"):
        bare.classify_sr(SRFeatures([], [], []))
    with pytest.raises(ValueError, match="pretrain_head=True"):
        bare.pretrain(_series(8), DAYS, PRESENT, _windows(19, 8))


def test_e_sr_starts_from_e_c_and_goes_its_own_way() -> None:
    network = build(TINY, seed=0, training_parts=False)
    network.encoder_c.stem[1].running_mean.fill_(0.7)  # batch statistics come along
    network.start_encoder_sr()
    own, source = network.encoder_sr.state_dict(), network.encoder_c.state_dict()
    assert all(torch.equal(own[name], tensor) for name, tensor in source.items())
    with torch.no_grad():
        network.encoder_c.stem[0].weight.zero_()
    assert network.encoder_sr.stem[0].weight.abs().max() > 0


def test_e_c_says_how_much_each_epoch_counts_on_the_whole_crop(network: TSRDiff) -> None:
    weights = network.condition(_series(9), DAYS, PRESENT, _windows(19, 9)).temporal_weights
    assert [tuple(level.shape) for level in weights] == [
        (2, 3, 9, 9),
        (2, 3, 5, 5),
        (2, 3, 3, 3),
    ]
    for level in weights:
        torch.testing.assert_close(level.sum(1), torch.ones_like(level[:, 0]))
        assert (level[~PRESENT] == 0).all()


def test_attention_pooling_keeps_its_shares_and_differs_from_the_mean(network: TSRDiff) -> None:
    pooled = build(with_options(TINY, pooling="attention"), seed=0).eval().requires_grad_(False)
    own, other = pooled.state_dict(), network.state_dict()
    pooled.load_state_dict({name: other.get(name, tensor) for name, tensor in own.items()})
    features = pooled.encode_sr(_series(16), DAYS, PRESENT)
    mean = network.encode_sr(_series(16), DAYS, PRESENT)
    assert mean.pooling_weights == []
    for share, one, other in zip(
        features.pooling_weights, features.levels, mean.levels, strict=True
    ):
        torch.testing.assert_close(share.sum(1), torch.ones_like(share[:, 0]))
        assert (share[~PRESENT] == 0).all()
        assert (one - other).abs().max() > 1e-4


@pytest.mark.parametrize("kind", ["attention", "concat", "add"])
def test_every_fusion_gives_scores_with_and_without_the_series(kind: str) -> None:
    config = with_options(TINY, fusion=kind)  # type: ignore[arg-type]
    network = build(config, seed=0, training_parts=False).eval().requires_grad_(False)
    features = network.encode_sr(_series(16), DAYS, PRESENT)
    plain = network.classify(_aerial(), features)
    both = network.classify(_aerial(), features, without_series=True)
    assert plain.logits_without_series is None
    assert both.logits_without_series is not None
    torch.testing.assert_close(both.logits, plain.logits)
    assert both.logits.shape == both.logits_without_series.shape == (2, 13, 128, 128)
    assert (both.logits - both.logits_without_series).abs().max() > 1e-5
    # Another series changes the one and leaves the other.
    turned = replace(features, levels=[level.flip(-1) for level in features.levels])
    other = network.classify(_aerial(), turned, without_series=True)
    assert (other.logits - both.logits).abs().max() > 1e-5
    torch.testing.assert_close(other.logits_without_series, both.logits_without_series)


def test_the_decoder_of_the_text_is_an_option() -> None:
    config = with_options(TINY, decoder="concat")
    network = build(config, seed=0, training_parts=False).eval().requires_grad_(False)
    features = network.encode_sr(_series(16), DAYS, PRESENT)
    assert network.classify(_aerial(), features).logits.shape == (2, 13, 128, 128)
