"""UPerNet: D_SR and the pre-training head of E_C (Xiao et al., 2018; paper, 4.1.3).

Pyramid pooling on the coarsest level, a feature pyramid back to the finest, all levels side by
side. 23.06 M parameters at width 512 on 64, 128 and 256 channels (METHOD.md section 3).

Deviation: a level is brought to the next finer one so that its pixel j falls on pixel 2j, which is
where the T-ConvFormer's levels have it (METHOD.md section 1); plain bilinear resizing would shift
the coarsest level by one and a half pixels.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pad

from lcapp.models.sizes import UPerNetConfig


class UPerNet(nn.Module):
    """Levels to class scores at the finest level's size.

    In training mode it wants at least two scenes: a pool of one cell has no batch statistics of a
    single scene.
    """

    def __init__(self, config: UPerNetConfig) -> None:
        super().__init__()
        self.config = config
        width, (*finer, coarsest) = config.width, config.in_channels
        self.pools = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(cells), _convolution(coarsest, width, 1))
            for cells in config.pools
        )
        self.bottleneck = _convolution(coarsest + len(config.pools) * width, width, 3)
        self.laterals = nn.ModuleList(_convolution(channels, width, 1) for channels in finer)
        self.smooth = nn.ModuleList(_convolution(width, width, 3) for _ in finer)
        self.fusion = _convolution(len(config.in_channels) * width, width, 3)
        self.classifier = nn.Conv2d(width, config.classes, 1)

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        """Class scores.

        Args:
            levels: B C_l H_l W_l, finest first; each has half the size of the one before, rounded
                up.

        Returns:
            B K H_0 W_0 logits.

        Raises:
            ValueError: Another number of levels, or sizes that are no halves.
        """
        sizes = [(level.shape[2], level.shape[3]) for level in levels]
        if len(levels) != len(self.config.in_channels):
            raise ValueError(f"expected {len(self.config.in_channels)} levels, got {len(levels)}")
        for (height, width), coarser in pairwise(sizes):
            if coarser != ((height + 1) // 2, (width + 1) // 2):
                raise ValueError(f"expected sizes halved and rounded up, got {sizes}")
        pyramid = [self._pool(levels[-1])]  # coarsest first
        for level, lateral, size in reversed(
            list(zip(levels[:-1], self.laterals, sizes[:-1], strict=True))
        ):
            pyramid.append(lateral(level) + double(pyramid[-1], size))
        smoothed = [
            pyramid[0],
            *(smooth(level) for smooth, level in zip(self.smooth, pyramid[1:], strict=True)),
        ]
        stacked = smoothed[0]
        for level, size in zip(smoothed[1:], reversed(sizes[:-1]), strict=True):
            stacked = torch.cat([level, double(stacked, size)], dim=1)
        return self.classifier(self.fusion(stacked))  # type: ignore[no-any-return]

    def _pool(self, x: Tensor) -> Tensor:
        """Pyramid pooling: B C H W to B width H W."""
        size = x.shape[2:]
        pooled = [
            interpolate(pool(x), size=size, mode="bilinear", align_corners=False)
            for pool in self.pools
        ]
        return self.bottleneck(torch.cat([x, *pooled], dim=1))  # type: ignore[no-any-return]


def double(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear doubling that puts pixel j at 2j; the last row and column repeat where they must.

    Args:
        x: B C h w.
        size: H W, 2h - 1 or 2h and 2w - 1 or 2w.

    Returns:
        B C H W.
    """
    height, width = x.shape[2:]
    if (height, width) != (1, 1):
        odd = (2 * height - 1, 2 * width - 1)
        x = interpolate(x, size=odd, mode="bilinear", align_corners=True)
    beyond = (0, size[1] - x.shape[3], 0, size[0] - x.shape[2])
    return pad(x, beyond, mode="replicate") if any(beyond) else x


def _convolution(in_channels: int, out_channels: int, kernel: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )
