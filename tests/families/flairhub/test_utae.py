"""U-TAE beside the reference logits of tests/hub/test_flairhub.py: dates and empty images."""

import math

import pytest
import torch

from lcapp.models.series.utae import UTAE, _summed, date_code
from lcapp.models.sizes import UTAEConfig


@pytest.fixture(scope="module")
def network() -> UTAE:
    torch.manual_seed(0)
    return UTAE(UTAEConfig(2)).eval().requires_grad_(False)


def series(dates: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(1, dates, 2, 10, 10, generator=generator)
    return images, torch.linspace(-80, 120, dates).unsqueeze(0)


def test_maps_come_deepest_first_and_keep_their_pixels(network):
    maps = network(*series())
    assert [tuple(one.shape) for one in maps] == [
        (1, 128, 10, 10),
        (1, 64, 10, 10),
        (1, 32, 10, 10),
        (1, 32, 10, 10),
    ]
    assert network.classify(maps).shape == (1, 19, 10, 10)


def test_strides_halve_the_maps_and_any_size_is_grown_to_theirs():
    torch.manual_seed(0)
    network = UTAE(UTAEConfig(2, strided=True)).eval().requires_grad_(False)
    images = torch.randn(1, 4, 2, 10, 13)
    days = torch.linspace(-80, 120, 4).unsqueeze(0)
    maps, weights = network.read(images, days)
    assert [tuple(one.shape[2:]) for one in maps] == [(2, 2), (4, 4), (8, 8), (16, 16)]
    grown = torch.cat([images, *[images[..., -1:]] * 3], -1)
    grown = torch.cat([grown, *[grown[..., -1:, :]] * 6], -2)
    torch.testing.assert_close(network(grown, days)[-1], maps[-1])
    assert weights.shape == (1, 4, 2, 2)
    torch.testing.assert_close(weights.sum(1), torch.ones(1, 2, 2))


def test_with_strides_the_weights_of_the_deepest_stage_are_brought_to_the_finer_ones():
    """Two dates, two heads, each with its half of the channels; bilinear by hand."""
    stage = torch.ones(1, 2, 4, 1, 4) * torch.tensor([1.0, 10.0])[None, :, None, None, None]
    share = torch.tensor([1.0, 0.0])  # of the first date at the two places of the first head
    first = torch.stack([share, 1 - share])[:, None]  # T h w
    attention = torch.stack([first, torch.full((2, 1, 2), 0.5)])[None]  # B heads T h w
    found = _summed(stage, attention)
    by_hand = torch.tensor([1.0, 3.25, 7.75, 10.0])  # shares 1, 0.75, 0.25, 0
    torch.testing.assert_close(found[0, 0, 0], by_hand)
    torch.testing.assert_close(found[0, 3, 0], torch.full((4,), 5.5))


def test_date_code_has_the_published_periods():
    code = date_code(torch.tensor([[100.0]]))[0, 0]
    assert code.shape == (256,)
    by_hand = [
        (math.sin, math.cos)[place % 2](100 / 1000 ** (2 * (place // 2) / 16))
        for place in range(16)
    ]
    torch.testing.assert_close(code, torch.tensor(by_hand * 16))


@pytest.mark.parametrize("kind", [torch.float64, torch.int64])
def test_days_of_another_number_type_are_the_same_days(network, kind):
    images, days = series()
    days = days.round()
    for one, other in zip(network(images, days), network(images, days.to(kind)), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_order_of_the_dates_does_not_matter(network):
    images, days = series()
    order = torch.tensor([2, 0, 3, 1])
    for one, other in zip(
        network(images, days), network(images[:, order], days[:, order]), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_day_of_an_image_counts_unless_the_image_is_empty(network):
    images, days = series()
    later = days + torch.tensor([[0.0, 40.0, 0.0, 0.0]])
    plain, moved = network(images, days)[-1], network(images, later)[-1]
    assert (plain - moved).abs().max() > 1e-4
    images[:, 1] = 0
    plain, moved = network(images, days)[-1], network(images, later)[-1]
    torch.testing.assert_close(plain, moved, rtol=0, atol=0)


def test_a_series_of_empty_images_gives_numbers(network):
    images, days = series()
    assert all(one.isfinite().all() for one in network(torch.zeros_like(images), days))


def test_widths_that_do_not_meet_are_refused():
    with pytest.raises(ValueError, match="do not meet"):
        UTAE(UTAEConfig(2, (64, 128), (64, 64)))
