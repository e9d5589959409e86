"""From the months of a pixel to one feature: the mean (paper, 4.1.3), or learnt shares.

Attention pooling is an option of ours (METHOD.md section 3). Its scores come from a linear layer
whose first weights are small, so that it starts next to the mean.
"""

import math

import torch
from torch import Tensor, nn

from lcapp.models.series.temporal import Months


def mean_over_months(features: Tensor, present: Tensor) -> Tensor:
    """Average the present months of each scene (paper, 4.1.3).

    Args:
        features: N C H W, as in `TConvFeatures.levels`.
        present: B T, bool.

    Returns:
        B C H W; zero for a scene without any present month.
    """
    counts = [int(count) for count in present.sum(1).tolist()]
    scenes = features.split(counts)
    return torch.stack([scene.sum(0) / max(len(scene), 1) for scene in scenes])


class AttentionPooling(nn.Module):
    """A score for each month and pixel; softmax over the present months.

    Args:
        width: Channels.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.score = nn.Linear(width, 1, bias=False)  # a bias would cancel in the softmax

    def forward(self, features: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Pool the present months of each scene.

        Args:
            features: N C H W, as in `TConvFeatures.levels`.
            present: B T, bool.

        Returns:
            B C H W, zero for a scene without any present month; and the shares B T H W, sum 1
            over the present months, 0 where absent, without gradient.
        """
        months = Months.of(present)
        scores = self.score(features.movedim(1, -1)).squeeze(-1).float()  # N H W
        lined = months.line_up(scores)  # B L H W
        if months.slots is not None:
            # A scene without any month keeps its empty slots: softmax of -inf alone is NaN.
            empty = ~months.slots & months.slots.any(1, keepdim=True)
            lined = lined.masked_fill(empty[:, :, None, None], -math.inf)
        shares = lined.softmax(1).to(features.dtype)
        pooled = (shares.unsqueeze(2) * months.line_up(features)).sum(1)  # B C H W
        return pooled, months.spread(shares.detach())
