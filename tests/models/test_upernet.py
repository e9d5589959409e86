import pytest
import torch

from lcapp.models.image.upernet import UPerNet, double
from lcapp.models.initialise import initialise
from lcapp.models.sizes import UPerNetConfig

SMALL = UPerNetConfig(classes=5, in_channels=(8, 12, 16), width=6)


def levels(*sizes: tuple[int, int]) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randn(2, channels, *size, generator=generator)
        for channels, size in zip(SMALL.in_channels, sizes, strict=True)
    ]


@pytest.fixture
def network() -> UPerNet:
    network = UPerNet(SMALL)
    initialise(network, torch.Generator().manual_seed(0))
    return network.eval()


def test_paper_size_has_the_parameters_of_the_method():
    network = UPerNet(UPerNetConfig(classes=13))
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count == pytest.approx(23.06e6, rel=0.001)


@pytest.mark.parametrize(
    "sizes", [((64, 64), (32, 32), (16, 16)), ((13, 10), (7, 5), (4, 3)), ((3, 1), (2, 1), (1, 1))]
)
def test_logits_have_the_size_of_the_finest_level(network, sizes):
    assert network(levels(*sizes)).shape == (2, 5, *sizes[0])


def test_every_level_reaches_the_logits(network):
    given = levels((13, 10), (7, 5), (4, 3))
    plain = network(given)
    for index in range(3):
        changed = list(given)
        changed[index] = changed[index] + torch.randn(
            changed[index].shape, generator=torch.Generator().manual_seed(index)
        )
        assert (network(changed) - plain).abs().max() > 1e-4


@pytest.mark.parametrize("size", [(7, 9), (8, 10), (7, 10)])
def test_doubling_puts_pixel_j_at_2j(size):
    rows = torch.arange(4.0).reshape(1, 1, 4, 1).expand(1, 1, 4, 5)
    cols = torch.arange(5.0).reshape(1, 1, 1, 5).expand(1, 1, 4, 5)
    for ramp, axis in ((rows, 2), (cols, 3)):
        doubled = double(2 * ramp, size)
        last = 2 * ramp.shape[axis] - 2
        line = doubled[0, 0, :, 0] if axis == 2 else doubled[0, 0, 0]
        expected = torch.arange(float(size[axis - 2])).clamp(max=last)
        torch.testing.assert_close(line, expected)


def test_training_passes_gradients_to_every_parameter(network):
    network.train()(levels((13, 10), (7, 5), (4, 3))).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name


def test_wrong_levels_are_refused(network):
    with pytest.raises(ValueError, match="expected 3 levels, got 2"):
        network(levels((8, 8), (4, 4), (2, 2))[:2])
    with pytest.raises(ValueError, match="halved and rounded up"):
        network(levels((9, 9), (4, 4), (2, 2)))
