from itertools import pairwise

import pytest
import torch
from torch import Tensor

from lcapp.models.denoiser import Denoiser
from lcapp.models.initialise import initialise
from lcapp.models.sizes import DenoiserConfig

CONFIG = DenoiserConfig(width=8)


@pytest.fixture(scope="module")
def denoiser() -> Denoiser:
    network = Denoiser(CONFIG)
    initialise(network, torch.Generator().manual_seed(0))
    return network.eval().requires_grad_(False)


def _inputs(count: int, height: int, width: int, seed: int = 0) -> tuple[Tensor, list[Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(count, 4, height, width, generator=generator)
    levels = [
        torch.randn(count, 8 * 2**l, -(-height // 2**l), -(-width // 2**l), generator=generator)
        for l in range(3)  # noqa: E741
    ]
    return x, levels


def _steps(*values: int) -> Tensor:
    return torch.tensor(values, dtype=torch.int64)


def test_the_paper_size_has_the_parameters_of_method_md() -> None:
    with torch.device("meta"):
        count = sum(p.numel() for p in Denoiser(DenoiserConfig()).parameters())
    assert count == pytest.approx(28.84e6, rel=0.01)


@pytest.mark.parametrize("size", [(16, 16), (38, 38), (9, 21), (1, 3)])
def test_any_size_comes_back_as_it_went_in(denoiser: Denoiser, size: tuple[int, int]) -> None:
    x, levels = _inputs(2, *size)
    noise = denoiser(x, _steps(3, 400), levels)
    assert noise.shape == x.shape
    assert torch.isfinite(noise).all()


def test_padding_repeats_the_last_row_and_column(denoiser: Denoiser) -> None:
    x, levels = _inputs(1, 13, 14)

    def by_hand(image: Tensor, height: int, width: int) -> Tensor:
        rows = torch.arange(height).clamp(max=image.shape[2] - 1)
        cols = torch.arange(width).clamp(max=image.shape[3] - 1)
        return image[:, :, rows][..., cols]

    grown = [by_hand(z, 16 >> index, 16 >> index) for index, z in enumerate(levels)]
    expected = denoiser(by_hand(x, 16, 16), _steps(7), grown)[..., :13, :14]
    torch.testing.assert_close(denoiser(x, _steps(7), levels), expected, rtol=0, atol=1e-6)


def test_each_epoch_is_denoised_as_if_it_were_alone(denoiser: Denoiser) -> None:
    x, levels = _inputs(3, 22, 19)
    together = denoiser(x, _steps(5, 50, 300), levels)
    for index, k in enumerate((5, 50, 300)):
        one = slice(index, index + 1)
        alone = denoiser(x[one], _steps(k), [z[one] for z in levels])
        torch.testing.assert_close(together[one], alone, rtol=0, atol=1e-5)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_z_of_every_level_changes_the_noise_of_its_own_epoch_only(
    denoiser: Denoiser, level: int
) -> None:
    x, levels = _inputs(2, 16, 16)
    k = _steps(9, 9)
    before = denoiser(x, k, levels)
    changed = [z.clone() for z in levels]
    changed[level][1] += 1.0
    after = denoiser(x, k, changed)
    torch.testing.assert_close(after[0], before[0], rtol=0, atol=1e-6)
    assert (after[1] - before[1]).abs().max() > 1e-3


def test_two_epochs_with_the_same_noise_and_another_z_get_another_answer(
    denoiser: Denoiser,
) -> None:
    x, levels = _inputs(2, 16, 16)
    x[1] = x[0]
    noise = denoiser(x, _steps(9, 9), levels)
    assert (noise[0] - noise[1]).abs().max() > 1e-3


def test_neighbouring_steps_get_different_answers(denoiser: Denoiser) -> None:
    x, levels = _inputs(1, 16, 16)
    answers = [denoiser(x, _steps(k), levels) for k in (0, 1, 2, 498, 499)]
    for one, other in pairwise(answers):
        assert (one - other).abs().max() > 1e-5


def test_no_weight_is_without_gradient() -> None:
    network = Denoiser(CONFIG)
    x, levels = _inputs(2, 12, 12)
    network(x, _steps(1, 2), levels).square().mean().backward()
    silent = [
        name
        for name, weight in network.named_parameters()
        if weight.grad is None or not weight.grad.abs().sum() > 0
    ]
    assert silent == []


def test_the_gradient_is_the_slope() -> None:
    # the sums in place must not overwrite what the gradient needs
    network = Denoiser(DenoiserConfig(width=4, groups=2)).double()
    initialise(network, torch.Generator().manual_seed(2))
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(2, 4, 8, 8, generator=generator, dtype=torch.float64)
    levels = [
        torch.randn(2, 4 << level, 8 >> level, 8 >> level, generator=generator).double()
        for level in range(3)
    ]
    weights = [p for p in network.parameters() if p.requires_grad]
    along = [torch.randn(p.shape, generator=generator, dtype=p.dtype) for p in weights]

    def loss() -> Tensor:
        return network(x, _steps(7, 90), levels).square().mean()

    gradients = torch.autograd.grad(loss(), weights)
    slope = sum((g * a).sum() for g, a in zip(gradients, along, strict=True))

    def moved(distance: float) -> Tensor:
        with torch.no_grad():
            for weight, a in zip(weights, along, strict=True):
                weight += distance * a
            value = loss()
            for weight, a in zip(weights, along, strict=True):
                weight -= distance * a
        return value

    torch.testing.assert_close((moved(1e-6) - moved(-1e-6)) / 2e-6, slope, rtol=1e-5, atol=0)


def test_the_order_in_memory_is_channels_last_and_changes_no_answer(denoiser: Denoiser) -> None:
    def kernels(network: Denoiser) -> list[Tensor]:
        return [p for p in network.parameters() if p.ndim == 4 and min(p.shape[1:]) > 1]

    loaded = Denoiser(CONFIG)
    loaded.load_state_dict({name: w.contiguous() for name, w in denoiser.state_dict().items()})
    assert all(p.is_contiguous(memory_format=torch.channels_last) for p in kernels(loaded))
    first = Denoiser(CONFIG).to(memory_format=torch.contiguous_format)
    first.load_state_dict(denoiser.state_dict())
    assert all(p.is_contiguous() for p in kernels(first))
    x, levels = _inputs(3, 13, 18)
    last = [z.contiguous(memory_format=torch.channels_last) for z in levels]
    expected = first(x, _steps(5, 50, 300), levels)
    for given in (levels, last):
        torch.testing.assert_close(
            loaded(x, _steps(5, 50, 300), given), expected, rtol=0, atol=1e-5
        )


def test_one_step_for_all_is_the_same_step_for_each(denoiser: Denoiser) -> None:
    x, levels = _inputs(3, 9, 9)
    together = denoiser(x, _steps(40), levels)
    torch.testing.assert_close(together, denoiser(x, _steps(40, 40, 40), levels), rtol=0, atol=1e-6)
