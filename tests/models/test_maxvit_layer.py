import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import pad

from lcapp.models.image import maxvit_layer
from lcapp.models.image.maxvit_layer import (
    MaxViTLayer,
    MBConv,
    PartitionAttention,
    partition,
    unpartition,
)
from lcapp.models.initialise import initialise
from lcapp.models.sizes import MaxViTConfig

CONFIG = MaxViTConfig(head_width=4)


def seeded(module: nn.Module, seed: int = 0) -> nn.Module:
    generator = torch.Generator().manual_seed(seed)
    initialise(module, generator)
    for name, parameter in module.named_parameters():  # a visible bias and norm at work
        if "bias" in name:
            nn.init.normal_(parameter, generator=generator)
    return module.eval()


def noise(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def literal_attention(x: np.ndarray, layer: PartitionAttention) -> np.ndarray:
    """Pixel by pixel: each attends to the real pixels of its window or grid, nothing else."""
    height, width, channels = x.shape
    size, heads, d = layer.size, layer.heads, channels // layer.heads
    weight = {k: v.detach().double().numpy() for k, v in layer.named_parameters()}
    qkv = x.astype(np.float64) @ weight["to_qkv.weight"].T + weight["to_qkv.bias"]
    q, k, v = (part.reshape(height, width, heads, d) for part in np.split(qkv, 3, axis=-1))
    steps = -(-height // size), -(-width // size)  # groups along each side

    def place(row: int, col: int) -> tuple[tuple[int, int], tuple[int, int]]:
        if layer.kind == "window":
            return (row // size, col // size), (row % size, col % size)
        return (row % steps[0], col % steps[1]), (row // steps[0], col // steps[1])

    pixels = [(row, col) for row in range(height) for col in range(width)]
    out = np.zeros((height, width, heads, d))
    for pixel in pixels:
        group, here = place(*pixel)
        friends = [other for other in pixels if place(*other)[0] == group]
        for head in range(heads):
            logits = []
            for other in friends:
                there = place(*other)[1]
                row = (here[0] - there[0] + size - 1) * (2 * size - 1)
                row += here[1] - there[1] + size - 1
                bias = weight["relative_position_bias_table"][row, head]
                logits.append(q[pixel][head] @ k[other][head] / np.sqrt(d) + bias)
            share = np.exp(np.array(logits) - max(logits))
            share /= share.sum()
            out[pixel][head] = sum(s * v[o][head] for s, o in zip(share, friends, strict=True))
    out = out.reshape(height, width, channels)
    return out @ weight["out.weight"].T + weight["out.bias"]


@pytest.mark.parametrize("kind", ["window", "grid"])
def test_unpartition_undoes_partition(kind):
    x = noise(2, 16, 24, 3)
    groups = partition(x, 8, kind)
    assert groups.shape == (2, 6, 64, 3)
    torch.testing.assert_close(unpartition(groups, 8, kind, (16, 24)), x)


def test_a_window_holds_neighbours_and_a_grid_spans_the_map():
    columns = torch.arange(16.0).expand(1, 16, 16).unsqueeze(-1)
    assert sorted(set(partition(columns, 8, "window")[0, 0, :, 0].tolist())) == list(range(8))
    assert sorted(set(partition(columns, 8, "grid")[0, 0, :, 0].tolist())) == list(range(0, 16, 2))


@pytest.mark.parametrize("kind", ["window", "grid"])
@pytest.mark.parametrize("size", [(5, 3), (10, 13), (8, 16)])
def test_attention_equals_a_literal_one_over_the_real_pixels(kind, size):
    layer = seeded(PartitionAttention(8, kind, CONFIG))
    x = noise(1, *size, 8)
    np.testing.assert_allclose(
        layer(x)[0].detach().numpy(), literal_attention(x[0].numpy(), layer), atol=1e-5
    )


@pytest.mark.parametrize("size", [(3, 3), (10, 13), (19, 20)])
def test_what_the_padding_holds_is_without_effect(size, monkeypatch):
    layer = seeded(MaxViTLayer(4, 8, config=CONFIG))
    x = noise(2, 4, *size)
    clean = layer(x)

    def poisoned(tokens, multiple):
        height, width = tokens.shape[1:3]
        return pad(tokens, (0, 0, 0, -width % multiple, 0, -height % multiple), value=1e4)

    monkeypatch.setattr(maxvit_layer, "pad_to_multiple", poisoned)
    torch.testing.assert_close(layer(x), clean, rtol=0, atol=1e-6)


def test_convolutions_norms_and_pooling_meet_maps_of_the_true_size_only():
    layer = MaxViTLayer(4, 8, stride=2, config=CONFIG).train()
    met = set()
    for module in layer.modules():
        if isinstance(module, nn.BatchNorm2d | nn.Conv2d | maxvit_layer.SqueezeExcite):
            module.register_forward_pre_hook(lambda _, args: met.add(tuple(args[0].shape[2:])))
        if isinstance(module, nn.LayerNorm):
            module.register_forward_pre_hook(lambda _, args: met.add(tuple(args[0].shape[1:3])))
    layer(noise(2, 4, 10, 13))
    assert met == {(10, 13), (5, 7), (1, 1)}  # 1 1: the squeezed channels


@pytest.mark.parametrize("path", ["residual", "shortcut"])
def test_output_pixel_j_of_a_halving_layer_is_centred_at_input_pixel_2j(path):
    module = seeded(MBConv(4, 8, 2, CONFIG))
    gate = module.residual[7].gate  # pools the whole map: closed, so that places can be told
    nn.init.zeros_(gate[2].weight)
    x = noise(1, 4, 13, 16).requires_grad_()
    getattr(module, path)(x)[0, :, 2, 3].sum().backward()
    rows, cols = (x.grad[0].abs().sum(0).sum(axis).nonzero()[:, 0].tolist() for axis in (1, 0))
    assert rows == [3, 4, 5]
    assert cols == [5, 6, 7]


def test_the_shortcut_of_a_halving_layer_keeps_a_constant_at_the_border():
    module = MBConv(4, 8, 2, CONFIG)
    pooled = module.shortcut[0](torch.ones(1, 4, 9, 10))
    torch.testing.assert_close(pooled, torch.ones(1, 4, 5, 5))


def test_a_width_that_heads_do_not_divide_is_refused():
    with pytest.raises(ValueError, match="head width 4 does not divide width 6"):
        MaxViTLayer(4, 6, config=CONFIG)
