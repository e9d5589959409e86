"""What is known of the months of a batch before anything is denoised, and samples made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from lcapp.diffusion.noise import KeyedNoise
from lcapp.diffusion.schedule import CosineSchedule, to_residual
from lcapp.families.tsrdiff.chain import seen_by_denoiser, super_resolve
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.train.config import ObjectiveConfig
from lcapp.train.data.batch import Batch


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
    z = network.condition(batch.series, batch.day_offsets, batch.present, batch.levels).levels
    x_u = batch.levels[0](batch.of_months(batch.series), batch.scenes)
    image = x_u if batch.image is None else batch.of_months(batch.image)
    guide = None
    if batch.place is not None:
        guide = seen_by_denoiser(batch.place[batch.scenes], x_u, image)
        guide *= batch.guided[batch.scenes, None, None, None]  # nothing at all where there is none
    return Known(z, x_u, image if schedule.config.base == "guided" else x_u, guide)


def residual_target(batch: Batch, seen: Known, config: ObjectiveConfig) -> Tensor:
    """x_res of every present month: N C Hs Ws in [-1, 1].

    Args:
        batch: The scenes.
        seen: Its `base` is what the residual is taken from.
        config: Its `targets` and `residual` say what the months are to become.
    """
    if config.knows_months:
        assert batch.truth is not None
        return to_residual(batch.of_months(batch.truth), seen.base)
    scenes = batch.scenes
    aerial = batch.aerial_on_sr[scenes]  # N C Hs Ws
    if config.residual == "aerial":
        return to_residual(aerial, seen.base)
    nearest = torch.zeros(len(scenes), dtype=torch.bool, device=aerial.device)
    nearest[at_nearest(batch)] = True
    seasonal = seen.x_u + aerial - batch.aerial_low[scenes]
    return to_residual(torch.where(nearest[:, None, None, None], aerial, seasonal), seen.base)


def at_nearest(batch: Batch) -> Tensor:
    """(B,) Where tau_HR of each scene stands among the N present months."""
    flat = batch.present.flatten().cumsum(0) - 1  # B*M
    rows = torch.arange(len(batch.nearest), device=flat.device)
    position: Tensor = flat[rows * batch.present.shape[1] + batch.nearest]
    return position


@torch.no_grad()
def sample_series(
    network: TSRDiff,
    batch: Batch,
    noises: Mapping[int, KeyedNoise],
    seen: Known,
    schedule: CosineSchedule,
    sampler: str,
    steps: int,
) -> tuple[Tensor, Tensor]:
    """A sample of the super-resolved series of some scenes, as in use.

    Args:
        network: Its denoiser.
        batch: The scenes.
        noises: Which of them, and the source of randomness of each.
        seen: What is known of the months of all scenes.
        schedule: Of the diffusion.
        sampler: Name of the sampler.
        steps: Denoising steps.

    Returns:
        Where their months stand among the N of the batch, (n,); and n C Hs Ws.
    """
    keys = [  # of every present month: its scene and its calendar month
        (scene, month + 1)
        for scene, month in zip(batch.scenes.tolist(), batch.months.tolist(), strict=True)
    ]
    chosen = [place for place, (scene, _) in enumerate(keys) if scene in noises]
    places = torch.tensor(chosen, device=batch.scenes.device)
    own, scenes = seen.of(places), batch.scenes[places]

    def denoise(x: Tensor, k: int) -> Tensor:
        steps_k = torch.full((len(x),), k, dtype=torch.long, device=x.device)
        return network.denoise(x, steps_k, own.z, own.guide).float()

    def drawn(key: tuple[int, int], step: int, shape: Sequence[int]) -> Tensor:
        scene, month = key
        return noises[scene](month, step, shape)

    sr, _ = super_resolve(
        denoise,
        own.base,
        batch.of_months(batch.series)[places] * batch.inside[scenes, None],  # n C h w
        [keys[place] for place in chosen],
        (partial(batch.down, scenes=scenes), partial(batch.up, scenes=scenes)),
        schedule=schedule,
        noise=drawn,
        sampler=sampler,
        steps=steps,
    )
    return places, sr
