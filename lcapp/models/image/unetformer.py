"""A UNetFormer decoder (Wang et al., 2022, ISPRS J. 190), written from the paper's description.

Each decoder stage attends within windows (global branch) beside two convolutions (local branch),
and meets the skip by a learnt weight; the finest stage refines by channel and by place. Chosen
freely: odd pooling and depth-wise kernels, so that nothing shifts by half a pixel; a 3x3
convolution on the coarsest stage, where capacity is cheap; four window stages for five encoder
stages. Sizes that the window does not divide are padded, masked in the attention, and cropped.
"""

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn


def conv_norm(inputs: int, outputs: int, kernel: int, groups: int = 1) -> nn.Sequential:
    """A convolution of odd kernel that keeps the size, and batch normalisation."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    )


def conv_norm_act(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    """`conv_norm` and a ReLU."""
    return nn.Sequential(*conv_norm(inputs, outputs, kernel), nn.ReLU())


def upsample_to(x: Tensor, like: Tensor) -> Tensor:
    """Bilinear x2, cropped to the size of `like`: strides round up, corners stay in place."""
    doubled = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
    return doubled[..., : like.shape[-2], : like.shape[-1]]


class WindowAttention(nn.Module):
    """Self-attention in windows, followed by a cross of averages that links the windows."""

    def __init__(self, width: int, heads: int, window: int) -> None:
        super().__init__()
        self.heads, self.window = heads, window
        self.qkv = nn.Conv2d(width, 3 * width, 1, bias=False)
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        at = torch.stack(
            torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")
        ).flatten(1)  # 2 window^2
        apart = at[:, :, None] - at[:, None] + window - 1  # 2 window^2 window^2
        index = apart[0] * (2 * window - 1) + apart[1]
        self.register_buffer("relative_position_index", index, persistent=False)
        self.relative_position_index: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """(B C H W) -> (B C H W)."""
        batch, _, height, width = x.shape
        side = self.window
        below, right = -height % side, -width % side
        qkv = F.pad(self.qkv(x), (0, right, 0, below))
        query, key, value = rearrange(
            qkv,
            "b (three n d) (i p) (j q) -> three (b i j) n (p q) d",
            three=3,
            n=self.heads,
            p=side,
            q=side,
        )
        bias = self.relative_position_bias_table[self.relative_position_index]
        mask = rearrange(bias, "q k n -> 1 n q k").to(query.dtype)
        if below or right:
            mask = mask + self._hidden(height, width, query).repeat(batch, 1, 1, 1)
        out = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        out = rearrange(
            out,
            "(b i j) n (p q) d -> b (n d) (i p) (j q)",
            b=batch,
            i=(height + below) // side,
            p=side,
        )[..., :height, :width]
        return self._cross(out)

    def _hidden(self, height: int, width: int, like: Tensor) -> Tensor:
        """(windows 1 1 window^2), -inf where a key lies in the padding."""
        side = self.window
        real = torch.zeros(height, width, device=like.device, dtype=like.dtype)
        padded = F.pad(real, (0, -width % side, 0, -height % side), value=float("-inf"))
        return rearrange(padded, "(i p) (j q) -> (i j) 1 1 (p q)", p=side, q=side)

    def _cross(self, x: Tensor) -> Tensor:
        reach = self.window // 2
        span = 2 * reach + 1
        down = F.avg_pool2d(x, (span, 1), 1, (reach, 0), count_include_pad=False)
        across = F.avg_pool2d(x, (1, span), 1, (0, reach), count_include_pad=False)
        return down + across


class GlobalLocalBlock(nn.Module):
    """Pre-norm transformer block: global and local attention side by side, then an MLP."""

    def __init__(self, width: int, heads: int, window: int, mlp_ratio: int = 4) -> None:
        super().__init__()
        self.norm_attention = nn.BatchNorm2d(width)
        self.attention = WindowAttention(width, heads, window)
        self.local_wide = conv_norm(width, width, 3)
        self.local_point = conv_norm(width, width, 1)
        self.project = nn.Sequential(
            conv_norm(width, width, 7, groups=width), nn.Conv2d(width, width, 1, bias=False)
        )
        self.norm_mlp = nn.BatchNorm2d(width)
        self.mlp = nn.Sequential(
            nn.Conv2d(width, mlp_ratio * width, 1),
            nn.ReLU(),
            nn.Conv2d(mlp_ratio * width, width, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B C H W) -> (B C H W)."""
        h = self.norm_attention(x)
        local = self.local_wide(h) + self.local_point(h)
        x = x + self.project(self.attention(h) + local)
        return x + self.mlp(self.norm_mlp(x))  # type: ignore[no-any-return]


class WeightedFusion(nn.Module):
    """Skip and upsampled map in a learnt convex mix, then a 3x3 convolution."""

    def __init__(self, skip_width: int, width: int) -> None:
        super().__init__()
        self.lift = nn.Conv2d(skip_width, width, 1, bias=False)
        self.balance = nn.Parameter(torch.zeros(()))
        self.blend = conv_norm_act(width, width, 3)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """(B C H W), (B C_skip 2H 2W) -> (B C 2H 2W)."""
        share = self.balance.sigmoid()
        mixed = share * self.lift(skip) + (1 - share) * upsample_to(x, skip)
        return self.blend(mixed)  # type: ignore[no-any-return]


class FeatureRefinement(nn.Module):
    """Attention over channels beside attention over places, summed, with a shortcut."""

    def __init__(self, width: int, reduction: int = 16) -> None:
        super().__init__()
        narrow = max(width // reduction, 4)
        self.channels = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(width, narrow, 1),
            nn.ReLU(),
            nn.Conv2d(narrow, width, 1),
            nn.Sigmoid(),
        )
        self.places = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, groups=width), nn.Sigmoid()
        )
        self.shortcut = conv_norm(width, width, 1)
        self.blend = nn.Sequential(
            conv_norm(width, width, 3, groups=width), nn.Conv2d(width, width, 1, bias=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B C H W) -> (B C H W)."""
        refined = x * self.channels(x) + x * self.places(x)
        return F.relu(self.blend(refined) + self.shortcut(x))


class UNetFormerDecoder(nn.Module):
    """Stages 5..1 to one map at stride 2.

    Args:
        stage_widths: Channels of stages 1..5.
        width: Channels of the decoder.
        heads: Heads of the window attention.
        window: Side of a window in pixels.
    """

    def __init__(self, stage_widths: tuple[int, ...], width: int, heads: int, window: int) -> None:
        super().__init__()
        finest, *middle, coarsest = stage_widths
        self.width = width
        self.enter = conv_norm_act(coarsest, width, 3)
        self.blocks = nn.ModuleList(
            GlobalLocalBlock(width, heads, window) for _ in stage_widths[1:]
        )
        self.meets = nn.ModuleList(WeightedFusion(skip, width) for skip in (*middle[::-1], finest))
        self.refine = FeatureRefinement(width)
        self.leave = conv_norm_act(width, width, 3)

    def forward(self, stages: list[Tensor]) -> Tensor:
        """Stages 1..5, each (B C_s H_s W_s) -> (B width H_1 W_1)."""
        x = self.enter(stages[-1])
        for block, meet, skip in zip(self.blocks, self.meets, stages[-2::-1], strict=True):
            x = meet(block(x), skip)
        return self.leave(self.refine(x))  # type: ignore[no-any-return]
