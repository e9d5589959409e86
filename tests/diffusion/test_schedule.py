from pathlib import Path

import numpy as np
import pytest
import torch

from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.schedule import CosineSchedule, from_residual, to_residual

ORACLES = Path(__file__).resolve().parents[2].parent / "shared" / "oracles"
needs_oracles = pytest.mark.skipif(not ORACLES.is_dir(), reason="no ../shared/oracles here")


@needs_oracles
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda s: s.betas, "betas"),
        (lambda s: s.alphas_bar, "alphas_cumprod"),
        (lambda s: s.alphas_bar_prev, "alphas_cumprod_prev"),
        (lambda s: s.posterior_variance, "posterior_variance"),
    ],
)
def test_standard_cosine_schedule(schedule, ours, theirs):
    wanted = np.load(ORACLES / "schedule_K500_cosine.npz")[theirs]
    # the oracle is float32: half a unit in its last place is 3e-8 at 1
    np.testing.assert_allclose(ours(schedule).numpy(), wanted, rtol=0, atol=3e-8)
    np.testing.assert_array_equal(ours(schedule).numpy().astype(np.float32), wanted)


@needs_oracles
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("mean_weight_x0", "posterior_mean_coef1"), ("mean_weight_x", "posterior_mean_coef2")],
)
def test_posterior_weights(schedule, ours, theirs):
    wanted = np.load(ORACLES / "schedule_K500_cosine.npz")[theirs]
    np.testing.assert_allclose(getattr(schedule, ours).numpy(), wanted, rtol=0, atol=6e-8)


def test_values_worked_out_by_hand():
    # K = 2, s = 0: cos^2 falls 1, 1/2, 0, so beta is 1/2 and then 1, clipped at 0.999
    tiny = CosineSchedule(DiffusionConfig(train_steps=2, cosine_s=0.0))
    np.testing.assert_allclose(tiny.betas, [0.5, 0.999], rtol=1e-12)
    np.testing.assert_allclose(tiny.alphas_bar, [0.5, 0.0005], rtol=1e-12)
    assert tiny.posterior_variance[0] == 0


@needs_oracles
def test_steps_of_the_oracle(schedule):
    oracle = {
        name: torch.from_numpy(values.astype(np.float64) if values.dtype == np.float32 else values)
        for name, values in np.load(ORACLES / "diffusion_steps.npz").items()
    }
    k = oracle["t"]
    residual = to_residual(oracle["hr"], oracle["up"])
    close = torch.testing.assert_close
    close(residual, oracle["residual"], rtol=0, atol=1e-6)
    x = schedule.q_sample(residual, k, oracle["noise"])
    close(x, oracle["x_t"], rtol=0, atol=1e-6)
    x0, clamped = schedule.predict_x0(oracle["x_t"], k, oracle["noise_pred"])
    wanted = oracle["x0_unclipped"]
    last = k == len(schedule) - 1
    early = ~last
    close(x0[early], oracle["x0_clipped"][early], rtol=0, atol=2e-5)
    share = (wanted.abs() > 1).double().mean((1, 2, 3))
    close(clamped, share, rtol=0, atol=2e-4)
    mean, variance = schedule.posterior(oracle["x0_clipped"], oracle["x_t"], k)
    close(mean, oracle["posterior_mean"], rtol=0, atol=1e-6)
    close(variance, oracle["posterior_var"], rtol=0, atol=1e-7)
    noisy = torch.where(k.reshape(-1, 1, 1, 1) == 0, 0.0, oracle["sample_noise"])
    close(mean + variance.sqrt() * noisy, oracle["x_next"], rtol=0, atol=1e-6)
    close(from_residual(x0, oracle["up"]), oracle["sr_image"], rtol=0, atol=5e-4)


def test_residual_and_its_inverse(schedule):
    x_u = torch.zeros(1, 1, 1, 4)
    aerial = torch.tensor([[[[-0.9, -0.5, 0.25, 0.9]]]])
    residual = to_residual(aerial, x_u)
    assert residual.flatten().tolist() == [-1.0, -1.0, 0.5, 1.0]
    assert from_residual(residual, x_u).flatten().tolist() == [-0.5, -0.5, 0.25, 0.5]


def test_one_k_for_all_equals_a_k_for_each(schedule):
    x = torch.linspace(-1, 1, 3 * 8).reshape(3, 2, 2, 2)
    eps = x.flip(0)
    k = torch.full((3,), 40)
    both = zip(schedule.predict_x0(x, 40, eps), schedule.predict_x0(x, k, eps), strict=True)
    for one, each in both:
        torch.testing.assert_close(one, each)
    torch.testing.assert_close(schedule.q_sample(x, 40, eps), schedule.q_sample(x, k, eps))


def test_clamp_is_reported_per_sample(schedule):
    x0 = torch.tensor([[0.5, 0.5], [0.5, 2.0]]).reshape(2, 1, 1, 2)
    noise = torch.zeros_like(x0)
    found, clamped = schedule.predict_x0(schedule.q_sample(x0, 100, noise), 100, noise)
    assert clamped.tolist() == [0.0, 0.5]
    torch.testing.assert_close(found, x0.clamp(max=1.0))


def test_variance_of_equation_4():
    literal = CosineSchedule(DiffusionConfig(variance="beta"))
    x = torch.zeros(1, 1, 1, 1, dtype=torch.float64)
    _, variance = literal.posterior(x, x, 250)
    assert variance.item() == literal.betas[250].item()
    _, variance = CosineSchedule(DiffusionConfig()).posterior(x, x, 250)
    assert variance.item() < literal.betas[250].item()


def test_first_fast_step_is_the_last_that_float32_can_take(schedule):
    first = schedule.first_fast_step
    assert schedule.alphas_bar[first] >= 1e-3 > schedule.alphas_bar[first + 1]


def test_preconditioned_an_output_of_0_is_the_best_linear_guess_of_the_noise() -> None:
    deviation, random = 0.25, torch.Generator().manual_seed(0)
    schedule = CosineSchedule(DiffusionConfig(residual_deviation=deviation))
    for k in (0, 20, 250, 450):
        shape = (1, 1, 1000, 1000)
        x0 = deviation * torch.randn(shape, generator=random, dtype=torch.float64)
        noise = torch.randn(shape, generator=random, dtype=torch.float64)
        x = schedule.q_sample(x0, k, noise)
        guess = schedule.noise(torch.zeros_like(x), x, k)
        missed = noise - guess
        # The slope of a least-squares line through the origin, fitted here, is the guess's.
        slope = (x * noise).mean() / x.square().mean()
        torch.testing.assert_close(guess, slope * x, rtol=0.01, atol=1e-3)
        # And the network has numbers of deviation 1 to give.
        per_unit = schedule.noise(torch.ones_like(x), x, k) - guess
        assert float(missed.std() / per_unit[0, 0, 0, 0]) == pytest.approx(1, rel=0.01)


def test_without_preconditioning_the_output_is_the_noise() -> None:
    x, output = torch.randn(2, 1, 4, 4, 4, generator=torch.Generator().manual_seed(0))
    for k in (0, 499, torch.tensor([3])):
        assert CosineSchedule(DiffusionConfig()).noise(output, x, k) is output


def test_preconditioning_takes_a_step_for_each_sample() -> None:
    schedule = CosineSchedule(DiffusionConfig(residual_deviation=0.2))
    x, output = torch.randn(2, 3, 4, 5, 5, generator=torch.Generator().manual_seed(0))
    each = [schedule.noise(output[n : n + 1], x[n : n + 1], k) for n, k in enumerate((0, 77, 499))]
    together = schedule.noise(output, x, torch.tensor([0, 77, 499]))
    torch.testing.assert_close(together, torch.cat(each))
