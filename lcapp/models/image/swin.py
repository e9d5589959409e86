"""Swin transformer as an encoder (Liu et al., 2021), for inference.

Computes what timm's `swin_*` computes with `features_only` and names its parts alike, so that
published weights load; two things make it about twice as fast on a CPU. A window that reaches over
the map's edge is filled with zeros, of which queries, keys and values are the bias alone: the
projections run on the map's own cells only. And linear layers run as 1 x 1 convolutions, which
torch gives to oneDNN instead of MKL.
"""

from functools import lru_cache

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn.functional import conv2d, gelu, pad, scaled_dot_product_attention

from lcapp.models.sizes import PATCH, SwinConfig

APART = -100.0
"""Added to the attention logits of cells that the cyclic shift put side by side."""


class Swin(nn.Module):
    """An image to its stages, at strides 4, 8, 16, ..."""

    def __init__(self, config: SwinConfig) -> None:
        super().__init__()
        self.patch_embed = nn.ModuleDict(
            {
                "proj": nn.Conv2d(config.bands, config.width, PATCH, stride=PATCH),
                "norm": nn.LayerNorm(config.width),
            }
        )
        self.depth = len(config.depths)
        for stage in range(self.depth):
            self.add_module(f"layers_{stage}", _Stage(config, stage))

    def forward(self, image: Tensor) -> list[Tensor]:
        """B C H W to B C_s H/4 W/4, B 2C_s H/8 W/8, ..."""
        cells = self.patch_embed["proj"](image).permute(0, 2, 3, 1)
        cells = self.patch_embed["norm"](cells)  # B H W C from here on
        stages = []
        for stage in range(self.depth):
            cells = self.get_submodule(f"layers_{stage}")(cells)
            stages.append(cells.permute(0, 3, 1, 2).contiguous())  # B C H W
        return stages


class _Stage(nn.Module):
    def __init__(self, config: SwinConfig, stage: int) -> None:
        super().__init__()
        width, window = config.widths[stage], config.window_at(stage)
        # A window as large as the map has nothing to shift to.
        whole = config.map_at(stage) <= window
        self.downsample = _Merge(config.widths[stage - 1]) if stage else nn.Identity()
        self.blocks = nn.Sequential(
            *(
                _Block(
                    width,
                    config.heads << stage,
                    window,
                    shift=0 if whole or place % 2 == 0 else window // 2,
                )
                for place in range(config.depths[stage])
            )
        )

    def forward(self, cells: Tensor) -> Tensor:
        return self.blocks(self.downsample(cells))  # type: ignore[no-any-return]


class _Merge(nn.Module):
    """Four cells to one of twice the width: B H W C to B H/2 W/2 2C."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * width)
        self.reduction = nn.Linear(4 * width, 2 * width, bias=False)

    def forward(self, cells: Tensor) -> Tensor:
        four = rearrange(cells, "b (h y) (w x) c -> b h w (x y c)", y=2, x=2)
        return _linear(self.norm(four), self.reduction)


class _Block(nn.Module):
    """Attention within windows, and a feed-forward part, each residual."""

    def __init__(self, width: int, heads: int, window: int, shift: int) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"{heads} heads do not divide width {width}")
        self.norm1 = nn.LayerNorm(width)
        self.attn = _WindowAttention(width, heads, window, shift)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = _FeedForward(width)

    def forward(self, cells: Tensor) -> Tensor:
        cells = cells + self.attn(self.norm1(cells))
        return cells + self.mlp(self.norm2(cells))  # type: ignore[no-any-return]


class _FeedForward(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, cells: Tensor) -> Tensor:
        return _linear(gelu(_linear(cells, self.fc1)), self.fc2)


class _WindowAttention(nn.Module):
    def __init__(self, width: int, heads: int, window: int, shift: int) -> None:
        super().__init__()
        self.heads, self.window, self.shift = heads, window, shift
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, cells: Tensor) -> Tensor:
        """B H W C to B H W C."""
        height, width = cells.shape[1:3]
        if self.shift:
            cells = cells.roll((-self.shift, -self.shift), (1, 2))
        qkv = conv2d(cells.permute(0, 3, 1, 2), self.qkv.weight[:, :, None, None])
        beyond = [-side % self.window for side in (height, width)]
        qkv = pad(qkv.permute(0, 2, 3, 1), (0, 0, 0, beyond[1], 0, beyond[0]))  # B H' W' 3C
        down = qkv.shape[1] // self.window
        query, key, value = rearrange(
            qkv + self.qkv.bias,
            "b (h y) (w x) (s n d) -> s (b h w) n (y x) d",
            y=self.window,
            x=self.window,
            s=3,
            n=self.heads,
        )
        attended = scaled_dot_product_attention(query, key, value, self._bias(qkv))
        joined = rearrange(
            attended,
            "(b h w) n (y x) d -> b (h y) (w x) (n d)",
            b=len(cells),
            h=down,
            y=self.window,
        )[:, :height, :width]
        if self.shift:
            joined = joined.roll((self.shift, self.shift), (1, 2))
        return _linear(joined.contiguous(), self.proj)

    def _bias(self, padded: Tensor) -> Tensor:
        """What is added to the logits: windows (or 1) heads N N for padded B H' W' C."""
        index = _relative(self.window, padded.device)
        bias = self.relative_position_bias_table[index].permute(2, 0, 1).unsqueeze(0)  # 1 n N N
        if not self.shift:
            return bias.contiguous()
        apart = _apart(padded.shape[1], padded.shape[2], self.window, self.shift, padded.device)
        apart = apart.repeat(len(padded), 1, 1).unsqueeze(1)  # windows 1 N N
        return bias + apart.to(bias.dtype)


@lru_cache(maxsize=32)
@torch.inference_mode(False)  # what is kept must serve training as well
def _relative(window: int, device: torch.device) -> Tensor:
    """N N, the row of the table for each pair of cells of a window."""
    cells = torch.arange(window, device=device)
    offset = cells[:, None] - cells[None, :] + window - 1  # window window
    rows = offset[:, None, :, None] * (2 * window - 1)
    return (rows + offset[None, :, None, :]).reshape(window**2, window**2)


@lru_cache(maxsize=32)
@torch.inference_mode(False)  # what is kept must serve training as well
def _apart(height: int, width: int, window: int, shift: int, device: torch.device) -> Tensor:
    """Windows N N: 0 for cells that belong together, `APART` for those the shift brought there."""
    rows, cols = (_region(side, window, shift, device) for side in (height, width))
    regions = rows[:, None] * 3 + cols[None, :]  # H' W'
    regions = rearrange(regions, "(h y) (w x) -> (h w) (y x)", y=window, x=window)
    return APART * (regions[:, :, None] != regions[:, None, :]).float()


def _region(side: int, window: int, shift: int, device: torch.device) -> Tensor:
    """0 inside, 1 and 2 for the two parts of the last window."""
    places = torch.arange(side, device=device)
    return (places >= side - window).long() + (places >= side - shift)


def _linear(cells: Tensor, layer: nn.Linear) -> Tensor:
    """A linear layer on B H W C, as a 1 x 1 convolution."""
    out = conv2d(cells.permute(0, 3, 1, 2), layer.weight[:, :, None, None], layer.bias)
    return out.permute(0, 2, 3, 1)
