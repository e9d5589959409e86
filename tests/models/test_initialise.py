import math

import pytest
import torch
from torch import nn

from lcapp.models.denoiser import Denoiser
from lcapp.models.image.maxvit_layer import MaxViTLayer
from lcapp.models.initialise import initialise
from lcapp.models.sizes import DenoiserConfig, MaxViTConfig


def weights(seed: int) -> dict[str, torch.Tensor]:
    layer = MaxViTLayer(4, 8, config=MaxViTConfig(head_width=4))
    initialise(layer, torch.Generator().manual_seed(seed))
    return layer.state_dict()


def test_a_seed_gives_the_same_weights_whatever_the_global_generator_holds():
    torch.manual_seed(1)
    first = weights(3)
    torch.manual_seed(2)
    second = weights(3)
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = weights(4)
    for name, value in first.items():
        drawn = value.ndim > 1
        assert torch.equal(value, other[name]) != drawn, name


def test_the_global_generator_is_left_alone():
    layer = nn.Linear(3, 3)
    before = torch.get_rng_state()
    initialise(layer, torch.Generator().manual_seed(0))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("layer", "inputs"),
    [
        (nn.Conv2d(64, 64, 3), 64 * 9),
        (nn.Conv2d(512, 512, 3, groups=512), 9),
        (nn.ConvTranspose2d(64, 32, 4, stride=2), 64 * 4),
    ],
)
def test_convolutions_count_the_inputs_of_one_output(layer, inputs):
    initialise(layer, torch.Generator().manual_seed(0))
    assert float(layer.weight.detach().std()) == pytest.approx(math.sqrt(2 / inputs), rel=0.05)
    assert not layer.bias.any()


def test_the_trunk_of_the_denoiser_keeps_its_scale_and_lets_it_learn():
    """With He's factor on the residual path as well, the trunk left with a deviation of 366 where
    the skip that it is added to has 1.1, and the loss stayed at 0.797, the mean size of the noise:
    the network answered 0 (seen so)."""
    denoiser = Denoiser(DenoiserConfig(width=16))
    initialise(denoiser, torch.Generator().manual_seed(1))
    generator = torch.Generator().manual_seed(0)
    trunk = []
    denoiser.up[-1].register_forward_hook(lambda module, given, gave: trunk.append(gave[1]))
    z = [torch.zeros(4, 16 * 2**level, 16 >> level, 16 >> level) for level in range(3)]
    optimiser = torch.optim.AdamW(denoiser.parameters(), lr=2e-3)
    for _ in range(80):
        noise = torch.randn(4, 4, 16, 16, generator=generator)
        loss = (denoiser(noise, torch.full((4,), 499), z) - noise).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert 0.3 < float(trunk[0].detach().std()) < 5
    assert float(loss.detach()) < 0.6


def test_linear_layers_stay_within_two_deviations():
    layer = nn.Linear(100, 100)
    initialise(layer, torch.Generator().manual_seed(0))
    assert 0.03 < float(layer.weight.detach().abs().max()) <= 0.04


def test_batch_statistics_start_anew():
    norm = nn.BatchNorm2d(3)
    norm(torch.full((2, 3, 4, 4), 7.0))
    initialise(norm, torch.Generator())
    assert norm.running_mean.tolist() == [0.0, 0.0, 0.0]
    assert norm.running_var.tolist() == [1.0, 1.0, 1.0]


def test_parameters_and_buffers_without_a_rule_are_refused():
    class Strange(nn.Module):
        def __init__(self):
            super().__init__()
            self.gain = nn.Parameter(torch.ones(3))

    class Stateful(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("codes", torch.rand(3))

    with pytest.raises(TypeError, match=r"0\.gain: no rule"):
        initialise(nn.Sequential(Strange()), torch.Generator())
    with pytest.raises(TypeError, match="0: no rule for the buffers"):
        initialise(nn.Sequential(Stateful()), torch.Generator())
