import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lcapp.diffusion.config import SAMPLERS, DiffusionConfig, Sampler
from lcapp.diffusion.noise import KeyedNoise
from lcapp.diffusion.samplers import sample, timesteps
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.errors import Cancelled, RunError

SHAPE = (2, 4, 8, 8)
MONTHS = (3, 8)
RUNS = [("ancestral", 500), ("ddim", 10), ("dpm++", 10)]


@pytest.fixture
def run(schedule, noise, analytic):
    def run(sampler, steps, shape=SHAPE, months=MONTHS, **others):
        options = {"noise": noise, "device": "cpu", "dtype": torch.float32, **others}
        denoise = options.pop("denoise", analytic)
        return sample(
            denoise, shape, months, schedule=schedule, sampler=sampler, steps=steps, **options
        )

    return run


def x_start(schedule, noise, dtype=torch.float64):
    return torch.stack([noise(month, len(schedule), SHAPE[1:]) for month in MONTHS]).to(dtype)


@pytest.mark.parametrize(("sampler", "steps"), RUNS)
def test_draws_from_the_distribution_of_the_denoiser(run, sampler, steps):
    x0 = run(sampler, steps, shape=(2, 4, 32, 32)).x0
    assert abs(x0.mean() - 0.3) < 0.02
    # few deterministic steps shrink the spread; the ancestral walk keeps it
    assert abs(x0.std() - 0.2) < (0.01 if sampler == "ancestral" else 0.06)


@pytest.mark.parametrize("variance", ["posterior", "beta"])
def test_ancestral_equals_ddpm_of_diffusers(monkeypatch, noise, analytic, variance):
    from diffusers.schedulers import scheduling_ddpm

    schedule = CosineSchedule(DiffusionConfig(variance=variance))
    ours = sample(
        analytic,
        SHAPE,
        MONTHS,
        schedule=schedule,
        noise=noise,
        sampler="ancestral",
        steps=500,
        device="cpu",
        dtype=torch.float64,
    )
    reference = scheduling_ddpm.DDPMScheduler(
        num_train_timesteps=500,
        trained_betas=schedule.betas.tolist(),
        variance_type="fixed_small" if variance == "posterior" else "fixed_large",
        clip_sample=True,
    )
    reference.betas = schedule.betas
    reference.alphas = 1 - schedule.betas
    reference.alphas_cumprod = schedule.alphas_bar
    reference.set_timesteps(500)
    x = x_start(schedule, noise)
    for k in range(499, -1, -1):
        drawn = torch.stack([noise(month, k, SHAPE[1:]) for month in MONTHS]).double()
        monkeypatch.setattr(scheduling_ddpm, "randn_tensor", lambda *_, drawn=drawn, **__: drawn)
        x = reference.step(analytic(x, k), k, x).prev_sample
    torch.testing.assert_close(ours.x0, x, rtol=0, atol=1e-6)


def ddim_in_numpy(schedule, analytic, x, walk):
    """DDIM with eta 0 from its definition: x' = sqrt(abar') x0 + sqrt(1 - abar') eps."""
    alphas_bar = schedule.alphas_bar.numpy()
    x = x.numpy()
    for k, following in zip(walk, (*walk[1:], None), strict=True):
        abar = alphas_bar[k]
        eps = analytic(torch.from_numpy(x), k).numpy()
        x0 = ((x - np.sqrt(1 - abar) * eps) / np.sqrt(abar)).clip(-1, 1)
        eps = (x - np.sqrt(abar) * x0) / np.sqrt(1 - abar)
        abar = 1.0 if following is None else alphas_bar[following]
        x = np.sqrt(abar) * x0 + np.sqrt(1 - abar) * eps
    return x


@pytest.mark.parametrize("steps", [1, 2, 10, 50])
def test_ddim_equals_its_definition(run, schedule, noise, analytic, steps):
    walk = timesteps(schedule, "ddim", steps)
    wanted = ddim_in_numpy(schedule, analytic, x_start(schedule, noise), walk)
    found = run("ddim", steps, dtype=torch.float64).x0
    # the solver works in float32 inside
    np.testing.assert_allclose(found.numpy(), wanted, rtol=0, atol=2e-6)


def test_ddim_equals_ddim_of_diffusers(run, schedule, noise, analytic):
    from diffusers import DDIMScheduler

    # Its integer spacing coincides with ours where every step of the cut schedule is taken.
    steps = schedule.first_fast_step + 1
    reference = DDIMScheduler(
        num_train_timesteps=steps,
        trained_betas=schedule.betas[:steps].tolist(),
        timestep_spacing="trailing",
        clip_sample=True,
    )
    reference.alphas_cumprod = schedule.alphas_bar[:steps]
    reference.set_timesteps(steps)
    assert tuple(reference.timesteps.tolist()) == timesteps(schedule, "ddim", steps)
    x = x_start(schedule, noise)
    for k in reference.timesteps.tolist():
        step = reference.step(analytic(x, k), k, x, use_clipped_model_output=True)
        x = step.prev_sample
    found = run("ddim", steps, dtype=torch.float64).x0
    torch.testing.assert_close(found, x, rtol=0, atol=1e-5)


def dpm2_in_numpy(schedule, analytic, x, walk):
    """DPM-Solver++(2M), Lu et al. 2022, algorithm 2, with a first-order last step to x0."""
    alphas_bar = schedule.alphas_bar.numpy()
    x, before, h_before = x.numpy(), None, None
    for k, following in zip(walk, (*walk[1:], None), strict=True):
        abar = alphas_bar[k]
        eps = analytic(torch.from_numpy(x), k).numpy()
        x0 = ((x - np.sqrt(1 - abar) * eps) / np.sqrt(abar)).clip(-1, 1)
        if following is None:
            return x0
        to = alphas_bar[following]
        h = 0.5 * (np.log(to / (1 - to)) - np.log(abar / (1 - abar)))
        target = x0
        if before is not None:
            target = x0 + h / (2 * h_before) * (x0 - before)
        x = np.sqrt((1 - to) / (1 - abar)) * x - np.sqrt(to) * np.expm1(-h) * target
        before, h_before = x0, h
    raise AssertionError


@pytest.mark.parametrize("steps", [2, 10, 20])
def test_dpm_equals_its_algorithm(run, schedule, noise, analytic, steps):
    walk = timesteps(schedule, "dpm++", steps)
    wanted = dpm2_in_numpy(schedule, analytic, x_start(schedule, noise), walk)
    found = run("dpm++", steps, dtype=torch.float64).x0
    np.testing.assert_allclose(found.numpy(), wanted, rtol=0, atol=5e-6)


@pytest.mark.parametrize(("sampler", "steps"), RUNS)
def test_position_order_split_and_absent_months_do_not_matter(run, sampler, steps):
    both = run(sampler, steps).x0
    turned = run(sampler, steps, months=MONTHS[::-1]).x0
    alone = run(sampler, steps, shape=(1, *SHAPE[1:]), months=(8,)).x0
    torch.testing.assert_close(turned, both.flip(0), rtol=0, atol=0)
    torch.testing.assert_close(alone[0], both[1], rtol=0, atol=1e-6)
    assert (both[0] - both[1]).abs().max() > 0.1


@pytest.mark.parametrize(("sampler", "steps"), RUNS)
def test_a_seed_gives_the_same_series_and_another_seed_another(run, sampler, steps):
    first = run(sampler, steps).x0
    assert torch.equal(first, run(sampler, steps).x0)
    other = run(sampler, steps, noise=KeyedNoise(12, "scene")).x0
    assert not torch.allclose(first, other, atol=0.05)


def test_epochs_with_different_inputs_get_different_residuals(run):
    # METHOD.md section 6, fault 2: each epoch is denoised on its own
    offsets = torch.tensor([-0.5, 0.5]).reshape(2, 1, 1, 1)
    schedule = CosineSchedule(DiffusionConfig())

    def towards(x, k):
        abar = schedule.alphas_bar[k]
        return ((x - abar.sqrt() * offsets) / (1 - abar).sqrt()).float()

    x0 = run("ddim", 10, denoise=towards).x0
    assert x0.mean((1, 2, 3)).tolist() == pytest.approx([-0.5, 0.5], abs=1e-3)


@pytest.mark.parametrize(("sampler", "steps"), RUNS)
def test_asks_the_denoiser_once_a_step_for_all_epochs(run, analytic, sampler, steps):
    asked, told = [], []

    def counting(x, k):
        assert isinstance(k, int)
        asked.append((k, len(x)))
        return analytic(x, k)

    found = run(sampler, steps, denoise=counting, on_step=lambda *step: told.append(step))
    assert len(asked) == steps
    assert {epochs for _, epochs in asked} == {2}
    assert found.evaluations == 2 * steps
    assert told == [(done, steps) for done in range(1, steps + 1)]
    assert asked[-1][0] == 0
    assert [k for k, _ in asked] == sorted({k for k, _ in asked}, reverse=True)


@pytest.mark.parametrize(("sampler", "steps"), RUNS)
def test_ends_in_the_last_clamped_estimate(run, schedule, analytic, sampler, steps):
    seen = {}

    def wild(x, k):
        seen["x"], seen["eps"] = x, 3 * analytic(x, k) + 0.5
        return seen["eps"]

    found = run(sampler, steps, denoise=wild)
    x0, clamped = schedule.predict_x0(seen["x"], 0, seen["eps"])
    torch.testing.assert_close(found.x0, x0, rtol=0, atol=0)
    assert torch.equal(found.clamped, clamped)
    assert found.x0.abs().max() <= 1


@pytest.mark.parametrize(("sampler", "steps"), RUNS)
def test_who_watches_sees_each_step_and_changes_nothing(
    run, schedule, noise, analytic, sampler, steps
):
    seen = []
    found = run(sampler, steps, on_estimate=lambda k, x, x0: seen.append((k, x.clone(), x0)))
    assert [k for k, _, _ in seen] == list(timesteps(schedule, sampler, steps))
    first = seen[0][1]
    torch.testing.assert_close(first, x_start(schedule, noise, first.dtype))
    torch.testing.assert_close(seen[-1][2], found.x0)
    assert torch.equal(run(sampler, steps).x0, found.x0)


def test_share_of_clamped_values_is_reported_per_epoch(run, analytic):
    def one_wild(x, k):
        return torch.stack([analytic(x, k)[0], torch.full_like(x[1], -500.0)])

    assert run("ddim", 5, denoise=one_wild).clamped.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("sampler", ["ddim", "dpm++"])
def test_fast_samplers_start_where_float32_has_its_digits(run, schedule, sampler):
    for steps in range(1, schedule.first_fast_step + 2):
        walk = timesteps(schedule, sampler, steps)
        assert len(set(walk)) == steps
        assert walk[0] == schedule.first_fast_step
        assert steps == 1 or walk[-1] == 0
    double, single = run(sampler, 10, dtype=torch.float64).x0, run(sampler, 10).x0
    torch.testing.assert_close(single.double(), double, rtol=0, atol=1e-5)


def test_without_diffusion_nothing_is_asked_and_nothing_is_added(run, schedule):
    def denoise(x, k):
        raise AssertionError("asked")

    found = run("none", 1, denoise=denoise)
    assert not found.x0.any()
    assert (found.evaluations, found.clamped.tolist()) == (0, [0.0, 0.0])
    assert timesteps(schedule, "none", 1) == ()


@pytest.mark.parametrize("answer", [torch.bfloat16, torch.float64])
def test_x_keeps_its_type_whatever_the_denoiser_answers_in(run, analytic, answer):
    seen = set()

    def other(x, k):
        seen.add(x.dtype)
        return analytic(x, k).to(answer)

    assert run("dpm++", 5, denoise=other).x0.dtype == torch.float32
    assert seen == {torch.float32}


@pytest.mark.parametrize(
    ("sampler", "steps", "said"),
    [
        ("euler", 10, "ancestral or ddim or dpm"),
        ("ancestral", 50, "use ddim or dpm"),
        ("ancestral", 501, "500"),
        ("ddim", 0, "at least one"),
        ("ddim", 500, "1 to"),
        ("dpm++", -1, "at least one"),
    ],
)
def test_refuses_what_a_sampler_cannot_do(run, sampler, steps, said):
    with pytest.raises(RunError, match=said):
        run(sampler, steps)


def test_refuses_a_month_too_few(run):
    with pytest.raises(ValueError, match="one key for each of 2 images, got 1"):
        run("ddim", 5, months=(3,))


@pytest.mark.parametrize(("sampler", "steps"), RUNS)
def test_cancel_stops_before_the_next_evaluation(run, analytic, sampler, steps):
    cancel, asked = threading.Event(), []

    def counting(x, k):
        asked.append(k)
        return analytic(x, k)

    def stop(done, total):
        if done == 3:
            cancel.set()

    whole = run(sampler, steps).x0
    with pytest.raises(Cancelled):
        run(sampler, steps, denoise=counting, on_step=stop, cancel=cancel)
    assert len(asked) == 3
    assert torch.equal(run(sampler, steps).x0, whole)


def test_a_sampler_of_ones_own_is_one_line_of_the_table(run, schedule, analytic, monkeypatch):
    """The probability flow in plain Euler steps."""

    def euler(schedule, walk, fresh):
        following = dict(zip(walk, (*walk[1:], None), strict=True))

        def advance(x0, x, k):
            if following[k] is None:
                return x0
            now, then = schedule.alphas_bar[k], schedule.alphas_bar[following[k]]
            sigma, after = ((1 - a).sqrt() / a.sqrt() for a in (now, then))
            slope = (x / now.sqrt() - x0) / sigma
            return ((x / now.sqrt() + (after - sigma) * slope) * then.sqrt()).to(x.dtype)

        return advance

    monkeypatch.setitem(sys.modules, "samplers_of_mine", SimpleNamespace(euler=euler))
    monkeypatch.setitem(SAMPLERS, "euler", Sampler("Euler's steps", "samplers_of_mine:euler"))
    # A DDIM step is Euler's step in sigma = sqrt((1 - abar) / abar).
    expected = run("ddim", 10, dtype=torch.float64).x0
    found = run("euler", 10, dtype=torch.float64)
    assert found.evaluations == 20
    torch.testing.assert_close(found.x0, expected, rtol=0, atol=1e-5)
    with pytest.raises(RunError, match="or euler"):
        run("other", 10)


@pytest.mark.parametrize(("sampler", "steps"), [("ancestral", 500), ("ddim", 100)])
def test_preconditioned_a_network_that_knows_nothing_draws_noise_of_the_residuals_deviation(
    noise, sampler, steps
):
    schedule = CosineSchedule(DiffusionConfig(residual_deviation=0.2))
    x0 = sample(
        lambda x, k: torch.zeros_like(x),
        (2, 4, 32, 32),
        MONTHS,
        schedule=schedule,
        noise=noise,
        sampler=sampler,
        steps=steps,
        device="cpu",
    ).x0
    assert abs(x0.mean()) < 0.01
    assert abs(x0.std() - 0.2) < 0.01


# Consistency: a network that answers in one step.


def test_one_leap_is_the_networks_estimate_at_the_first_step(run, schedule, noise, analytic):
    assert timesteps(schedule, "consistency", 1) == (schedule.first_fast_step,)
    x, k = x_start(schedule, noise, torch.float32), schedule.first_fast_step
    expected, _ = schedule.predict_x0(x, k, schedule.noise(analytic(x, k), x, k))
    assert torch.equal(run("consistency", 1).x0, expected)


@pytest.mark.parametrize("steps", [2, 5, 30, 400])
def test_those_that_leap_go_back_to_where_there_is_noise_enough(schedule, steps):
    walk = timesteps(schedule, "consistency", steps)
    first = schedule.first_fast_step
    assert walk[0] == first
    assert len(set(walk)) == steps
    assert walk[-1] == (2 * first // 3 if steps < first // 3 else first - steps + 1)


def test_each_further_leap_starts_from_new_noise_of_its_own_key(run, schedule, noise, analytic):
    first, second = timesteps(schedule, "consistency", 2)
    x = x_start(schedule, noise, torch.float32)
    for k in (first, second):
        x0, _ = schedule.predict_x0(x, k, schedule.noise(analytic(x, k), x, k))
        fresh = torch.stack([noise(month, first, SHAPE[1:]) for month in MONTHS])
        x = schedule.q_sample(x0, second, fresh)
    torch.testing.assert_close(run("consistency", 2).x0, x0)


@pytest.mark.parametrize("sampler", ["ddim", "consistency"])
def test_less_first_noise_brings_the_samples_together(run, sampler):
    spread = [float(run(sampler, 4, first_noise=share).x0.std()) for share in (0.0, 0.5, 1.0)]
    assert spread[0] < spread[1] < spread[2] or sampler == "consistency"
    assert run("ddim", 4, first_noise=0.0).x0.std() < 1e-6
