import numpy as np
import pytest
import torch
from torch import nn

from lcapp.families.tsrdiff.sizes import VARIANTS
from lcapp.models.image.hr_branch import HRDecoder, HREncoder, reflected
from lcapp.models.image.unetformer import WindowAttention, upsample_to
from lcapp.models.initialise import initialise
from lcapp.models.sizes import HRConfig

TINY = VARIANTS["tiny"].hr


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def encoder() -> HREncoder:
    network = HREncoder(TINY)
    initialise(network, _generator())
    return network.eval().requires_grad_(False)


def test_the_paper_size_has_the_parameters_of_method_md() -> None:
    decoder = HRDecoder(HRConfig(), 13)
    assert sum(p.numel() for p in decoder.parameters()) == pytest.approx(10.28e6, rel=0.01)


@pytest.mark.parametrize(("size", "padded"), [(1, 5), (2, 9), (5, 8), (5, 23), (7, 7)])
def test_reflection_is_numpys_for_any_amount(size: int, padded: int) -> None:
    expected = np.pad(np.arange(size), (0, padded - size), mode="reflect")
    index = reflected(size, padded, torch.device("cpu"))
    np.testing.assert_array_equal(index.numpy(), expected)


@pytest.mark.parametrize("size", [(304, 304), (300, 130), (33, 40)])
def test_every_stage_has_its_stride_rounded_up(encoder: HREncoder, size: tuple[int, int]) -> None:
    stages = encoder(torch.randn(1, 5, *size, generator=_generator()))
    for stage, (features, width) in enumerate(zip(stages, TINY.stage_widths, strict=True), start=1):
        assert features.shape == (1, width, -(-size[0] // 2**stage), -(-size[1] // 2**stage))


def test_padding_lies_on_the_right_and_at_the_bottom_and_is_reflection(encoder: HREncoder) -> None:
    aerial = torch.randn(1, 5, 100, 120, generator=_generator())
    padded = np.pad(aerial.numpy(), ((0, 0), (0, 0), (0, 28), (0, 8)), mode="reflect")
    whole = encoder(torch.from_numpy(padded))  # 128 px: no padding inside
    for small, large in zip(encoder(aerial), whole, strict=True):
        height, width = small.shape[-2:]
        torch.testing.assert_close(small, large[..., :height, :width], rtol=0, atol=1e-6)


@pytest.mark.parametrize("decoder", ["unetformer", "concat"])
@pytest.mark.parametrize("size", [(128, 128), (75, 101)])
def test_scores_have_the_size_of_the_aerial_image(decoder: str, size: tuple[int, int]) -> None:
    config = HRConfig(
        stem_width=8, widths=(8, 16, 16, 32), decoder=decoder, decoder_width=16, decoder_heads=2
    )
    network = HRDecoder(config, 13).eval()
    stages = [
        torch.randn(2, width, -(-size[0] // 2**s), -(-size[1] // 2**s), generator=_generator(s))
        for s, width in enumerate(config.stage_widths, start=1)
    ]
    with torch.no_grad():
        before = network(stages, size)
        assert before.shape == (2, 13, *size)
        for index in range(5):  # no stage is taken in without effect
            changed = [s + 1.0 if i == index else s for i, s in enumerate(stages)]
            assert (network(changed, size) - before).abs().max() > 1e-6


def test_upsampling_keeps_places_where_a_stride_rounded_up() -> None:
    ramp = torch.arange(10.0).expand(1, 1, 10, 10)  # a coarse pixel j is centred at 2j + 0.5
    fine = upsample_to(ramp, torch.zeros(1, 1, 19, 19))
    expected = (torch.arange(19.0) - 0.5) / 2
    torch.testing.assert_close(fine[0, 0, 5, 1:-1], expected[1:-1])


def test_window_attention_ignores_its_padding() -> None:
    attention = WindowAttention(width=8, heads=2, window=4)
    initialise(attention, _generator())
    x = torch.randn(2, 8, 6, 7, generator=_generator(1))
    with torch.no_grad():
        inside = attention._hidden(6, 7, x)
        assert int((inside == 0).sum()) == 6 * 7
        constant = torch.ones_like(x)
        # Were padded keys (zeros) attended to, border pixels of a constant map would be paler.
        out = attention(constant)
    torch.testing.assert_close(out, out[..., :1, :1].expand_as(out), rtol=0, atol=1e-6)


def test_window_attention_equals_attention_written_out() -> None:
    attention = WindowAttention(width=4, heads=2, window=3)
    initialise(attention, _generator())
    with torch.no_grad():
        attention.relative_position_bias_table.normal_(generator=_generator(2))
        attention._cross = lambda x: x  # type: ignore[method-assign]
        x = torch.randn(1, 4, 3, 3, generator=_generator(1))
        got = attention(x)[0].flatten(1).numpy().astype(np.float64)  # C 9
        q, k, v = attention.qkv(x)[0].flatten(1).numpy().astype(np.float64).reshape(3, 2, 2, 9)
        table = attention.relative_position_bias_table.numpy().astype(np.float64)
    for head in range(2):
        for query in range(9):
            logits = np.array(
                [
                    q[head][:, query] @ k[head][:, key] / np.sqrt(2)
                    + table[(query // 3 - key // 3 + 2) * 5 + query % 3 - key % 3 + 2, head]
                    for key in range(9)
                ]
            )
            weights = np.exp(logits) / np.exp(logits).sum()
            expected = (v[head] * weights).sum(1)
            np.testing.assert_allclose(got[2 * head : 2 * head + 2, query], expected, atol=1e-6)


class Ramp(nn.Module):
    """In place of a decoder's body: what its last stage, at half the resolution, holds."""

    def forward(self, stages: list[torch.Tensor]) -> torch.Tensor:
        return stages[0]


@pytest.mark.parametrize("size", [(40, 40), (39, 27)])
def test_scores_lie_where_the_finest_stage_has_them(size: tuple[int, int]) -> None:
    """Pixel j of it is centred at 2j + 0.5; with aligned corners a ramp would be stretched."""
    config = HRConfig(stem_width=2, widths=(8, 8, 8, 8), decoder="concat")
    network = HRDecoder(config, 2).requires_grad_(False)
    network.body = Ramp()  # type: ignore[assignment]
    nn.init.zeros_(network.scores.bias)
    network.scores.weight.copy_(torch.eye(2)[..., None, None])
    rows, cols = (torch.arange(-(-extent // 2), dtype=torch.float32) for extent in size)
    finest = torch.stack(torch.meshgrid(rows, cols, indexing="ij"))[None]  # 1 2 H_1 W_1
    found = network([finest], size)[0]
    assert found.shape == (2, *size)
    down, right = ((torch.arange(extent) - 0.5) / 2 for extent in size)
    # But for the outermost pixels, which have no neighbour on one side.
    inner = (slice(1, size[0] - 1), slice(1, size[1] - 1))
    torch.testing.assert_close(found[0][inner], down[:, None].expand(size)[inner])
    torch.testing.assert_close(found[1][inner], right.expand(size)[inner])
