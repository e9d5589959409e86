"""Where the pixels of the two branches lie, in metres from the tile's corner (METHOD.md 1, 3).

HR stages and E_SR levels share a tile and not their pixel centres: positions are compared in
metres, and maps are interpolated between centres, never resized.
"""

import math

import torch
from torch import Tensor

from lcapp.sensors import AERIAL_GSD, SR_FACTOR

SR_GSD = AERIAL_GSD * SR_FACTOR


def hr_centres(count: int, stage: int, device: torch.device) -> Tensor:
    """Metres from the tile's corner of the pixel centres of an HR stage: (count,)."""
    index = torch.arange(count, device=device, dtype=torch.float32)
    metres: Tensor = (index + 0.5) * (AERIAL_GSD * 2**stage)
    return metres


def sr_centres(count: int, level: int, device: torch.device) -> Tensor:
    """Metres from the tile's corner of the pixel centres of an E_SR level: (count,).

    A 3x3 convolution of stride 2 and padding 1 centres its pixel j on pixel 2j of its input.
    """
    index = torch.arange(count, device=device, dtype=torch.float32)
    metres: Tensor = (index * 2**level + 0.5) * SR_GSD
    return metres


def metric_code(rows: Tensor, cols: Tensor, width: int, shortest: float, longest: float) -> Tensor:
    """Sinusoidal code of positions in metres: (H,), (W,) -> (H W width).

    A quarter of the channels each: sine and cosine of the row, sine and cosine of the column, at
    wavelengths spread geometrically from `shortest` to `longest` metres.
    """
    quarter = width // 4
    exponents = torch.linspace(0, 1, quarter, device=rows.device)
    frequencies = 2 * math.pi / (shortest * (longest / shortest) ** exponents)
    down, right = rows[:, None] * frequencies, cols[:, None] * frequencies
    down = torch.cat([down.sin(), down.cos()], dim=1)  # H width/2
    right = torch.cat([right.sin(), right.cos()], dim=1)  # W width/2
    height, breadth = len(rows), len(cols)
    return torch.cat(
        [
            down[:, None].expand(height, breadth, -1),
            right[None].expand(height, breadth, -1),
        ],
        dim=2,
    )


def linear_weights(sources: Tensor, targets: Tensor) -> Tensor:
    """Linear interpolation from evenly spaced centres; the first and last value go on beyond.

    Args:
        sources: (S,) metres, ascending, evenly spaced.
        targets: (T,) metres.

    Returns:
        T S; each row sums to 1.
    """
    last = len(sources) - 1
    step = sources[1] - sources[0] if last else sources.new_ones(())
    index = ((targets - sources[0]) / step).clamp(0, last)  # T, in source pixels
    apart = index[:, None] - torch.arange(last + 1, device=sources.device)
    return (1 - apart.abs()).clamp(min=0)
