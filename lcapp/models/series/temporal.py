"""Attention over the months of each pixel (paper, 4.1.2 and 4.1.3; METHOD.md section 3).

A pre-norm transformer encoder whose tokens are the months of one pixel. Each token carries a
sinusoidal code of its day offset; nothing else tells one month from another, so that their order
is without effect. Absent months never enter: the encoder takes the gathered present ones.
"""

import math
from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from lcapp.models.sizes import TemporalConfig

PORTION = 4096
"""Pixels encoded at once: bounds memory, and stays below CUDA's 65535 sequences a call."""


@dataclass(frozen=True, eq=False)
class Months:
    """Which months of a batch are present, and how to line them up.

    Attributes:
        present: B T.
        slots: B L, True where the l-th present month of a scene exists; L is the largest number of
            present months. None where every scene has L of them.
        counts: Present months of each scene.
    """

    present: Tensor
    slots: Tensor | None
    counts: tuple[int, ...]

    @classmethod
    def of(cls, present: Tensor) -> "Months":
        """From the B T mask."""
        totals = present.sum(1)
        counts = tuple(int(count) for count in totals.tolist())
        longest = max(counts, default=0)
        if all(count == longest for count in counts):
            return cls(present, None, counts)
        slots = torch.arange(longest, device=present.device) < totals.unsqueeze(1)
        return cls(present, slots, counts)

    def line_up(self, gathered: Tensor) -> Tensor:
        """N ... to B L ..., zero in slots without an month. Inverse of `gather`."""
        if self.slots is None:
            return gathered.unflatten(0, (len(self.counts), -1))  # type: ignore[no-any-return]
        lined = gathered.new_zeros(*self.slots.shape, *gathered.shape[1:])
        lined[self.slots] = gathered
        return lined

    def gather(self, lined: Tensor) -> Tensor:
        """B L ... to N ..., scene by scene. Inverse of `line_up`."""
        return lined.flatten(0, 1) if self.slots is None else lined[self.slots]

    def spread(self, lined: Tensor) -> Tensor:
        """B L ... to B T ..., zero where the month is absent."""
        spread = lined.new_zeros(*self.present.shape, *lined.shape[2:])
        spread[self.present] = self.gather(lined)
        return spread


def date_code(days: Tensor, width: int, longest_period: float) -> Tensor:
    """Sinusoidal code of signed day offsets.

    Args:
        days: Any shape, days.
        width: Even.
        longest_period: Days in which the slowest wave turns by one radian; the fastest takes one.

    Returns:
        ... width: sines, then cosines, in float32.
    """
    exponents = torch.arange(0, width, 2, device=days.device, dtype=torch.float32) / width
    angles = days.float().unsqueeze(-1) * torch.exp(-math.log(longest_period) * exponents)
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


class TemporalLayer(nn.Module):
    """Pre-norm self-attention over months and a feed-forward part, each with its residual."""

    def __init__(self, width: int, config: TemporalConfig) -> None:
        super().__init__()
        if width % config.heads:
            raise ValueError(f"{config.heads} heads do not divide width {width}")
        self.heads = config.heads
        self.norm = nn.LayerNorm(width)
        self.to_qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, config.mlp_ratio * width),
            nn.GELU(),
            nn.Linear(config.mlp_ratio * width, width),
        )

    def forward(self, tokens: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """One layer.

        Args:
            tokens: P T C.
            bias: P 1 1 T, -inf at keys to leave out; None to use them all.

        Returns:
            P T C, and the queries and keys of its attention, P heads T d.
        """
        qkv = self.to_qkv(self.norm(tokens))
        query, key, value = rearrange(qkv, "p t (s h d) -> s p h t d", s=3, h=self.heads)
        mask = None if bias is None else bias.to(query.dtype)
        attended = scaled_dot_product_attention(query, key, value, mask)
        tokens = tokens + self.out(rearrange(attended, "p h t d -> p t (h d)"))
        return tokens + self.mlp(tokens), query, key


def attention_matrix(query: Tensor, key: Tensor, bias: Tensor | None) -> Tensor:
    """Softmax over the keys, averaged over heads: P heads T d twice to P T T, float32."""
    logits = (query @ key.transpose(-1, -2)).float() / math.sqrt(query.shape[-1])  # P h T T
    if bias is not None:
        logits = logits + bias
    matrix: Tensor = logits.softmax(-1).mean(1)
    return matrix


class TemporalEncoder(nn.Module):
    """Lets the months of each pixel see one another and their dates.

    Args:
        width: Channels; even, and a multiple of the heads.
        config: Shape of the encoder.
    """

    def __init__(self, width: int, config: TemporalConfig | None = None) -> None:
        super().__init__()
        self.config = config or TemporalConfig()
        self.layers = nn.ModuleList(
            TemporalLayer(width, self.config) for _ in range(self.config.layers)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, features: Tensor, days: Tensor, months: Months) -> tuple[Tensor, Tensor]:
        """Encode the present months.

        Args:
            features: N C H W, the present months of all scenes in the order of `months`.
            days: (N,) day offset of each, signed.
            months: Which month belongs to which scene.

        Returns:
            N C H W, encoded; and B T H W, how much each month is attended to in the last layer:
            mean over heads and over the present months that ask. It sums to 1 over the present
            months, is 0 where absent, and carries no gradient.
        """
        height, width = features.shape[2:]
        code = date_code(days, features.shape[1], self.config.longest_period)  # N C
        tokens = features.flatten(2).transpose(1, 2) + code.to(features.dtype).unsqueeze(1)
        tokens = rearrange(months.line_up(tokens), "b l p c -> (b p) l c")
        slots = months.slots
        if slots is not None:
            slots = slots.repeat_interleave(height * width, 0)  # BP L
        portions = [
            self._encode(tokens[part], None if slots is None else slots[part])
            for part in (slice(i, i + PORTION) for i in range(0, len(tokens), PORTION))
        ]
        encoded, weights = (torch.cat(side) for side in zip(*portions, strict=True))
        encoded = months.gather(rearrange(encoded, "(b p) l c -> b l p c", b=len(months.counts)))
        encoded = rearrange(encoded, "n (h w) c -> n c h w", h=height)
        weights = rearrange(weights, "(b h w) l -> b l h w", h=height, w=width)
        return encoded, months.spread(weights)

    def _encode(self, tokens: Tensor, slots: Tensor | None) -> tuple[Tensor, Tensor]:
        """P L C, and P L where slots are empty, to encoded P L C and weights P L."""
        bias = None
        if slots is not None:
            # A pixel without any month keeps its empty slots as keys: with all of them at -inf its
            # tokens would be NaN, and so would gradients, although nobody reads these tokens.
            empty = ~slots & slots.any(1, keepdim=True)
            bias = torch.zeros_like(empty, dtype=torch.float32).masked_fill(empty, -math.inf)
            bias = bias[:, None, None]  # P 1 1 L
        for layer in self.layers:
            tokens, query, key = layer(tokens, bias)
        with torch.no_grad():
            matrix = attention_matrix(query, key, bias)  # P L L
            if slots is not None:  # empty slots do not ask
                matrix = matrix * slots.unsqueeze(2)
            asking = tokens.shape[1] if slots is None else slots.sum(1, keepdim=True).clamp(min=1)
            weights = matrix.sum(1) / asking
        return self.norm(tokens), weights
