"""The losses against the literal ones of `tests.literal`; focal loss in `test_focal`."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from lcapp.train.class_losses import focal
from lcapp.train.config import LossConfig
from lcapp.train.tsrdiff.losses import (
    Terms,
    diffusion_loss,
    gradient_loss,
    gradient_magnitude,
    radiometric_loss,
    spectral_loss,
    temporal_loss,
)
from tests import literal

COUNTS = (3, 1, 4, 2)
SCENES = torch.repeat_interleave(torch.arange(4), torch.tensor(COUNTS))
N = len(SCENES)
OWN = [np.flatnonzero(SCENES.numpy() == scene) for scene in range(4)]
TERMS = [one.name for one in fields(Terms)]


def draw(*shape, seed=0, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@pytest.fixture
def days():
    """Not in the order of the array: November to October, and the aerial date between."""
    return 150 * draw(N, seed=7)


@pytest.fixture
def sr():
    return draw(N, 3, 7, 9, seed=1)


@pytest.fixture
def grid():
    """D(SR), the LR series and the footprint of each of the four scenes."""
    inside = draw(4, 5, 6, seed=4) > 0
    return draw(N, 3, 5, 6, seed=2), draw(N, 3, 5, 6, seed=3), inside


# Reconstruction (eq. 10-14)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (diffusion_loss, literal.diffusion_loss),
        (radiometric_loss, literal.radiometric_loss),
        (gradient_loss, literal.gradient_loss),
    ],
    ids=["L_D", "L_C", "L_grad"],
)
def test_losses_at_tau_hr_equal_their_equations_scene_by_scene(ours, theirs):
    found, wanted = draw(4, 3, 7, 9), draw(4, 3, 7, 9, seed=5)
    expected = [theirs(a.numpy(), b.numpy()) for a, b in zip(found, wanted, strict=True)]
    np.testing.assert_allclose(ours(found, wanted), expected, rtol=1e-12)


def test_the_noise_may_be_compared_by_squares_instead():
    found, wanted = draw(4, 3, 7, 9), draw(4, 3, 7, 9, seed=5)
    expected = np.square(found.numpy() - wanted.numpy()).mean((1, 2, 3))
    np.testing.assert_allclose(diffusion_loss(found, wanted, "l2"), expected, rtol=1e-12)
    with pytest.raises(ValueError, match="equal shapes"):
        diffusion_loss(found, wanted[:1], "l2")


def test_temporal_loss_equals_its_equation_in_date_order(sr, days):
    expected = [
        literal.temporal_loss([sr[i].numpy() for i in own], [float(days[i]) for i in own])
        for own in OWN
    ]
    found = temporal_loss(sr, days, SCENES, 4)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    in_array_order = temporal_loss(sr, torch.arange(N), SCENES, 4)
    assert abs(in_array_order[2] - found[2]) > 1e-3


def test_temporal_loss_is_zero_with_one_epoch_and_with_none(sr, days):
    found = temporal_loss(sr, days, SCENES, 5)
    assert found[1] == 0
    assert found[4] == 0
    alone = sr[3:4].requires_grad_()
    loss = temporal_loss(alone, days[3:4], torch.zeros(1, dtype=torch.int64), 1)
    loss.sum().backward()
    assert loss.tolist() == [0]
    assert not alone.grad.any()


def test_spectral_loss_equals_its_equation_inside_the_footprint(grid):
    down, monthly, inside = grid
    expected = [
        literal.spectral_loss(
            [down[i].numpy() for i in own],
            [monthly[i].numpy() for i in own],
            inside[scene].numpy(),
        )
        for scene, own in enumerate(OWN)
    ]
    found = spectral_loss(down, monthly, inside, SCENES, 4)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_spectral_loss_ignores_any_content_outside_the_footprint(grid):
    down, monthly, inside = grid
    wanted = spectral_loss(down, monthly, inside, SCENES, 4)
    outside = ~inside[SCENES].unsqueeze(1)
    down = down.masked_fill(outside, 50.0).requires_grad_()
    found = spectral_loss(down, monthly.masked_fill(outside, torch.nan), inside, SCENES, 4)
    found.sum().backward()
    torch.testing.assert_close(found, wanted, rtol=0, atol=0)
    assert not down.grad.masked_select(outside).any()
    assert down.grad.masked_select(~outside).all()


def test_spectral_loss_of_a_scene_without_pixels_or_epochs_is_zero(grid):
    down, monthly, inside = grid
    inside = torch.cat([inside, inside[:1]])  # a fifth scene, to which no epoch belongs
    inside[2] = False
    found = spectral_loss(down, monthly, inside, SCENES, 5)
    assert (found == 0).tolist() == [False, False, True, False, True]


def test_gradient_magnitude_is_the_slope_of_a_ramp_in_units_per_pixel():
    rows, cols = torch.meshgrid(torch.arange(6.0), torch.arange(5.0), indexing="ij")
    found = gradient_magnitude((0.03 * rows - 0.04 * cols)[None, None].double())
    assert found.shape == (1, 1, 4, 3)
    torch.testing.assert_close(found, torch.full_like(found, 0.05), rtol=0, atol=1e-6)


def test_gradient_magnitude_of_a_flat_image_is_nearly_zero_and_its_derivative_is_zero():
    flat = torch.full((1, 1, 4, 4), 0.3, requires_grad=True)
    found = gradient_magnitude(flat)
    found.sum().backward()
    assert found.max() <= 1.01e-4
    assert not flat.grad.any()


def test_gradient_magnitude_refuses_an_image_without_a_whole_neighbourhood():
    with pytest.raises(ValueError, match=r"at least 3 x 3, got \(2, 9\)"):
        gradient_magnitude(torch.zeros(1, 1, 2, 9))


@pytest.mark.parametrize("loss", [diffusion_loss, radiometric_loss, gradient_loss])
def test_losses_refuse_to_broadcast(loss):
    with pytest.raises(ValueError, match="equal shapes"):
        loss(torch.zeros(2, 3, 4, 4), torch.zeros(1, 3, 4, 4))


# All of them


def every_term(sr, days, grid, scenes=SCENES, count=4):
    """The seven terms, of random predictions."""
    down, monthly, inside = grid
    labels = torch.randint(5, (4, 6, 6), generator=torch.Generator().manual_seed(2))[:count]
    aerial, noise = draw(4, 3, 7, 9, seed=8)[:count], draw(4, 3, 7, 9, seed=9)[:count]
    return Terms(
        hr=focal(draw(4, 5, 6, 6, seed=10)[:count], labels),
        sr=focal(draw(4, 5, 6, 6, seed=11)[:count], labels),
        diffusion=diffusion_loss(draw(4, 3, 7, 9, seed=12)[:count], noise),
        radiometric=radiometric_loss(sr[:count], aerial),
        gradient=gradient_loss(sr[:count], aerial),
        temporal=temporal_loss(sr, days, scenes, count),
        spectral=spectral_loss(down, monthly, inside, scenes, count),
    )


@pytest.fixture
def terms(sr, days, grid):
    return every_term(sr, days, grid)


def test_a_scene_loses_the_same_whatever_scenes_stand_beside_it(terms, sr, days, grid):
    down, monthly, inside = grid
    first = SCENES < 2
    part = down[first], monthly[first], inside[:2]
    alone = every_term(sr[first], days[first], part, SCENES[first], count=2)
    for name in TERMS:
        torch.testing.assert_close(getattr(alone, name), getattr(terms, name)[:2])


def test_order_of_the_epochs_with_their_dates_and_scenes_does_not_matter(sr, days, grid):
    order = torch.randperm(N, generator=torch.Generator().manual_seed(3))
    down, monthly, inside = grid
    torch.testing.assert_close(
        temporal_loss(sr[order], days[order], SCENES[order], 4), temporal_loss(sr, days, SCENES, 4)
    )
    torch.testing.assert_close(
        spectral_loss(down[order], monthly[order], inside, SCENES[order], 4),
        spectral_loss(down, monthly, inside, SCENES, 4),
    )


def test_half_precision_is_lifted_first_and_autocast_changes_nothing(sr, days, grid):
    half = sr.bfloat16(), days, (grid[0].bfloat16(), grid[1].bfloat16(), grid[2])
    single = sr.bfloat16().float(), days, (*(one.bfloat16().float() for one in grid[:2]), grid[2])
    logits = draw(2, 5, 6, 6).bfloat16()
    labels = torch.zeros(2, 6, 6, dtype=torch.int64)
    wanted = every_term(*single)
    with torch.autocast("cpu", torch.bfloat16):
        found = every_term(*half)
        focused = focal(logits, labels)
    for name in ("temporal", "spectral"):
        assert getattr(found, name).dtype == torch.float32
        assert torch.equal(getattr(found, name), getattr(wanted, name))
    assert focused.dtype == torch.float32
    assert torch.equal(focused, focal(logits.float(), labels))


def test_default_weights_are_the_papers():
    config = LossConfig()
    ours = (config.hr, config.sr, config.reconstruction)
    assert ours == (0.7, 0.3, 1.0)
    parts = config.diffusion, config.radiometric, config.gradient, config.temporal, config.spectral
    assert parts == (0.6, 0.5, 0.7, 0.3, 0.5)
    assert config.gamma == 2.0


def test_total_equals_equations_7_and_9(terms):
    names = dict(zip(("HR", "SR", "D", "C", "grad", "T", "S"), TERMS, strict=True))
    expected = [
        literal.total_loss({key: float(getattr(terms, names[key])[scene]) for key in names})
        for scene in range(4)
    ]
    np.testing.assert_allclose(terms.total(LossConfig()), expected, rtol=1e-12)


@pytest.mark.parametrize("name", TERMS)
def test_each_term_is_switched_off_by_a_weight_of_zero(terms, name):
    config = LossConfig()
    without = replace(terms, **{name: None}).total(replace(config, **{name: 0.0}))
    step = getattr(config, name) * getattr(terms, name)
    assert (without > 0).all()
    torch.testing.assert_close(terms.total(config) - without, step)


def test_reconstruction_of_weight_zero_leaves_the_classification(terms):
    found = terms.total(LossConfig(reconstruction=0.0))
    torch.testing.assert_close(found, 0.7 * terms.hr + 0.3 * terms.sr)


def test_a_weighted_term_that_was_not_computed_is_an_error_and_so_is_no_term_at_all(terms):
    with pytest.raises(ValueError, match="'spectral' has a weight and no value"):
        replace(terms, spectral=None).total(LossConfig())
    with pytest.raises(ValueError, match="every loss"):
        terms.total(LossConfig(hr=0.0, sr=0.0, reconstruction=0.0))
