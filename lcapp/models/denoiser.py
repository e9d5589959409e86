"""The denoiser eps_w: which noise is in a residual image, given one month's features.

A U-Net of the SRDiff type (Li et al., 2022) with conditioning at several scales (paper 4.1.2,
METHOD.md section 3). Deviations from SRDiff, each on purpose:

- z^tau enters at levels 0, 1 and 2; SRDiff has one scale only.
- GroupNorm after every 3x3 convolution, none in SRDiff: a plain U-Net of this depth is hard to
  train, and statistics per image, unlike batch statistics, cannot carry one month into another.
- The full-resolution encoder map is added before the last block; in SRDiff the finest skip is
  unused, so that single-pixel noise has to pass the half-resolution levels. Adds no parameter.
- SiLU for Mish, zero padding for reflection: the same to within training, and faster.

A guided one (not in the paper) sees further images beside the residual; without them it sees zeros,
which is the paper's denoiser.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lcapp.models.sizes import DenoiserConfig


def step_code(k: Tensor, width: int) -> Tensor:
    """Sinusoidal code of the diffusion step: (N,) -> (N, width), float32."""
    half = width // 2
    exponents = torch.arange(half, device=k.device, dtype=torch.float32) / max(half - 1, 1)
    angles = k.float()[:, None] * torch.exp(-math.log(10_000.0) * exponents)
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def _block(inputs: int, outputs: int, groups: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1),
        nn.GroupNorm(groups, outputs),
        nn.SiLU(),
    )


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around an added step embedding, and a shortcut."""

    def __init__(self, inputs: int, outputs: int, step_width: int, groups: int) -> None:
        super().__init__()
        self.first = _block(inputs, outputs, groups)
        self.step = nn.Sequential(nn.SiLU(), nn.Linear(step_width, outputs))
        self.second = _block(outputs, outputs, groups)
        self.shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x: Tensor, step: Tensor) -> Tensor:
        """(N inputs H W), (N or 1, step_width) -> (N outputs H W)."""
        # Sums in place: no gradient needs the terms, and no memory is asked for.
        h: Tensor = self.first(x).add_(self.step(step)[:, :, None, None])
        return self.second(h).add_(self.shortcut(x))  # type: ignore[no-any-return]


class Level(nn.Module):
    """Two residual blocks, then, where there is a next level, the change of resolution."""

    def __init__(
        self, inputs: int, outputs: int, step_width: int, groups: int, resample: nn.Module
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            ResidualBlock(channels, outputs, step_width, groups) for channels in (inputs, outputs)
        )
        self.resample = resample

    def forward(self, x: Tensor, step: Tensor, z: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run the level.

        Args:
            x: N inputs H W.
            step: (N or 1) step_width.
            z: N outputs H W, added after the blocks.

        Returns:
            What a skip takes, N outputs H W, and what the next level takes.
        """
        for block in self.blocks:
            x = block(x, step)
        skip = x if z is None else x + z
        return skip, self.resample(skip)


class Denoiser(nn.Module):
    """eps_w(x_k, z, k); every image of the batch on its own.

    Args:
        config: Sizes.
    """

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        widths, base, groups = config.widths, config.width, config.groups
        seen = config.bands + config.guide_channels
        self.lift = nn.Sequential(nn.Conv2d(seen, base, 3, padding=1), nn.SiLU())
        self.bring = nn.ModuleList(
            nn.Conv2d(z, own, 1) if z != own else nn.Identity()
            for z, own in zip(config.reads, widths, strict=False)
        )
        self.step = nn.Sequential(nn.Linear(base, 4 * base), nn.SiLU(), nn.Linear(4 * base, base))
        self.down = nn.ModuleList()
        for index, (inputs, outputs) in enumerate(zip((base, *widths), widths, strict=False)):
            last = index == len(widths) - 1
            halve = nn.Identity() if last else nn.Conv2d(outputs, outputs, 3, 2, padding=1)
            self.down.append(Level(inputs, outputs, base, groups, halve))
        self.middle = Level(widths[-1], widths[-1], base, groups, nn.Identity())
        self.up = nn.ModuleList()
        for inputs, outputs in zip(widths[:0:-1], widths[-2::-1], strict=True):
            double = nn.ConvTranspose2d(outputs, outputs, 4, 2, padding=1)
            self.up.append(Level(2 * inputs, outputs, base, groups, double))
        self.head = nn.Sequential(_block(base, base, groups), nn.Conv2d(base, config.bands, 1))
        # The order in which the convolutions of oneDNN and cuDNN read; images follow the weights.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def start_at_zero(self) -> None:
        """Answer 0 whatever is asked: where to start from if 0 is a good guess already."""
        nn.init.zeros_(self.head[-1].weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.head[-1].bias)  # type: ignore[arg-type]

    def forward(
        self, x: Tensor, k: Tensor, levels: list[Tensor], guide: Tensor | None = None
    ) -> Tensor:
        """The noise in x.

        Args:
            x: N C H W, the residual images at step k.
            k: N, int64, 0-based step; or one step for all, (1,).
            levels: z at level l: N, its width, ceil(H / 2^l), ceil(W / 2^l).
            guide: N G H W; None: there is none to see.

        Returns:
            N C H W, the predicted noise.
        """
        height, width = x.shape[-2:]
        coarsest = 2 ** (len(self.down) - 1)
        padded = [-(-size // coarsest) * coarsest for size in (height, width)]
        step = self.step(step_code(k, self.config.width).to(x.dtype))  # (N or 1) base
        levels = [bring(z) for bring, z in zip(self.bring, levels, strict=True)]
        if self.config.guide_channels:
            if guide is None:
                guide = x.new_zeros(len(x), self.config.guide_channels, height, width)
            x = torch.cat([x, guide], dim=1)
        h = self.lift(_grow(x, padded[0], padded[1]))  # N base Hp Wp
        h = h + _grow(levels[0], padded[0], padded[1])
        skips = []
        for index, level in enumerate(self.down):
            z = None
            if 0 < index < self.config.conditioned:
                z = _grow(levels[index], padded[0] >> index, padded[1] >> index)
            skip, h = level(h, step, z)  # N C_l Hp/2^l Wp/2^l
            skips.append(skip)
        h, _ = self.middle(h, step)
        for level in self.up:
            _, h = level(torch.cat([h, skips.pop()], dim=1), step)
        return self.head(h + skips.pop())[..., :height, :width]  # type: ignore[no-any-return]


def _grow(x: Tensor, height: int, width: int) -> Tensor:
    """Repeat the last row and column up to the given size."""
    pad = (0, width - x.shape[-1], 0, height - x.shape[-2])
    return F.pad(x, pad, mode="replicate") if any(pad) else x
