"""From the epochs of a pixel to one feature: the mean (paper, 4.1.3), or learnt shares.

Attention pooling is an option of ours (METHOD.md section 3). Its scores come from a linear layer
whose first weights are small, so that it starts next to the mean.
"""

import math

import torch
from torch import Tensor, nn

from lcapp.models.series.temporal import Epochs


def mean_over_epochs(features: Tensor, present: Tensor) -> Tensor:
    """Average the present epochs of each scene (paper, 4.1.3).

    Args:
        features: N C H W, as in `TConvFeatures.levels`.
        present: B T, bool.

    Returns:
        B C H W; zero for a scene without any present epoch.
    """
    counts = [int(count) for count in present.sum(1).tolist()]
    scenes = features.split(counts)
    return torch.stack([scene.sum(0) / max(len(scene), 1) for scene in scenes])


class AttentionPooling(nn.Module):
    """A score for each epoch and pixel; softmax over the present epochs.

    Args:
        width: Channels.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.score = nn.Linear(width, 1, bias=False)  # a bias would cancel in the softmax

    def forward(self, features: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Pool the present epochs of each scene.

        Args:
            features: N C H W, as in `TConvFeatures.levels`.
            present: B T, bool.

        Returns:
            B C H W, zero for a scene without any present epoch; and the shares B T H W, sum 1
            over the present epochs, 0 where absent, without gradient.
        """
        epochs = Epochs.of(present)
        scores = self.score(features.movedim(1, -1)).squeeze(-1).float()  # N H W
        lined = epochs.line_up(scores)  # B L H W
        if epochs.slots is not None:
            # A scene without any epoch keeps its empty slots: softmax of -inf alone is NaN.
            empty = ~epochs.slots & epochs.slots.any(1, keepdim=True)
            lined = lined.masked_fill(empty[:, :, None, None], -math.inf)
        shares = lined.softmax(1).to(features.dtype)
        pooled = (shares.unsqueeze(2) * epochs.line_up(features)).sum(1)  # B C H W
        return pooled, epochs.spread(shares.detach())
