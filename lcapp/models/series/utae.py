"""U-TAE: one map out of a series of images (Garnot & Landrieu, 2021).

Each date goes through the same convolutions; at the deepest stage the dates of a pixel are weighed
by 16 attention heads, whose weights then sum up the dates of every finer stage as well. Where the
stages halve the map (`UTAEConfig.strided`), as in the original and in FLAIR #2's, the weights are
brought to it bilinearly; FLAIR-HUB's strides are 1, and every map keeps the 10 x 10 pixels of the
series. Names of the parts are those of FLAIR-HUB's published files. Facts: FLAIR.md and the
published code (IGNF/FLAIR-HUB, Apache-2.0).

Deviation: sizes that the strides do not divide are padded by repeating the last row and column, and
cropped.
"""

from itertools import pairwise

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn.functional import interpolate

from lcapp.models.sizes import UTAEConfig

HEADS, MODEL_WIDTH, KEY_WIDTH = 16, 256, 4
"""Attention heads, and the widths of a date's token and of a head's key."""

GROUPS = 4
"""Of the GroupNorms over space."""

LONGEST_PERIOD = 1000.0
"""The slowest wave of the date code takes this many days for one radian; not in the files."""

IGNORED = -1e3
"""Attention logit of an empty date. Finite: with all dates empty they share the attention."""


class UTAE(nn.Module):
    """A dated series to one map per stage.

    Args:
        config: Widths.
        logits: Build the convolutions that `classify` needs.
    """

    def __init__(self, config: UTAEConfig, logits: bool = True) -> None:
        super().__init__()
        down, up = config.encoder_widths, config.decoder_widths
        if len(down) != len(up) or down[-1] != up[-1]:
            raise ValueError(f"widths on the way down and up do not meet: {down}, {up}")
        strided = config.strided
        self.multiple = 2 ** (len(down) - 1) if strided else 1
        self.in_conv = _InConvolutions(config.bands, down[0])
        self.down_blocks = nn.ModuleList(
            _Down(finer, coarser, strided) for finer, coarser in pairwise(down)
        )
        self.temporal_encoder = _TemporalEncoder(down[-1])
        self.up_blocks = nn.ModuleList(
            _Up(up[stage], up[stage - 1], down[stage - 1], strided)
            for stage in range(len(up) - 1, 0, -1)
        )
        if logits:
            widths = (up[0], *config.out_widths)
            self.out_conv = nn.ModuleDict({"conv": _Convolutions(widths, nn.BatchNorm2d)})

    def forward(self, series: Tensor, days: Tensor) -> list[Tensor]:
        """Maps of the whole series.

        Args:
            series: B T C H W, as stored; an image of zeros counts as absent.
            days: B T, days from 15 May, or from another day of the scene's; of any number type.

        Returns:
            B C_s H_s W_s for each stage, deepest first; the last has the size of the series, but
            where that is padded.
        """
        return self.read(series, days)[0]

    def read(self, series: Tensor, days: Tensor) -> tuple[list[Tensor], Tensor]:
        """As `forward`, and how much each date counted: B T H W of the deepest stage, sum 1."""
        empty = _empty(series)  # B T
        series = _grown(series, self.multiple)
        stages = [_each_date(self.in_conv, series)]
        for block in self.down_blocks:
            stages.append(_each_date(block, stages[-1]))
        deepest, attention = self.temporal_encoder(stages[-1], days.to(series.dtype), empty)
        attention = attention * ~empty[:, None, :, None, None]  # B heads T H W
        maps = [deepest]
        for block, stage in zip(self.up_blocks, reversed(stages[:-1]), strict=True):
            maps.append(block(maps[-1], _summed(stage, attention)))
        return maps, attention.detach().mean(1)

    def classify(self, maps: list[Tensor]) -> Tensor:
        """Logits of all tasks together, B K H W, from the finest map."""
        return self.out_conv["conv"](maps[-1])  # type: ignore[no-any-return]


def _empty(images: Tensor) -> Tensor:
    """B T, True where an image of B T C H W is zero throughout."""
    return (images == 0).flatten(2).all(2)


def _each_date(block: nn.Module, images: Tensor) -> Tensor:
    """B T C H W through a block, date by date; what is empty before is empty after."""
    out = block(images.flatten(0, 1)).unflatten(0, images.shape[:2])
    return out.masked_fill(_empty(images)[:, :, None, None, None], 0.0)  # type: ignore[no-any-return]


def _grown(series: Tensor, multiple: int) -> Tensor:
    """B T C H W with its last row and column repeated up to the next multiple."""
    height, width = series.shape[3:]
    if not (height % multiple or width % multiple):
        return series
    rows, cols = (
        torch.arange(size + -size % multiple, device=series.device).clamp(max=size - 1)
        for size in (height, width)
    )
    return series[..., rows, :][..., cols]


def _summed(stage: Tensor, attention: Tensor) -> Tensor:
    """B T C H W and B heads T h w to B C H W: each head sums its share of the channels."""
    size = stage.shape[3:]
    if attention.shape[3:] != size:
        flat = interpolate(attention.flatten(0, 1), size=size, mode="bilinear", align_corners=False)
        attention = flat.unflatten(0, attention.shape[:2])
    shares = rearrange(stage, "b t (n c) h w -> b n t c h w", n=attention.shape[1])
    return rearrange((attention.unsqueeze(3) * shares).sum(2), "b n c h w -> b (n c) h w")


class _Convolutions(nn.Module):
    """3 x 3 convolutions, or 4 x 4 that halve, each with norm and ReLU; reflected edges."""

    def __init__(
        self, widths: tuple[int, ...], norm: type[nn.Module], halved: bool = False
    ) -> None:
        super().__init__()
        kernel, stride = (4, 2) if halved else (3, 1)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [
                nn.Conv2d(before, after, kernel, stride, padding=1, padding_mode="reflect"),
                nn.GroupNorm(GROUPS, after) if norm is nn.GroupNorm else norm(after),
                nn.ReLU(),
            ]
        self.conv = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)  # type: ignore[no-any-return]


class _InConvolutions(nn.Module):
    def __init__(self, bands: int, width: int) -> None:
        super().__init__()
        self.conv = _Convolutions((bands, width, width), nn.GroupNorm)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)  # type: ignore[no-any-return]


class _Down(nn.Module):
    """To the next deeper stage; the last convolution is residual."""

    def __init__(self, before: int, after: int, strided: bool) -> None:
        super().__init__()
        self.down = _Convolutions((before, before), nn.GroupNorm, strided)
        self.conv1 = _Convolutions((before, after), nn.GroupNorm)
        self.conv2 = _Convolutions((after, after), nn.GroupNorm)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(self.down(x))
        return x + self.conv2(x)  # type: ignore[no-any-return]


class _Up(nn.Module):
    """To the next finer stage, joined with the sum over dates there."""

    def __init__(self, before: int, after: int, skip: int, strided: bool) -> None:
        super().__init__()
        kernel, stride = (4, 2) if strided else (3, 1)
        self.skip_conv = nn.Sequential(nn.Conv2d(skip, skip, 1), nn.BatchNorm2d(skip), nn.ReLU())
        self.up = nn.Sequential(
            nn.ConvTranspose2d(before, after, kernel, stride, padding=1),
            nn.BatchNorm2d(after),
            nn.ReLU(),
        )
        self.conv1 = _Convolutions((after + skip, after), nn.BatchNorm2d)
        self.conv2 = _Convolutions((after, after), nn.BatchNorm2d)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.conv1(torch.cat([self.up(x), self.skip_conv(skip)], dim=1))
        return x + self.conv2(x)  # type: ignore[no-any-return]


class _Attention(nn.Module):
    """One learnt query a head."""

    def __init__(self) -> None:
        super().__init__()
        self.Q = nn.Parameter(torch.randn(HEADS, KEY_WIDTH) * (2 / KEY_WIDTH) ** 0.5)
        self.fc1_k = nn.Linear(MODEL_WIDTH, HEADS * KEY_WIDTH)

    def forward(self, tokens: Tensor, empty: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens P T D and empty dates P T to P D and weights P heads T."""
        keys = self.fc1_k(tokens).unflatten(-1, (HEADS, KEY_WIDTH))  # P T heads d
        logits = torch.einsum("nd,ptnd->pnt", self.Q, keys) / KEY_WIDTH**0.5
        weights = logits.masked_fill(empty.unsqueeze(1), IGNORED).softmax(-1)
        values = tokens.unflatten(-1, (HEADS, -1))  # P T heads D/heads
        return torch.einsum("pnt,ptnd->pnd", weights, values).flatten(1), weights


class _TemporalEncoder(nn.Module):
    """L-TAE: the dates of each pixel to one vector, and how much each date counted."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inconv = nn.Conv1d(width, MODEL_WIDTH, 1)
        self.attention_heads = _Attention()
        self.in_norm = nn.GroupNorm(HEADS, width)
        self.out_norm = nn.GroupNorm(HEADS, width)
        self.mlp = nn.Sequential(
            nn.Linear(MODEL_WIDTH, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(0.2)
        )

    def forward(self, images: Tensor, days: Tensor, empty: Tensor) -> tuple[Tensor, Tensor]:
        """Images B T C H W, B T days, B T empty to B C H W and weights B heads T H W."""
        height, width = images.shape[3:]
        pixels = height * width
        # The norm's groups span all dates of a pixel, the empty ones included.
        tokens = self.in_norm(rearrange(images, "b t c h w -> (b h w) c t"))
        tokens = self.inconv(tokens).transpose(1, 2)  # P T D
        tokens = tokens + date_code(days).repeat_interleave(pixels, 0)
        joined, weights = self.attention_heads(tokens, empty.repeat_interleave(pixels, 0))
        joined = self.out_norm(self.mlp(joined))  # P C
        shape = {"h": height, "w": width}
        return (
            rearrange(joined, "(b h w) c -> b c h w", **shape),
            rearrange(weights, "(b h w) n t -> b n t h w", **shape),
        )


def date_code(days: Tensor) -> Tensor:
    """B T days to B T D: sine and cosine in turn, the same for every head."""
    width = MODEL_WIDTH // HEADS
    turn = torch.arange(width, device=days.device)
    periods = torch.pow(LONGEST_PERIOD, 2 * (turn // 2).to(days.dtype) / width)
    angles = days.unsqueeze(-1) / periods  # B T d
    return torch.where(turn % 2 == 0, angles.sin(), angles.cos()).repeat(1, 1, HEADS)
