"""Attention in space and in time against the whole softmax matrix of `tests.literal`."""

import numpy as np
import pytest
import torch

from lcapp.models.fusion.attention import Fusion
from lcapp.models.series.temporal import Months, TemporalEncoder, date_code
from lcapp.models.sizes import FusionConfig, TemporalConfig
from lcapp.types.attention import pixel_attention
from tests import literal

HEADS = 2
HR_WIDTHS, SR_WIDTHS = (8, 16, 24), (4, 6, 8)
PRESENT = torch.tensor([[True, False, True, True], [False, True, False, False]])
DAYS = torch.tensor([[-40.0, 0.0, 3.0, 200.0], [0.0, 17.0, 0.0, 0.0]])


def randomised(network):
    """In float64, with weights that make every term and every bias matter."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(0.5 * torch.randn(parameter.shape, generator=generator))
    return network.double().eval().requires_grad_(False)


def draw(*shape, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def weights_of(module):
    return {name: weight.numpy() for name, weight in module.state_dict().items()}


def linear(x, weights, name):
    return literal.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


def norm(x, weights, name):
    return literal.layer_norm(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


def rows(image):
    """C H W to H*W C."""
    return image.reshape(len(image), -1).T


def tokens(heads):
    """heads H W d to H*W C."""
    return heads.transpose(1, 2, 0, 3).reshape(heads.shape[1] * heads.shape[2], -1)


@pytest.fixture(scope="module")
def fused():
    """The three stages of a tile of 9 x 7 SR pixels, two scenes."""
    network = randomised(Fusion(FusionConfig(heads=HEADS), HR_WIDTHS, SR_WIDTHS))
    sizes = [(-(-9 // 2**i), -(-7 // 2**i)) for i in range(3)]
    hr = [draw(2, width, *size) for width, size in zip(HR_WIDTHS, sizes, strict=True)]
    sr = [draw(2, width, *size, seed=2) for width, size in zip(SR_WIDTHS, sizes, strict=True)]
    return network, hr, sr, *network(hr, sr)


@pytest.mark.parametrize("scene", [0, 1])
@pytest.mark.parametrize("stage", [3, 4, 5])
def test_fused_features_are_equations_5_and_6_of_the_literal_attention(fused, stage, scene):
    network, hr, sr, out, state = fused
    level = stage - 3
    w = weights_of(network.pairs[level])
    w["lift.weight"] = w["lift.weight"][:, :, 0, 0]
    query, key = (side[scene].numpy() for side in state.stages[stage])
    asking = rows(hr[level][scene].numpy())
    value = linear(linear(rows(sr[level][scene].numpy()), w, "lift"), w, "value")
    answer, _ = literal.attention(tokens(query), tokens(key), value, HEADS)
    inner = norm(linear(answer, w, "project") + asking, w, "norm_attention")
    mlp = linear(np.maximum(linear(inner, w, "mlp.0"), 0), w, "mlp.2")
    wanted = norm(mlp + inner, w, "norm_mlp")
    np.testing.assert_allclose(rows(out[level][scene].numpy()), wanted, rtol=0, atol=1e-10)


@pytest.mark.parametrize("stage", [3, 4, 5])
def test_attention_of_every_pixel_is_its_row_of_the_whole_softmax_matrix(fused, stage):
    *_, state = fused
    query, key = (side[1].numpy() for side in state.stages[stage])
    _, matrices = literal.attention(tokens(query), tokens(key), tokens(key), HEADS)
    height, width = query.shape[1:3]
    for i in range(height):
        for j in range(width):
            found = pixel_attention(query[:, i, j], key).reshape(HEADS, -1)
            np.testing.assert_allclose(found, matrices[:, i * width + j], rtol=0, atol=1e-12)
    # The rows tell pixels apart: one of another pixel would not do.
    assert np.abs(matrices[:, 0] - matrices[:, -1]).max() > 1e-3


@pytest.fixture(scope="module")
def encoder():
    return randomised(TemporalEncoder(8, TemporalConfig(heads=HEADS)))


def literal_encoder(encoder, x, days):
    """T C of one pixel, its T day offsets: encoded T C and the last layer's share of each epoch."""
    # The code of the dates has a test of its own; the tokens carry it in float32.
    x = x + date_code(days, x.shape[1], encoder.config.longest_period).double().numpy()
    for layer in encoder.layers:
        w = weights_of(layer)
        query, key, value = np.split(linear(norm(x, w, "norm"), w, "to_qkv"), 3, axis=1)
        answer, matrices = literal.attention(query, key, value, HEADS)
        x = x + linear(answer, w, "out")
        x = x + linear(literal.gelu(linear(norm(x, w, "mlp.0"), w, "mlp.1")), w, "mlp.3")
    return norm(x, weights_of(encoder), "norm"), matrices.mean(axis=(0, 1))


def test_temporal_encoder_equals_the_literal_one_at_every_pixel_of_ragged_scenes(encoder):
    features = draw(4, 8, 2, 3)
    encoded, shares = encoder(features, DAYS[PRESENT], Months.of(PRESENT))
    for scene, own in enumerate([slice(0, 3), slice(3, 4)]):
        for i in range(2):
            for j in range(3):
                wanted, share = literal_encoder(
                    encoder, features[own, :, i, j].numpy(), DAYS[scene][PRESENT[scene]]
                )
                np.testing.assert_allclose(encoded[own, :, i, j], wanted, rtol=0, atol=1e-10)
                found = shares[scene, PRESENT[scene], i, j]
                np.testing.assert_allclose(found, share, rtol=0, atol=1e-6)
    assert np.ptp(share) == 0  # one epoch
    assert shares[0, PRESENT[0]].std(0).min() > 0.01
