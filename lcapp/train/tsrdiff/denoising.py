"""Before the joint training, where it is asked for: eps_w learns to denoise, alone.

Not in the paper. L_D needs far more draws of k and noise than the other losses need scenes, and
with E_C frozen a draw costs one image through the denoiser: this phase is minutes where the joint
training is hours.
"""

import torch
from torch import Tensor

from lcapp.diffusion.schedule import CosineSchedule
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.train.config import TrainConfig
from lcapp.train.data.batch import Batch
from lcapp.train.learner import Learner
from lcapp.train.tsrdiff.objective import at_nearest, diffusion_loss_of_draws, residual_target


class Denoising(Learner):
    """eps_w by L_D at tau_HR, given the z of E_C.

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
        (network,) = self._network
        with torch.no_grad():
            z = network.condition(
                batch.series, batch.day_offsets, batch.present, batch.levels
            ).levels
            x_u = batch.levels[0](batch.series[batch.present], batch.scenes)  # N C Hs Ws
            near = at_nearest(batch)  # B
            residual = residual_target(batch, x_u, self._objective)[near]  # B C Hs Ws
        k = torch.cat([_near(batch, batch.k)[:, None], batch.more_k], 1)  # B 1+D
        first = batch.noise if batch.noise.shape[1] == 1 else _near(batch, batch.noise)[:, None]
        noise = torch.cat([first, batch.more_noise], 1)  # B 1+D C Hs Ws
        z = [level[near] for level in z]
        norm = self._objective.losses.noise_norm
        return diffusion_loss_of_draws(network, self._schedule, residual, z, k, noise, norm).mean()


def _near(batch: Batch, values: Tensor) -> Tensor:
    """B M ... at tau_HR: B ..."""
    return values[torch.arange(len(values), device=values.device), batch.nearest]
