"""The diffusion against the equations written out in `tests.literal`, and those against oracles."""

import numpy as np
import pytest
import torch

from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.samplers import sample
from lcapp.diffusion.schedule import CosineSchedule, from_residual, to_residual
from tests import literal

K = 500
MONTHS = (3, 8)
SHAPE = (2, 4, 6, 5)
VARIANCES = ["posterior", "beta"]


@pytest.fixture(scope="module")
def betas():
    return literal.cosine_betas(K)


@pytest.fixture
def images():
    """x_0 in [-1, 1], noise and a noise estimate that is wrong by a tenth."""
    rng = np.random.default_rng(0)
    noise = rng.standard_normal(SHAPE)
    return rng.uniform(-1, 1, SHAPE), noise, noise + 0.1 * rng.standard_normal(SHAPE)


def tensors(*arrays):
    return [torch.from_numpy(array) for array in arrays]


# The literal version against the oracles


def test_literal_schedule_equals_the_oracle(oracles, betas):
    oracle = np.load(oracles / "schedule_K500_cosine.npz")
    steps = range(K)
    for name, values in {
        "betas": betas,
        "alphas_cumprod": [literal.alpha_bar(betas, k) for k in steps],
        "alphas_cumprod_prev": [literal.alpha_bar(betas, k - 1) for k in steps],
        "posterior_variance": [literal.posterior_variance(betas, k) for k in steps],
        # The means are linear: x_0 = 1 and x = 0 give the weight of x_0, and the other way round.
        "posterior_mean_coef1": [literal.mean_from_x0(0.0, betas, k, 1.0) for k in steps],
        "posterior_mean_coef2": [literal.mean_from_x0(1.0, betas, k, 0.0) for k in steps],
    }.items():
        np.testing.assert_allclose(values, oracle[name], rtol=0, atol=6e-8, err_msg=name)


def test_literal_steps_equal_the_oracle(oracles, betas):
    """The README of the oracles says what float32 can hold at t = 499."""
    stored = np.load(oracles / "diffusion_steps.npz")
    assert stored["t"].tolist() == [0, 1, 250, 499]
    for i, k in enumerate(stored["t"].tolist()):
        one = {name: stored[name][i].astype(np.float64) for name in stored.files}

        def close(found, name, atol=1e-5, one=one):
            np.testing.assert_allclose(found, one[name], rtol=0, atol=atol, err_msg=name)

        last = k == K - 1
        close(literal.residual(one["hr"], one["up"]), "residual")
        close(literal.q(one["residual"], betas, k, one["noise"]), "x_t")
        if k:
            close(literal.q(one["residual"], betas, k - 1, one["noise"]), "x_tm1")
        x0 = literal.x0_of(one["x_t"], betas, k, one["noise_pred"])
        # float32 at t = 499: relative to the largest value, which is above 1e3
        close(x0, "x0_unclipped", atol=1e-6 * max(1.0, np.abs(x0).max()))
        close(np.clip(x0, -1, 1), "x0_clipped", atol=1e-3 if last else 1e-5)
        close(literal.mean_from_x0(one["x_t"], betas, k, one["x0_clipped"]), "posterior_mean")
        close(literal.posterior_variance(betas, k), "posterior_var", atol=1e-7)
        noise = np.zeros_like(one["hr"]) if k == 0 else one["sample_noise"]
        following = literal.reverse_step(one["x_t"], betas, k, one["noise_pred"], noise)
        close(following, "x_next")
        sr = literal.super_resolved(np.clip(x0, -1, 1), one["up"])
        close(sr, "sr_image", atol=5e-4 if last else 1e-5)
        clipped = np.clip(one["x_next"], -1, 1)
        close(literal.super_resolved(clipped, one["up"]), "sr_of_next")


def test_both_forms_of_the_posterior_mean_are_one(betas, images):
    """Eq. 3, from the noise, and the product of two Gaussians, from x_0."""
    x0, noise, _ = images
    for k in range(K):
        x = literal.q(x0, betas, k, noise)
        from_noise = literal.mean_from_noise(x, betas, k, literal.eps_of(x, betas, k, x0))
        np.testing.assert_allclose(literal.mean_from_x0(x, betas, k, x0), from_noise, atol=1e-9)


# Ours against the literal version


def test_schedule_equals_the_literal_one(betas):
    schedule = CosineSchedule(DiffusionConfig())
    steps = range(K)
    for found, wanted in (
        (schedule.betas, betas),
        (schedule.alphas_bar, [literal.alpha_bar(betas, k) for k in steps]),
        (schedule.alphas_bar_prev, [literal.alpha_bar(betas, k - 1) for k in steps]),
        (schedule.posterior_variance, [literal.posterior_variance(betas, k) for k in steps]),
        (schedule.mean_weight_x0, [literal.mean_from_x0(0.0, betas, k, 1.0) for k in steps]),
        (schedule.mean_weight_x, [literal.mean_from_x0(1.0, betas, k, 0.0) for k in steps]),
    ):
        np.testing.assert_allclose(found, wanted, rtol=1e-10)


@pytest.mark.parametrize("variance", VARIANCES)
def test_every_step_equals_equations_2_to_4(betas, images, variance):
    schedule = CosineSchedule(DiffusionConfig(variance=variance))
    x0, noise, eps = images
    for k in range(K):
        x = literal.q(x0, betas, k, noise)
        found = schedule.q_sample(*tensors(x0), k, *tensors(noise))
        np.testing.assert_allclose(found, x, rtol=0, atol=1e-12)
        estimate, clamped = schedule.predict_x0(*tensors(x), k, *tensors(eps))
        unclamped = literal.x0_of(x, betas, k, eps)
        np.testing.assert_allclose(estimate, np.clip(unclamped, -1, 1), rtol=0, atol=1e-9)
        np.testing.assert_allclose(clamped, (np.abs(unclamped) > 1).mean((1, 2, 3)))
        mean, spread = schedule.posterior(estimate, *tensors(x), k)
        # The same numbers as noise once more: any will do.
        drawn = 0.0 if k == 0 else spread.sqrt() * torch.from_numpy(noise)
        wanted = literal.reverse_step(x, betas, k, eps, noise, variance)
        np.testing.assert_allclose(mean + drawn, wanted, rtol=0, atol=1e-9)


def test_a_step_of_its_own_for_each_image_equals_the_literal_one(betas, images):
    schedule, k = CosineSchedule(DiffusionConfig()), torch.tensor([420, 7])
    x0, noise, eps = images
    x = np.stack([literal.q(x0[i], betas, int(k[i]), noise[i]) for i in range(2)])
    found = schedule.q_sample(*tensors(x0), k, *tensors(noise))
    np.testing.assert_allclose(found, x, rtol=0, atol=1e-12)
    estimate, _ = schedule.predict_x0(*tensors(x), k, *tensors(eps))
    mean, _ = schedule.posterior(estimate, *tensors(x), k)
    for i in range(2):
        clamped = np.clip(literal.x0_of(x[i], betas, int(k[i]), eps[i]), -1, 1)
        wanted = literal.mean_from_x0(x[i], betas, int(k[i]), clamped)
        np.testing.assert_allclose(mean[i], wanted, rtol=0, atol=1e-10)


def test_residual_and_super_resolved_image_equal_the_literal_ones(images):
    x0, x_u, _ = images
    found = to_residual(*tensors(x0, x_u))
    np.testing.assert_array_equal(found, literal.residual(x0, x_u))
    np.testing.assert_array_equal(
        from_residual(found, *tensors(x_u)), literal.super_resolved(found.numpy(), x_u)
    )


def wrong_denoiser(x, k):
    """Depends on all pixels and on k, and is now and then wrong enough for the clamp to act."""
    return 0.9 * x + 0.2 * torch.sin(3 * x.flip(-1) + k / 40) + 0.05


def walk_of_ours(noise, variance):
    """x before each of the 500 steps, and what the last one leads to: 501 N C H W, float64."""
    seen = []

    def denoise(x, k):
        seen.append(x.clone())
        return wrong_denoiser(x, k)

    found = sample(
        denoise,
        SHAPE,
        MONTHS,
        schedule=CosineSchedule(DiffusionConfig(variance=variance)),
        noise=noise,
        sampler="ancestral",
        steps=K,
        device="cpu",
        dtype=torch.float64,
    )
    assert 0 < found.clamped.max() < 1
    return torch.stack([*seen, found.x0]).numpy()


def drawn(noise, k):
    return torch.stack([noise(month, k, SHAPE[1:]) for month in MONTHS]).double()


@pytest.mark.parametrize("variance", VARIANCES)
def test_ancestral_sampler_follows_the_literal_loop_along_all_500_steps(betas, noise, variance):
    x = drawn(noise, K).numpy()
    walk = [x]
    for k in reversed(range(K)):
        eps = wrong_denoiser(torch.from_numpy(x), k).numpy()
        x = literal.reverse_step(x, betas, k, eps, drawn(noise, k).numpy(), variance)
        walk.append(x)
    np.testing.assert_allclose(walk_of_ours(noise, variance), walk, rtol=0, atol=1e-6)


@pytest.mark.parametrize("variance", VARIANCES)
def test_ancestral_sampler_follows_diffusers_along_all_500_steps(
    monkeypatch, betas, noise, variance
):
    from diffusers.schedulers import scheduling_ddpm

    reference = scheduling_ddpm.DDPMScheduler(
        num_train_timesteps=K,
        variance_type="fixed_small" if variance == "posterior" else "fixed_large",
        clip_sample=True,
    )
    # Its own are float32 products of float32 betas.
    reference.betas = torch.from_numpy(betas)
    reference.alphas = 1 - reference.betas
    reference.alphas_cumprod = torch.cumprod(reference.alphas, 0)
    reference.one = torch.tensor(1.0, dtype=torch.float64)
    reference.set_timesteps(K)
    x = drawn(noise, K)
    walk = [x]
    for k in reversed(range(K)):
        monkeypatch.setattr(scheduling_ddpm, "randn_tensor", lambda *_, k=k, **__: drawn(noise, k))
        x = reference.step(wrong_denoiser(x, k), k, x).prev_sample
        walk.append(x)
    ours = walk_of_ours(noise, variance)
    np.testing.assert_allclose(ours, torch.stack(walk).numpy(), rtol=0, atol=1e-6)
