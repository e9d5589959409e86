from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from lcapp.families.tsrdiff.answers import SRFeatures
from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.sizes import VARIANTS, TSRDiffConfig, with_options
from lcapp.models.windows import level_windows
from lcapp.types import Window, Windows

TINY = VARIANTS["tiny"]


@pytest.fixture(scope="module")
def network() -> TSRDiff:
    return build(TINY, seed=0, training_parts=False).eval().requires_grad_(False)


def _windows(out: int, lr: int) -> Windows:
    """Averages of random neighbours: not the real geometry, but real sizes."""
    random = np.random.default_rng(0)

    def matrix(rows: int, cols: int) -> np.ndarray:
        values = random.random((rows, cols), dtype=np.float32)
        return values / values.sum(1, keepdims=True)

    levels = tuple(
        Window(*(matrix(-(-out // 2**level), -(-lr // 2**level)) for _ in range(2)))
        for level in range(3)
    )
    down = Window(matrix(lr, out), matrix(lr, out))
    up = Window(matrix(out, lr), matrix(out, lr))
    return Windows(levels, down, up, (slice(0, lr), slice(0, lr)))


def _series(size: int, epochs: int = 4, scenes: int = 2) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    series = torch.randn(scenes, epochs, 4, size, size, generator=generator)
    days = torch.arange(epochs).float().mul(30).sub(100).repeat(scenes, 1)
    present = torch.ones(scenes, epochs, dtype=torch.bool)
    present[0, 1] = False
    return series, days, present


def test_sizes_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ValueError, match="does not fit a denoiser"):
        replace(TINY, denoiser=replace(TINY.denoiser, width=32))
    with pytest.raises(ValueError, match="bands"):
        replace(TINY, denoiser=replace(TINY.denoiser, bands=3))
    with pytest.raises(ValueError, match="levels of E_SR"):
        replace(TINY, fusion=replace(TINY.fusion, stages=(3, 4)))


def test_a_config_tells_its_channels() -> None:
    config = TSRDiffConfig()
    assert (config.classes, config.aerial_channels, config.series_channels) == (13, 5, 4)


def test_z_is_the_encoders_levels_through_their_windows(network: TSRDiff) -> None:
    series, days, present = _series(6)
    windows = _windows(38, 6)
    z = network.condition(series, days, present, level_windows([windows])).levels
    raw = network.encoder_c(series, days, present).levels
    for level, (got, before, window) in enumerate(zip(z, raw, windows.levels, strict=True)):
        size = -(-38 // 2**level)
        assert got.shape == (7, 16 * 2**level, size, size)  # 2 scenes x 4 epochs, one absent
        expected = window.rows @ before.numpy() @ window.cols.T
        np.testing.assert_allclose(got.numpy(), expected, atol=1e-5)


@pytest.mark.parametrize(("size", "sr"), [(304, 38), (300, 38), (512, 64)])
def test_the_whole_chain_gives_scores_and_a_full_explanation(
    network: TSRDiff, size: int, sr: int
) -> None:
    series, days, present = _series(6)
    z = network.condition(series, days, present, level_windows([_windows(sr, 6)])).levels
    noise = network.denoise(torch.zeros(7, 4, sr, sr), torch.arange(7), z)
    assert noise.shape == (7, 4, sr, sr)
    super_resolved = torch.full((2, 4, 4, sr, sr), torch.nan)
    super_resolved[present] = noise
    features = network.encode_sr(super_resolved, days, present)
    generator = torch.Generator().manual_seed(2)
    result = network.classify(torch.randn(2, 5, size, size, generator=generator), features)
    assert result.logits.shape == (2, 13, size, size)
    assert torch.isfinite(result.logits).all()
    for level, stage in enumerate((3, 4, 5)):
        query, key = result.attention.stages[stage]
        side = -(-sr // 2**level)
        width = TINY.hr.stage_widths[stage - 1] // 4
        assert query.shape == (2, 4, -(-size // 2**stage), -(-size // 2**stage), width)
        assert key.shape == (2, 4, side, side, width)
        weights = features.temporal_weights[level]
        assert weights.shape == (2, 4, side, side)
        torch.testing.assert_close(weights.sum(1), torch.ones(2, side, side))
        assert (weights[0, 1] == 0).all()


def test_absent_epochs_reach_nothing(network: TSRDiff) -> None:
    series, days, present = _series(6)
    windows = _windows(38, 6)
    before = network.condition(series, days, present, level_windows([windows])).levels
    series[0, 1], days[0, 1] = torch.nan, torch.nan
    after = network.condition(series, days, present, level_windows([windows])).levels
    for one, other in zip(before, after, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-5)


def test_the_series_and_its_dates_change_the_class_scores(network: TSRDiff) -> None:
    series, days, present = _series(16, scenes=1)
    aerial = torch.randn(1, 5, 128, 128, generator=torch.Generator().manual_seed(3)).double()
    # In float32 sums in another order differ by 1e-5 of these scores, on some processors.
    series, exact = series.double(), deepcopy(network).double()

    def logits(series: Tensor, days: Tensor) -> Tensor:
        return exact.classify(aerial, exact.encode_sr(series, days, present)).logits

    before = logits(series, days)
    order = torch.tensor([2, 1, 0, 3])  # epoch 1 is the absent one
    assert (logits(series.flip(-1), days) - before).abs().max() > 1e-4
    assert (logits(series, days + 90) - before).abs().max() > 1e-4
    assert (logits(series[:, order], days) - before).abs().max() > 1e-5
    torch.testing.assert_close(logits(series[:, order], days[:, order]), before, rtol=0, atol=1e-8)


def test_training_only_parts_are_built_on_request_under_their_names() -> None:
    def names(network: TSRDiff) -> set[str]:
        return {name for name, _ in network.named_children()}

    predicting = {
        "encoder_c",
        "denoiser",
        "encoder_sr",
        "hr_encoder",
        "fusion",
        "hr_decoder",
    }
    whole = predicting | {"sr_decoder", "pretrain_head"}
    assert names(TSRDiff(TINY, training_parts=False)) == predicting
    assert names(TSRDiff(TINY)) == predicting | {"sr_decoder"}
    assert names(TSRDiff(TINY, pretrain_head=True)) == whole


def test_gradients_of_the_class_scores_reach_every_part_but_the_unused() -> None:
    network = build(TINY, seed=0).train()
    series, days, present = _series(6)
    z = network.condition(series, days, present, level_windows([_windows(16, 6)])).levels
    noise = network.denoise(torch.randn(7, 4, 16, 16), torch.arange(7), z)
    super_resolved = torch.zeros(2, 4, 4, 16, 16).masked_scatter(
        present[:, :, None, None, None].expand(2, 4, 4, 16, 16), noise
    )
    features = network.encode_sr(super_resolved, days, present)
    scores = network.classify(torch.randn(2, 5, 128, 128), features).logits
    (scores.square().mean() + network.sr_decoder(features.levels).square().mean()).backward()
    for name, part in network.named_children():
        total = sum(p.grad.abs().sum() for p in part.parameters() if p.grad is not None)
        assert total > 0, name
        assert np.isfinite(float(total)), name


@pytest.mark.parametrize("decoder", ["unetformer", "concat"])
def test_the_decoder_reads_every_fused_stage(decoder: str) -> None:
    """A level of E_SR reaches its own stage alone: 3, 4 or 5 left as it was would show here."""
    config = with_options(TINY, decoder=decoder)  # type: ignore[arg-type]
    exact = build(config, seed=0, training_parts=False).eval().requires_grad_(False).double()
    generator = torch.Generator().manual_seed(4)
    aerial = torch.randn(1, 5, 128, 128, generator=generator, dtype=torch.float64)
    levels = [
        torch.randn(1, width, 16 >> level, 16 >> level, generator=generator, dtype=torch.float64)
        for level, width in enumerate(config.encoder.widths)
    ]
    before = exact.classify(aerial, SRFeatures(levels, [], [])).logits
    for level in range(3):
        changed = [one + (other == level) for other, one in enumerate(levels)]
        after = exact.classify(aerial, SRFeatures(changed, [], [])).logits
        assert (after - before).abs().max() > 1e-6, f"stage {level + 3}"
