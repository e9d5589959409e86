"""Fusion without attention, for comparison (paper 5.2; `Base` and `Base+CWC` of Table 4).

Both want the SR level on the HR pixels; `Fusion` brings it there.
"""

import torch
from torch import Tensor, nn


class AddFusion(nn.Module):
    """Element-wise addition of the SR level, lifted to the HR width by a 1x1 convolution."""

    def __init__(self, hr_width: int, sr_width: int) -> None:
        super().__init__()
        self.lift = nn.Conv2d(sr_width, hr_width, 1)

    def forward(self, hr: Tensor, sr: Tensor) -> Tensor:
        """(B C H W), (B C_e H W) -> (B C H W)."""
        return hr + self.lift(sr)  # type: ignore[no-any-return]

    def without_series(self, hr: Tensor) -> Tensor:
        """The same with SR features of 0."""
        return hr + self.lift.bias[:, None, None]  # type: ignore[index]


class ConcatFusion(nn.Module):
    """Channel-wise concatenation, and a 1x1 convolution back to the HR width."""

    def __init__(self, hr_width: int, sr_width: int) -> None:
        super().__init__()
        self.sr_width = sr_width
        self.merge = nn.Conv2d(hr_width + sr_width, hr_width, 1)

    def forward(self, hr: Tensor, sr: Tensor) -> Tensor:
        """(B C H W), (B C_e H W) -> (B C H W)."""
        return self.merge(torch.cat([hr, sr], dim=1))  # type: ignore[no-any-return]

    def without_series(self, hr: Tensor) -> Tensor:
        """The same with SR features of 0."""
        height, width = hr.shape[2:]
        none: Tensor = self(hr, hr.new_zeros(len(hr), self.sr_width, height, width))
        return none
