"""One step of the joint training: from a batch to the terms of the loss (paper, 4.2).

Deviations from the text, each an option of `ObjectiveConfig` or of `LossConfig`:

- The estimate of x0 keeps its gradient, so that every term reaches eps_w. What flows back through
  it is scaled by abar_k (`weight_by_signal`): its factor sqrt(1 / abar_k - 1) reaches 1e4 near
  k = K. The values of the losses are not scaled, so that the classifiers learn at every k
  (METHOD.md section 6, fault 1).
- `residual="high-pass"` leaves the months other than tau_HR their own season (fault 11).
- E_SR may read a few-step sample in place of the one-step estimate (fault 10).

E_C is frozen: it runs in evaluation mode and without gradient.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from lcapp.diffusion.noise import KeyedNoise
from lcapp.diffusion.schedule import CosineSchedule, from_residual, to_residual
from lcapp.families.tsrdiff.chain import super_resolve
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.train.classifier import focal
from lcapp.train.config import TERMS, NoiseNorm, ObjectiveConfig
from lcapp.train.data.batch import Batch
from lcapp.train.tsrdiff.losses import (
    Terms,
    diffusion_loss,
    gradient_loss,
    radiometric_loss,
    scene_means,
    spectral_loss,
    temporal_loss,
)


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of N present months before anything is denoised; without gradient.

    Attributes:
        z: N C_l H_l W_l for each level.
        x_u: N C Hs Ws, the bicubic series.
        base: N C Hs Ws, what a residual is taken from.
        guide: N G Hs Ws, what a guided eps_w sees; None: nothing.
    """

    z: list[Tensor]
    x_u: Tensor
    base: Tensor
    guide: Tensor | None

    def of(self, images: Tensor) -> "Known":
        """That of some of the months: a mask (N,), or their places."""
        return Known(
            [level[images] for level in self.z],
            self.x_u[images],
            self.base[images],
            None if self.guide is None else self.guide[images],
        )


@torch.no_grad()
def known(network: TSRDiff, batch: Batch, schedule: CosineSchedule) -> Known:
    """Look at the batch with E_C."""
    present = batch.present
    z = network.condition(batch.series, batch.day_offsets, present, batch.levels).levels
    x_u = batch.levels[0](batch.series[present], batch.scenes)
    guided = schedule.config.base == "guided" and batch.base is not None
    return Known(
        z,
        x_u,
        batch.base[present] if guided and batch.base is not None else x_u,
        None if batch.guide is None else batch.guide[present],
    )


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one step found.

    Attributes:
        terms: The losses, per scene.
        logits: B K H W, class scores of the HR branch.
        sr: N C Hs Ws, the super-resolved series that E_SR read, without gradient: one-step
            estimates as a rule.
        clamped: (N,) share of the values of x0 at the bound.
        known: What it started from.
    """

    terms: Terms
    logits: Tensor
    sr: Tensor
    clamped: Tensor
    known: Known


def objective(
    network: TSRDiff, batch: Batch, schedule: CosineSchedule, config: ObjectiveConfig
) -> Outcome:
    """Run the network on noisy residuals and compare.

    Args:
        network: With D_SR; E_C in evaluation mode.
        batch: On the network's device.
        schedule: Of the diffusion.
        config: Terms and options.
    """
    scenes, present, losses = batch.scenes, batch.present, config.losses
    seen = known(network, batch, schedule)
    if config.denoiser == "frozen":
        everyone = torch.ones_like(batch.few_step)
        sr = read = _with_samples(seen.x_u, everyone, network, batch, seen, schedule, config)
        clamped, made = sr.new_zeros(len(sr)), None
    else:
        with torch.no_grad():
            residual = residual_target(batch, seen, config)
            noise = batch.noise.expand(-1, present.shape[1], -1, -1, -1)[present]  # N C Hs Ws
            k = batch.k[present]  # N
            x_k = schedule.q_sample(residual, k, noise)
        eps = schedule.noise(network.denoise(x_k, k, seen.z, seen.guide).float(), x_k, k)
        x0, clamped = schedule.predict_x0(x_k, k, eps)
        sr = made = from_residual(x0, seen.base)
        if losses.weight_by_signal:
            made = scale_gradient(sr, schedule.alphas_bar[k.cpu()].to(sr))
        read = made.detach() if config.detach_sr else made
        if bool(batch.few_step.any()):
            read = _with_samples(read, batch.few_step, network, batch, seen, schedule, config)
    features = network.encode_sr(_spread(read, present), batch.day_offsets, present)
    logits = network.classify(batch.aerial, features).logits
    nearest, count = at_nearest(batch), len(batch.scene_ids)
    reconstruction: dict[str, Tensor | None] = dict.fromkeys(TERMS[2:])
    if made is not None:
        near, aerial = made[nearest], batch.aerial_on_sr
        reconstruction = {
            "diffusion": _diffusion(network, schedule, batch, eps, noise, residual, seen, config)
            if losses.diffusion
            else None,
            "radiometric": radiometric_loss(near, aerial) if losses.radiometric else None,
            "gradient": gradient_loss(near, aerial) if losses.gradient else None,
            "temporal": temporal_loss(made, batch.day_offsets[present], scenes, count)
            if losses.temporal
            else None,
            "spectral": spectral_loss(
                batch.down(made, scenes), batch.series[present], batch.inside, scenes, count
            )
            if losses.spectral
            else None,
        }
    terms = Terms(
        hr=focal(logits, batch.labels, losses.gamma, losses.label_smoothing) if losses.hr else None,
        sr=focal(
            network.classify_sr(features), batch.sr_labels, losses.gamma, losses.label_smoothing
        )
        if losses.sr
        else None,
        **reconstruction,
    )
    return Outcome(terms, logits, sr.detach(), clamped, seen)


def _diffusion(
    network: TSRDiff,
    schedule: CosineSchedule,
    batch: Batch,
    eps: Tensor,
    noise: Tensor,
    residual: Tensor,
    seen: Known,
    config: ObjectiveConfig,
) -> Tensor:
    """L_D of each scene, (B,): the mean over the draw that all losses see and the further ones.

    Args:
        network: Its denoiser.
        schedule: Of the diffusion.
        batch: With the further draws.
        eps: N C Hs Ws, what was found in the draw that all losses see.
        noise: N C Hs Ws, what was in it.
        residual: N C Hs Ws, x_res.
        seen: What is known of the months.
        config: Its norm; and whether the months beside tau_HR count, whose truth is known.
    """
    norm, count = config.losses.noise_norm, len(batch.scene_ids)
    near, unit = at_nearest(batch), schedule.answer_deviation(batch.k[batch.present])
    if config.targets == "truth":
        return scene_means(diffusion_loss(eps, noise, norm, unit), batch.scenes, count)
    first = diffusion_loss(eps[near], noise[near], norm, unit[near])
    draws = batch.more_k.shape[1]
    if not draws:
        return first
    more = diffusion_loss_of_draws(
        network, schedule, residual[near], seen.of(near), batch.more_k, batch.more_noise, norm
    )
    return (first + more.sum(1)) / (1 + draws)


def diffusion_loss_of_draws(
    network: TSRDiff,
    schedule: CosineSchedule,
    residual: Tensor,
    seen: Known,
    k: Tensor,
    noise: Tensor,
    norm: NoiseNorm,
) -> Tensor:
    """L_D of images for several draws of k and noise: N D.

    Args:
        network: Its denoiser.
        schedule: Of the diffusion.
        residual: N C Hs Ws, x_res.
        seen: What is known of them.
        k: N D, int64.
        noise: N D C Hs Ws.
        norm: Of L_D.
    """
    images, draws = k.shape
    k, noise = k.flatten(), noise.flatten(0, 1)  # N*D
    x_k = schedule.q_sample(residual.repeat_interleave(draws, 0), k, noise)
    all_draws = seen.of(torch.arange(images, device=k.device).repeat_interleave(draws))
    output = network.denoise(x_k, k, all_draws.z, all_draws.guide)
    found = schedule.noise(output.float(), x_k, k)
    unit = schedule.answer_deviation(k)
    return diffusion_loss(found, noise, norm, unit).view(images, draws)


def residual_target(batch: Batch, seen: Known, config: ObjectiveConfig) -> Tensor:
    """x_res of every present month: N C Hs Ws in [-1, 1].

    Args:
        batch: The scenes.
        seen: Its `base` is what the residual is taken from.
        config: Its `targets` and `residual` say what the months are to become.
    """
    if config.targets == "truth":
        assert batch.truth is not None
        return to_residual(batch.truth[batch.present], seen.base)
    scenes = batch.scenes
    aerial = batch.aerial_on_sr[scenes]  # N C Hs Ws
    if config.residual == "aerial":
        return to_residual(aerial, seen.base)
    nearest = torch.zeros(len(scenes), dtype=torch.bool, device=aerial.device)
    nearest[at_nearest(batch)] = True
    seasonal = seen.x_u + aerial - batch.aerial_low[scenes]
    return to_residual(torch.where(nearest[:, None, None, None], aerial, seasonal), seen.base)


def scale_gradient(values: Tensor, weights: Tensor) -> Tensor:
    """The values as they are, their gradient scaled image by image.

    Args:
        values: N C H W.
        weights: (N,) in [0, 1].
    """
    weights = weights[:, None, None, None]
    return weights * values + (1 - weights) * values.detach()


def at_nearest(batch: Batch) -> Tensor:
    """(B,) Where tau_HR of each scene stands among the N present months."""
    flat = batch.present.flatten().cumsum(0) - 1  # B*M
    rows = torch.arange(len(batch.nearest), device=flat.device)
    position: Tensor = flat[rows * batch.present.shape[1] + batch.nearest]
    return position


def _spread(images: Tensor, present: Tensor) -> Tensor:
    """N C Hs Ws to B M C Hs Ws, zero where absent: nobody reads those."""
    spread = images.new_zeros(*present.shape, *images.shape[1:])
    spread[present] = images
    return spread


def _with_samples(
    read: Tensor,
    which: Tensor,
    network: TSRDiff,
    batch: Batch,
    seen: Known,
    schedule: CosineSchedule,
    config: ObjectiveConfig,
) -> Tensor:
    """`read`, N C Hs Ws, with few-step samples for the scenes in `which` (B,); without gradient."""
    replaced = read.clone()
    for scene in which.nonzero()[:, 0].tolist():
        noise = KeyedNoise(int(batch.sample_seeds[scene]), batch.scene_ids[scene])
        replaced[batch.scenes == scene] = sample_series(
            network, batch, scene, seen, schedule, noise, config.sampler, config.few_steps
        )
    return replaced


@torch.no_grad()
def sample_series(
    network: TSRDiff,
    batch: Batch,
    scene: int,
    seen: Known,
    schedule: CosineSchedule,
    noise: KeyedNoise,
    sampler: str,
    steps: int,
) -> Tensor:
    """A sample of one scene's super-resolved series, as in use: T C Hs Ws.

    Args:
        network: Its denoiser.
        batch: The scenes.
        scene: Which of them.
        seen: What is known of the months of all scenes.
        schedule: Of the diffusion.
        noise: Source of randomness.
        sampler: Name of the sampler.
        steps: Denoising steps.
    """
    own = seen.of(batch.scenes == scene)

    def denoise(x: Tensor, k: int) -> Tensor:
        steps_k = torch.full((len(x),), k, dtype=torch.long, device=x.device)
        return network.denoise(x, steps_k, own.z, own.guide).float()

    present = batch.present[scene]
    measured = batch.series[scene, present] * batch.inside[scene]  # T C h w
    sr, _ = super_resolve(
        denoise,
        own.base,
        measured,
        (present.nonzero()[:, 0] + 1).tolist(),
        (batch.down.of_scene(scene), batch.up.of_scene(scene)),
        schedule=schedule,
        noise=noise,
        sampler=sampler,
        steps=steps,
    )
    return sr
