"""What all phases of the training share: optimiser, course of the learning rate, logging."""

import math
from collections.abc import Mapping
from typing import Any

import lightning as L
import torch
from torch import Tensor, nn

from lcapp.diffusion.noise import keyed_generator
from lcapp.train.config import OptimiserConfig

DENOISER = "denoiser"
"""Name of eps_w among the parts of a network."""


class Learner(L.LightningModule):
    """A network in training.

    Args:
        config: Optimiser.
        iterations: Length of this phase, for the course of the learning rate.
    """

    def __init__(self, config: OptimiserConfig, iterations: int) -> None:
        super().__init__()
        self._optimiser, self.iterations = config, iterations

    def configure_optimizers(self) -> Any:
        """AdamW or Adam over what is not frozen; the rate changes after every iteration."""
        config = self._optimiser
        members: dict[tuple[float, float], list[nn.Parameter]] = {}
        for name, parameter in self.named_parameters():
            if parameter.requires_grad:
                decay = config.decay_of_weights if decays(name, parameter) else 0.0
                factor = config.denoiser_factor if DENOISER in name.split(".") else 1.0
                members.setdefault((factor, decay), []).append(parameter)
        groups = [
            {"params": own, "lr": factor * config.learning_rate, "weight_decay": decay}
            for (factor, decay), own in members.items()
        ]
        kind = torch.optim.AdamW if config.name == "adamw" else torch.optim.Adam
        optimiser = kind(groups, lr=config.learning_rate)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda step: learning_rate_share(step, config, self.iterations)
        )
        return {
            "optimizer": optimiser,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """What a network leaves out by chance is decided by scenes and iteration, killed or not."""
        chance = keyed_generator(0, "dropout", *batch.scene_ids, self.global_step, batch_idx)
        torch.manual_seed(chance.initial_seed())

    def transfer_batch_to_device(self, batch: Any, device: torch.device, index: int) -> Any:
        """While the GPU computes, where the loader has pinned the batch; Lightning would wait."""
        return batch.to(device, non_blocking=device.type == "cuda")

    def report(self, stage: str, values: Mapping[str, Tensor | float], scenes: int) -> None:
        """Log values under a stage: each step in training, the mean over scenes in validation."""
        for name, value in values.items():
            self.log(f"{stage}/{name}", value, batch_size=scenes, sync_dist=stage != "train")


def decays(name: str, parameter: nn.Parameter) -> bool:
    """Whether weight decay pulls on it: kernels and matrices, no norms, biases or tables."""
    return parameter.ndim > 1 and not name.endswith("relative_position_bias_table")


def learning_rate_share(step: int, config: OptimiserConfig, iterations: int) -> float:
    """Share of the full learning rate at an iteration: a rise, then the decay."""
    warmup = min(config.warmup, max(iterations // 10, 1))
    if step < warmup:
        return (step + 1) / warmup
    if config.decay == "constant":
        return 1.0
    done = min((step - warmup) / max(iterations - warmup, 1), 1.0)
    if config.decay == "polynomial":
        return float(0.001 + 0.999 * (1.0 - done) ** 0.9)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done))
