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
from lcapp.train.config import NoiseNorm, ObjectiveConfig
from lcapp.train.data.batch import Batch
from lcapp.train.tsrdiff.losses import (
    Terms,
    diffusion_loss,
    gradient_loss,
    radiometric_loss,
    spectral_loss,
    temporal_loss,
)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one step found.

    Attributes:
        terms: The losses, per scene.
        logits: B K H W, class scores of the HR branch.
        sr: N C Hs Ws, one-step estimates of the super-resolved series, without gradient.
        x_u: N C Hs Ws, the bicubic series.
        clamped: (N,) share of the values of x0 at the bound.
        z: N C_l H_l W_l for each level.
    """

    terms: Terms
    logits: Tensor
    sr: Tensor
    x_u: Tensor
    clamped: Tensor
    z: list[Tensor]


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
    scenes, present = batch.scenes, batch.present
    with torch.no_grad():
        z = network.condition(batch.series, batch.day_offsets, present, batch.levels).levels
        x_u = batch.levels[0](batch.series[present], scenes)  # N C Hs Ws
        residual = residual_target(batch, x_u, config)
        noise = batch.noise.expand(-1, present.shape[1], -1, -1, -1)[present]  # N C Hs Ws
        k = batch.k[present]  # N
        x_k = schedule.q_sample(residual, k, noise)
    eps = schedule.noise(network.denoise(x_k, k, z).float(), x_k, k)
    x0, clamped = schedule.predict_x0(x_k, k, eps)
    sr = from_residual(x0, x_u)
    backward = sr
    if config.losses.weight_by_signal:
        backward = scale_gradient(sr, schedule.alphas_bar[k.cpu()].to(sr))
    read = backward.detach() if config.detach_sr else backward
    if bool(batch.few_step.any()):
        read = _with_few_step_samples(read, network, batch, z, x_u, schedule, config)
    features = network.encode_sr(_spread(read, present), batch.day_offsets, present)
    logits = network.classify(batch.aerial, features).logits
    nearest = at_nearest(batch)  # B
    losses, count = config.losses, len(batch.scene_ids)
    near, aerial = backward[nearest], batch.aerial_on_sr
    terms = Terms(
        hr=focal(logits, batch.labels, losses.gamma, losses.label_smoothing) if losses.hr else None,
        sr=focal(
            network.classify_sr(features), batch.sr_labels, losses.gamma, losses.label_smoothing
        )
        if losses.sr
        else None,
        diffusion=_diffusion(network, schedule, batch, eps, noise, residual, z, losses.noise_norm)
        if losses.diffusion
        else None,
        radiometric=radiometric_loss(near, aerial) if losses.radiometric else None,
        gradient=gradient_loss(near, aerial) if losses.gradient else None,
        temporal=temporal_loss(backward, batch.day_offsets[present], scenes, count)
        if losses.temporal
        else None,
        spectral=spectral_loss(
            batch.down(backward, scenes), batch.series[present], batch.inside, scenes, count
        )
        if losses.spectral
        else None,
    )
    return Outcome(terms, logits, sr.detach(), x_u, clamped, z)


def _diffusion(
    network: TSRDiff,
    schedule: CosineSchedule,
    batch: Batch,
    eps: Tensor,
    noise: Tensor,
    residual: Tensor,
    z: list[Tensor],
    norm: NoiseNorm,
) -> Tensor:
    """L_D of each scene, (B,): the mean over the draw that all losses see and the further ones.

    Args:
        network: Its denoiser.
        schedule: Of the diffusion.
        batch: With the further draws.
        eps: N C Hs Ws, what was found in the draw that all losses see.
        noise: N C Hs Ws, what was in it.
        residual: N C Hs Ws, x_res.
        z: N C_l H_l W_l for each level.
        norm: Of L_D.
    """
    near = at_nearest(batch)
    first = diffusion_loss(eps[near], noise[near], norm)  # B
    draws = batch.more_k.shape[1]
    if not draws:
        return first
    z = [level[near] for level in z]
    more = diffusion_loss_of_draws(
        network, schedule, residual[near], z, batch.more_k, batch.more_noise, norm
    )
    return (first + more.sum(1)) / (1 + draws)


def diffusion_loss_of_draws(
    network: TSRDiff,
    schedule: CosineSchedule,
    residual: Tensor,
    z: list[Tensor],
    k: Tensor,
    noise: Tensor,
    norm: NoiseNorm,
) -> Tensor:
    """L_D at tau_HR for several draws of k and noise: B D.

    Args:
        network: Its denoiser.
        schedule: Of the diffusion.
        residual: B C Hs Ws, x_res at tau_HR.
        z: B C_l H_l W_l for each level, at tau_HR.
        k: B D, int64.
        noise: B D C Hs Ws.
        norm: Of L_D.
    """
    scenes, draws = k.shape
    k, noise = k.flatten(), noise.flatten(0, 1)  # B*D
    x_k = schedule.q_sample(residual.repeat_interleave(draws, 0), k, noise)
    output = network.denoise(x_k, k, [level.repeat_interleave(draws, 0) for level in z])
    return diffusion_loss(schedule.noise(output.float(), x_k, k), noise, norm).view(scenes, draws)


def residual_target(batch: Batch, x_u: Tensor, config: ObjectiveConfig) -> Tensor:
    """x_res of every present month: N C Hs Ws in [-1, 1].

    Args:
        batch: The scenes.
        x_u: N C Hs Ws, the bicubic series.
        config: Its `residual` says what the months other than tau_HR are to become.
    """
    scenes = batch.scenes
    aerial = batch.aerial_on_sr  # B C Hs Ws
    full = to_residual(aerial[scenes], x_u)
    if config.residual == "aerial":
        return full
    low = batch.up(batch.down(aerial))  # B C Hs Ws
    detail = to_residual(aerial, low)[scenes]
    nearest = torch.zeros(len(scenes), dtype=torch.bool, device=x_u.device)
    nearest[at_nearest(batch)] = True
    return torch.where(nearest[:, None, None, None], full, detail)


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


def _with_few_step_samples(
    read: Tensor,
    network: TSRDiff,
    batch: Batch,
    z: list[Tensor],
    x_u: Tensor,
    schedule: CosineSchedule,
    config: ObjectiveConfig,
) -> Tensor:
    """`read`, N C Hs Ws, with the chosen scenes' months replaced by samples without gradient."""
    replaced = read.clone()
    for scene in batch.few_step.nonzero()[:, 0].tolist():
        noise = KeyedNoise(int(batch.sample_seeds[scene]), batch.scene_ids[scene])
        own = batch.scenes == scene
        replaced[own] = sample_series(
            network, batch, scene, z, x_u, schedule, noise, config.sampler, config.few_steps
        )
    return replaced


@torch.no_grad()
def sample_series(
    network: TSRDiff,
    batch: Batch,
    scene: int,
    z: list[Tensor],
    x_u: Tensor,
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
        z: N C_l H_l W_l for each level, of all scenes.
        x_u: N C Hs Ws, the bicubic series of all scenes.
        schedule: Of the diffusion.
        noise: Source of randomness.
        sampler: Name of the sampler.
        steps: Denoising steps.
    """
    own = batch.scenes == scene
    z = [level[own] for level in z]

    def denoise(x: Tensor, k: int) -> Tensor:
        steps_k = torch.full((len(x),), k, dtype=torch.long, device=x.device)
        return network.denoise(x, steps_k, z).float()

    present = batch.present[scene]
    measured = batch.series[scene, present] * batch.inside[scene]  # T C h w
    sr, _ = super_resolve(
        denoise,
        x_u[own],
        measured,
        (present.nonzero()[:, 0] + 1).tolist(),
        (batch.down.of_scene(scene), batch.up.of_scene(scene)),
        schedule=schedule,
        noise=noise,
        sampler=sampler,
        steps=steps,
    )
    return sr
