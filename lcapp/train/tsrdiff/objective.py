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

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lcapp.diffusion.noise import KeyedNoise
from lcapp.diffusion.schedule import CosineSchedule, from_residual
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.train.class_losses import class_loss
from lcapp.train.config import TERMS, NoiseNorm, ObjectiveConfig
from lcapp.train.data.batch import Batch
from lcapp.train.tsrdiff.known import Known, at_nearest, known, residual_target, sample_series
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
    scenes, losses = batch.scenes, config.losses
    seen = known(network, batch, schedule)

    def samples(of: Sequence[int]) -> tuple[Tensor, Tensor]:
        noises = {
            scene: KeyedNoise(int(batch.sample_seeds[scene]), batch.scene_ids[scene])
            for scene in of
        }
        return sample_series(
            network, batch, noises, seen, schedule, config.sampler, config.few_steps
        )

    if config.denoiser == "frozen":
        _, sr = samples(range(len(batch.scene_ids)))
        read, clamped, made = sr, sr.new_zeros(len(sr)), None
    else:
        with torch.no_grad():
            residual = residual_target(batch, seen, config)
            noise = batch.of_months(batch.noise)  # N C Hs Ws
            k = batch.of_months(batch.k)  # N
            x_k = schedule.q_sample(residual, k, noise)
        eps = schedule.noise(network.denoise(x_k, k, seen.z, seen.guide).float(), x_k, k)
        x0, clamped = schedule.predict_x0(x_k, k, eps)
        sr = made = from_residual(x0, seen.base)
        if losses.weight_by_signal:
            made = scale_gradient(sr, schedule.signal(k))
        read = made.detach() if config.detach_sr else made
        if few := batch.few_step.nonzero()[:, 0].tolist():
            places, sampled = samples(few)
            read = read.index_copy(0, places, sampled)
    features = network.encode_sr(batch.by_month(read), batch.day_offsets, batch.present)
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
            "temporal": temporal_loss(made, batch.of_months(batch.day_offsets), scenes, count)
            if losses.temporal
            else None,
            "spectral": spectral_loss(
                batch.down(made, scenes),
                batch.of_months(batch.series),
                batch.inside,
                scenes,
                count,
            )
            if losses.spectral
            else None,
        }
    terms = Terms(
        hr=class_loss(losses, logits, batch.labels) if losses.hr else None,
        sr=class_loss(losses, network.classify_sr(features), batch.sr_labels)
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
    near, unit = at_nearest(batch), schedule.answer_deviation(batch.of_months(batch.k))
    if config.knows_months:
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


def scale_gradient(values: Tensor, weights: Tensor) -> Tensor:
    """The values as they are, their gradient scaled image by image.

    Args:
        values: N C H W.
        weights: (N,) in [0, 1].
    """
    weights = weights[:, None, None, None]
    return weights * values + (1 - weights) * values.detach()
