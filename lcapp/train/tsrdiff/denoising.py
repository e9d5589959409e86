"""Before the joint training, where it is asked for: eps_w alone, in many steps, then in one.

Not in the paper. L_D needs far more draws of k and noise than the other losses need scenes, and
with E_C frozen a draw costs one image through the denoiser: this phase is minutes where the joint
training is hours.
"""

import torch
from torch import Tensor

from lcapp.diffusion.schedule import CosineSchedule
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.train.config import NoiseNorm, TrainConfig
from lcapp.train.data.batch import Batch
from lcapp.train.learner import Learner
from lcapp.train.tsrdiff.known import Known, at_nearest, known, residual_target
from lcapp.train.tsrdiff.objective import diffusion_loss_of_draws

HALVINGS = 6
"""Of the distance between the two steps that a consistent network is asked at."""


class Denoising(Learner):
    """eps_w by L_D, given the z of E_C.

    Args:
        network: With a pre-trained E_C; its other parts stay as they are.
        config: Of the run.
        iterations: Length of this phase.
    """

    def __init__(self, network: TSRDiff, config: TrainConfig, iterations: int) -> None:
        super().__init__(config.optimiser, iterations)
        self.denoiser = network.denoiser
        # Not a submodule: the parts that are not trained here must not reach DDP or checkpoints.
        self._network = (network,)
        network.encoder_c.eval()
        self._objective = config.objective
        self._schedule = CosineSchedule(config.diffusion)

    def on_fit_start(self) -> None:
        """Lightning moves submodules alone to where it trains."""
        self._network[0].encoder_c.to(self.device)

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """Mean L_D of the batch."""
        loss = self._loss(batch)
        self.report("train", {"loss": loss}, len(batch.scene_ids))
        return loss

    def validation_step(self, batch: Batch, index: int) -> None:
        """L_D with fixed draws."""
        self.report("validation", {"loss": self._loss(batch)}, len(batch.scene_ids))

    def _loss(self, batch: Batch) -> Tensor:
        """Of every month where its truth is known, else of tau_HR with the further draws."""
        (network,) = self._network
        objective = self._objective
        norm = objective.losses.noise_norm
        seen = known(network, batch, self._schedule)
        residual = residual_target(batch, seen, objective)  # N C Hs Ws
        if objective.knows_months:
            k, noise = batch.of_months(batch.k)[:, None], batch.of_months(batch.noise)[:, None]
            return self._of_draws(residual, seen, k, noise, norm)
        near = at_nearest(batch)  # B
        k = torch.cat([_near(batch, batch.k)[:, None], batch.more_k], 1)  # B 1+D
        first = batch.noise if batch.noise.shape[1] == 1 else _near(batch, batch.noise)[:, None]
        noise = torch.cat([first, batch.more_noise], 1)  # B 1+D C Hs Ws
        return self._of_draws(residual[near], seen.of(near), k, noise, norm)

    def _of_draws(
        self, residual: Tensor, seen: Known, k: Tensor, noise: Tensor, norm: NoiseNorm
    ) -> Tensor:
        """What an image (N C Hs Ws) costs in draws (N D) of k and noise, the mean over all."""
        (network,) = self._network
        return diffusion_loss_of_draws(
            network, self._schedule, residual, seen, k, noise, norm
        ).mean()


class Consistency(Denoising):
    """eps_w learns to answer in one step what it now answers in many (Geng et al., 2025).

    The network's estimate of x_0 at step k is compared with its own at an earlier step of the same
    noise, held fixed; the distance between the two steps shrinks from half of k to a sixteenth, so
    that the answer at the noisiest step becomes the end of the whole path. No second network.

    Args:
        network: With a denoiser that has learnt to denoise, with a `residual_deviation`: its
            estimate of x_0 is then the image itself where there is no noise.
        config: Of the run.
        iterations: Length of this phase.
    """

    def _of_draws(
        self, residual: Tensor, seen: Known, k: Tensor, noise: Tensor, norm: NoiseNorm
    ) -> Tensor:
        (network,) = self._network
        images, draws = k.shape
        k, noise = k.flatten(), noise.flatten(0, 1)  # N*D
        residual = residual.repeat_interleave(draws, 0)
        seen = seen.of(torch.arange(images, device=k.device).repeat_interleave(draws))

        def estimate(k: Tensor) -> Tensor:
            x_k = self._schedule.q_sample(residual, k, noise)
            eps = network.denoise(x_k, k, seen.z, seen.guide).float()
            return self._schedule.predict_x0(x_k, k, self._schedule.noise(eps, x_k, k))[0]

        done = self.global_step / max(self.iterations, 1)
        halvings = 1 + int(done * HALVINGS)  # 1 .. HALVINGS
        earlier = k - (-(-k // 2**halvings)).clamp(min=1)  # -1: x_0 itself
        with torch.no_grad():
            aim = torch.where(
                (earlier < 0)[:, None, None, None], residual, estimate(earlier.clamp(min=0))
            )
        apart = (estimate(k) - aim).square().flatten(1).mean(1)
        return (apart * self._schedule.consistency_weight(k, earlier).to(apart)).mean()


def _near(batch: Batch, values: Tensor) -> Tensor:
    """B M ... at tau_HR: B ..."""
    return values[torch.arange(len(values), device=values.device), batch.nearest]
