"""Fusion of U-T&T: one map of the series added at every skip of a U-Net (Garioud et al., 2024)."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from lcapp.sensors import SR_FACTOR


class SkipAddition(nn.Module):
    """A map of the series, brought to every stage by a 3 x 3 convolution, and added.

    Args:
        width: Channels of the map.
        stage_widths: Of stages 1 to 5; one without channels gets nothing.
    """

    def __init__(self, width: int, stage_widths: Sequence[int]) -> None:
        super().__init__()
        self.lifts = nn.ModuleDict(
            {
                str(stage): nn.Conv2d(width, own, 3, padding=1)
                for stage, own in enumerate(stage_widths, start=1)
                if own
            }
        )

    def forward(self, stages: Sequence[Tensor], features: Tensor) -> list[Tensor]:
        """Stages B C_s H_s W_s and a map B C Hs Ws on the SR grid -> stages."""
        # The stages may reach beyond the tile, as far as their image was padded.
        height, width = (2 * size // SR_FACTOR for size in stages[0].shape[-2:])
        beyond = (0, max(width - features.shape[-1], 0), 0, max(height - features.shape[-2], 0))
        features = F.pad(features, beyond, mode="replicate")
        added = list(stages)
        for name, lift in self.lifts.items():
            stage = stages[int(name) - 1]
            own = F.interpolate(
                lift(features), size=stage.shape[-2:], mode="bilinear", align_corners=False
            )
            added[int(name) - 1] = stage + own
        return added
