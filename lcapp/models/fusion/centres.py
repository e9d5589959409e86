"""Where the pixels of the two branches lie, in metres from the tile's corner (METHOD.md 1, 3).

HR stages and E_SR levels share a tile and not their pixel centres: positions are compared in
metres, and maps are interpolated between centres, never resized.

timm's MaxViT pads as TensorFlow does, on the right and at the bottom: a 3x3 convolution of stride 2
centres its pixel j on pixel 2j + 1 of its input. Where all of a stage came by these, it would lie
(2^s - 1) / 2 aerial pixels further than an even division of the tile says, 3.1 m at stage 5. The
shortcuts around them average 2 x 2 pixels, which moves nothing; how much comes by which is learnt.
`SHIFTS` is what was measured.
"""

import math

import torch
from torch import Tensor

from lcapp.models.sizes import HRCentres
from lcapp.sensors import AERIAL_GSD, SR_FACTOR

SR_GSD = AERIAL_GSD * SR_FACTOR

SHIFTS = (0.5, 1.3, 3.3, 6.1, 12.7)
"""Aerial pixels by which stages 1 to 5 lie down and to the right of an even division of the tile.

The centre of the squared gradient of random sums of channels with respect to the image, mean of 80
in the HR branch of `demo` as of 2026-11 (to 0.25 at stage 5). Before any training: 2.4, 4.4 and 8.9
at stages 3 to 5."""


def hr_centres(count: int, stage: int, device: torch.device, centres: HRCentres = "even") -> Tensor:
    """Metres from the tile's corner of the pixel centres of an HR stage: (count,).

    Args:
        count: Pixels of one axis.
        stage: 1 to 5.
        device: Where they are wanted.
        centres: `FusionConfig.centres`.
    """
    index = torch.arange(count, device=device, dtype=torch.float32)
    shift = SHIFTS[stage - 1] if centres == "measured" else 0.0
    metres: Tensor = ((index + 0.5) * 2**stage + shift) * AERIAL_GSD
    return metres


def sr_centres(count: int, level: int, device: torch.device) -> Tensor:
    """Metres from the tile's corner of the pixel centres of an E_SR level: (count,).

    A 3x3 convolution of stride 2 and padding 1 centres its pixel j on pixel 2j of its input.
    """
    index = torch.arange(count, device=device, dtype=torch.float32)
    metres: Tensor = (index * 2**level + 0.5) * SR_GSD
    return metres


def even_centres(count: int, gsd: float, device: torch.device) -> Tensor:
    """Metres from the tile's corner of the centres of pixels that divide it evenly: (count,)."""
    metres: Tensor = (torch.arange(count, device=device, dtype=torch.float32) + 0.5) * gsd
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
