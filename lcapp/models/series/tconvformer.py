"""T-ConvFormer: the encoder of a satellite series, E_C and E_SR (paper, 4.1.2 and 4.1.3).

Three levels (METHOD.md section 3): a stem at full resolution, then blocks of MaxViT layers that
halve the map. At each level a temporal encoder lets the months of a pixel see one another; what it
returns is the level's output and what the next block reads.

Deviation from the text: "averaged at each scale" is not done here but in `pooling`, since E_C keeps
its months apart and E_SR does not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from lcapp.models.image.maxvit_layer import MaxViTLayer
from lcapp.models.series.temporal import Months, TemporalEncoder
from lcapp.models.sizes import TConvFormerConfig


@dataclass(frozen=True, eq=False)
class TConvFeatures:
    """What a T-ConvFormer says about a batch of series; N counts its present months.

    Attributes:
        levels: N C_l H_l W_l each, scene by scene, in the order of the series. H_l is H halved l
            times, rounded up; pixel j of level l is centred at pixel j * 2^l of the series.
        temporal_weights: B T H_l W_l each, sum 1 over the present months, 0 where absent.
    """

    levels: list[Tensor]
    temporal_weights: list[Tensor]


class TConvFormer(nn.Module):
    """Convolutions and partition attention in space, transformers in time."""

    def __init__(self, config: TConvFormerConfig) -> None:
        super().__init__()
        self.config = config
        first = config.widths[0]
        self.stem = nn.Sequential(
            nn.Conv2d(config.in_channels, first, 3, padding=1, bias=False),
            nn.BatchNorm2d(first),
            nn.GELU(),
            nn.Conv2d(first, first, 3, padding=1, bias=False),
            nn.BatchNorm2d(first),
            nn.GELU(),
        )
        self.blocks = nn.ModuleList(
            nn.Sequential(
                MaxViTLayer(below, width, stride=2, config=config.layer),
                *(MaxViTLayer(width, width, config=config.layer) for _ in range(depth - 1)),
            )
            for (below, width), depth in zip(pairwise(config.widths), config.depths, strict=True)
        )
        self.temporal = nn.ModuleList(
            TemporalEncoder(width, config.temporal) for width in config.widths
        )

    def forward(
        self, series: Tensor, day_offsets: Tensor, present: Tensor, chunk: int | None = None
    ) -> TConvFeatures:
        """Encode the present months; absent ones may hold anything, NaN included.

        Args:
            series: B T C H W, scaled to [-1, 1].
            day_offsets: B T, month minus aerial date in days.
            present: B T, bool.
            chunk: Months that go through the stem or a block at a time, to save memory. Ignored
                in training mode, where batch statistics are those of all months.

        Returns:
            Every level and its temporal weights.

        Raises:
            ValueError: Shapes that do not belong together, or no month present at all.
        """
        _check(series, day_offsets, present, self.config.in_channels)
        months = Months.of(present)
        days = day_offsets[present]  # N
        features = series[present]  # N C H W
        chunk = None if self.training else chunk
        levels, weights = [], []
        for spatial, temporal in zip([self.stem, *self.blocks], self.temporal, strict=True):
            features = _in_chunks(spatial, features, chunk)
            features, weight = temporal(features, days, months)
            levels.append(features)
            weights.append(weight)
        return TConvFeatures(levels, weights)


def _in_chunks(module: Callable[[Tensor], Tensor], x: Tensor, chunk: int | None) -> Tensor:
    if chunk is None or len(x) <= chunk:
        return module(x)
    return torch.cat([module(part) for part in x.split(chunk)])


def _check(series: Tensor, day_offsets: Tensor, present: Tensor, channels: int) -> None:
    shape: Sequence[int] = series.shape
    if len(shape) != 5 or shape[2] != channels:
        raise ValueError(f"expected a series B T {channels} H W, got {tuple(shape)}")
    if day_offsets.shape != shape[:2] or present.shape != shape[:2]:
        raise ValueError(
            f"expected day_offsets and present as B T = {tuple(shape[:2])}, got "
            f"{tuple(day_offsets.shape)} and {tuple(present.shape)}"
        )
    if present.dtype != torch.bool:
        raise ValueError(f"expected present as bool, got {present.dtype}")
    if not bool(present.any()):
        raise ValueError("expected at least one present month, got none")
