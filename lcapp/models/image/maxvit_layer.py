"""One MaxViT layer for maps of any size (Tu et al., 2022; paper, 4.1.2; METHOD.md sections 1, 3).

MBConv, then attention inside windows of 8 x 8 neighbouring pixels, then attention inside grids of
8 x 8 pixels spread over the whole map. Widths follow the parameter counts of METHOD.md: MBConv
expands the *output* width by 4 and its squeeze-excite narrows to a quarter of the output width.

Deviation: a map whose sides 8 does not divide is padded at the right and at the bottom inside each
attention alone, where padded keys are masked, and cropped again straight after. Convolutions,
squeeze-excite pooling and batch statistics therefore only ever meet real pixels.
"""

from typing import Literal

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn.functional import pad, scaled_dot_product_attention

from lcapp.models.sizes import MaxViTConfig

Kind = Literal["window", "grid"]
Size = tuple[int, int]


def pad_to_multiple(x: Tensor, multiple: int) -> Tensor:
    """Zeros at the right and at the bottom, so that `multiple` divides both sides.

    Args:
        x: N H W C.
        multiple: Of pixels.

    Returns:
        N Hp Wp C with the input in its upper left corner.
    """
    height, width = x.shape[1:3]
    return pad(x, (0, 0, 0, -width % multiple, 0, -height % multiple))


def partition(x: Tensor, size: int, kind: Kind) -> Tensor:
    """Group the pixels that attend to one another. Inverse of `unpartition`.

    Args:
        x: N H W C, sides multiples of `size`.
        size: Pixels along a side of a group.
        kind: `window` groups neighbours, `grid` pixels H/size and W/size apart.

    Returns:
        N G P C: G groups of P = size * size pixels.
    """
    if kind == "window":
        return rearrange(x, "n (gh ph) (gw pw) c -> n (gh gw) (ph pw) c", ph=size, pw=size)
    return rearrange(x, "n (ph gh) (pw gw) c -> n (gh gw) (ph pw) c", ph=size, pw=size)


def unpartition(groups: Tensor, size: int, kind: Kind, shape: Size) -> Tensor:
    """N G P C back to N H W C, `shape` being H W. Inverse of `partition`."""
    gh, pattern = shape[0] // size, "n (ph gh) (pw gw) c"
    if kind == "window":
        pattern = "n (gh ph) (gw pw) c"
    return rearrange(groups, f"n (gh gw) (ph pw) c -> {pattern}", gh=gh, ph=size, pw=size)


class PartitionAttention(nn.Module):
    """Multi-head attention inside windows or grids, with relative position bias."""

    relative_index: Tensor

    def __init__(self, width: int, kind: Kind, config: MaxViTConfig) -> None:
        super().__init__()
        if width % config.head_width:
            raise ValueError(f"head width {config.head_width} does not divide width {width}")
        self.kind, self.size, self.heads = kind, config.partition, width // config.head_width
        self.to_qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        span = 2 * self.size - 1
        self.relative_position_bias_table = nn.Parameter(torch.zeros(span * span, self.heads))
        y, x = torch.meshgrid(torch.arange(self.size), torch.arange(self.size), indexing="ij")
        dy, dx = ((a.reshape(-1, 1) - a.reshape(1, -1)) + self.size - 1 for a in (y, x))
        self.register_buffer("relative_index", dy * span + dx, persistent=False)  # P P

    def forward(self, x: Tensor) -> Tensor:
        """N H W C to N H W C, any H and W."""
        height, width = x.shape[1:3]
        qkv = pad_to_multiple(self.to_qkv(x), self.size)  # N Hp Wp 3C
        padded = (qkv.shape[1], qkv.shape[2])
        # Groups and heads share an axis, so that one bias serves all N without being copied.
        q, k, v = rearrange(
            partition(qkv, self.size, self.kind),
            "n g p (s h d) -> s n (g h) p d",
            s=3,
            h=self.heads,
        )
        bias = self._bias((height, width), padded).to(q.dtype)  # GH P P
        y = scaled_dot_product_attention(q, k, v, attn_mask=bias.unsqueeze(0))  # N GH P d
        groups = rearrange(y, "n (g h) p d -> n g p (h d)", h=self.heads)
        y = unpartition(groups, self.size, self.kind, padded)[:, :height, :width]  # N H W C
        return self.out(y)  # type: ignore[no-any-return]

    def _bias(self, real: Size, padded: Size) -> Tensor:
        """Bias of every group and head, -inf at padded keys: GH P P.

        No query is left without a key: each window and each grid holds a real pixel.
        """
        bias = rearrange(self.relative_position_bias_table[self.relative_index], "q k h -> h q k")
        groups = padded[0] * padded[1] // self.size**2
        if real == padded:
            return bias.repeat(groups, 1, 1)
        filled = torch.ones((1, *padded, 1), dtype=torch.bool, device=bias.device)
        filled[:, : real[0], : real[1]] = False
        keys = partition(filled, self.size, self.kind)[0]  # G P 1
        return rearrange(
            bias.masked_fill(rearrange(keys, "g k 1 -> g 1 1 k"), float("-inf")),
            "g h q k -> (g h) q k",
        )


class AttentionBlock(nn.Module):
    """Pre-norm partition attention and MLP, each with its residual; N H W C in and out."""

    def __init__(self, width: int, kind: Kind, config: MaxViTConfig) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = PartitionAttention(width, kind, config)
        self.mlp = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, config.mlp_ratio * width),
            nn.GELU(),
            nn.Linear(config.mlp_ratio * width, width),
        )

    def forward(self, x: Tensor) -> Tensor:
        """N H W C to N H W C."""
        x = x + self.attention(self.attention_norm(x))
        return x + self.mlp(x)  # type: ignore[no-any-return]


class SqueezeExcite(nn.Module):
    """Each channel weighted by what the whole map holds."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.gate = nn.Sequential(
            nn.Conv2d(channels, squeezed, 1),
            nn.SiLU(),
            nn.Conv2d(squeezed, channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """N C H W to N C H W."""
        return x * self.gate(x.mean((2, 3), keepdim=True))  # type: ignore[no-any-return]


class MBConv(nn.Module):
    """Inverted bottleneck with squeeze-excite; halves the map where `stride` is 2.

    Both paths put output pixel j at input pixel 2j, so H becomes ceil(H / 2).
    """

    def __init__(self, in_width: int, width: int, stride: int, config: MaxViTConfig) -> None:
        super().__init__()
        middle = config.expansion * width
        self.shortcut = nn.Sequential()
        if stride == 2:
            pool = nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)
            self.shortcut.append(pool)
        if stride == 2 or in_width != width:
            self.shortcut.append(nn.Conv2d(in_width, width, 1))
        self.residual = nn.Sequential(
            nn.BatchNorm2d(in_width),
            nn.Conv2d(in_width, middle, 1, bias=False),
            nn.BatchNorm2d(middle),
            nn.GELU(),
            nn.Conv2d(middle, middle, 3, stride, padding=1, groups=middle, bias=False),
            nn.BatchNorm2d(middle),
            nn.GELU(),
            SqueezeExcite(middle, round(config.squeeze * width)),
            nn.Conv2d(middle, width, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """N C_in H W to N C ceil(H/stride) ceil(W/stride)."""
        return self.shortcut(x) + self.residual(x)  # type: ignore[no-any-return]


class MaxViTLayer(nn.Module):
    """MBConv, window attention, grid attention.

    Args:
        in_width: Channels in.
        width: Channels out; a multiple of the head width.
        stride: 2 halves the map (rounded up), 1 keeps it.
        config: Shape of the layer.
    """

    def __init__(
        self, in_width: int, width: int, stride: int = 1, config: MaxViTConfig | None = None
    ) -> None:
        super().__init__()
        config = config or MaxViTConfig()
        self.convolution = MBConv(in_width, width, stride, config)
        self.window = AttentionBlock(width, "window", config)
        self.grid = AttentionBlock(width, "grid", config)

    def forward(self, x: Tensor) -> Tensor:
        """N C_in H W to N C ceil(H/stride) ceil(W/stride)."""
        x = self.convolution(x).permute(0, 2, 3, 1)  # N H W C
        x = self.grid(self.window(x))
        return x.permute(0, 3, 1, 2)  # N C H W
