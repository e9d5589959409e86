"""Fusion of aerial and super-resolved features: cross-attention (paper 4.1.5, eq. 5-6) or plainer.

The aerial features ask, the super-resolved features answer. Added to the text (METHOD.md
section 3): a 1x1 convolution lifts the SR level to the HR width, and queries and keys carry a
position in metres from the tile's corner, so that HR and SR pixels that lie on the same spot meet
whatever their strides. Values carry none. The position is added after the projections, in every
head, and begins so strong that a pixel asks the spot on which it lies: added to the features
before, it drowns in them, and hundreds of iterations later the attention was still even over the
tile, one answer for all fields of a scene. Addition and concatenation are the paper's ablations
(5.2): they take the SR level interpolated to the centres of the HR pixels.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from lcapp.models.fusion.centres import (
    even_centres,
    hr_centres,
    linear_weights,
    metric_code,
    sr_centres,
)
from lcapp.models.fusion.plain import AddFusion, ConcatFusion
from lcapp.models.sizes import FusionConfig
from lcapp.sensors import AERIAL_GSD

_PEAK = 32.0
"""By how much the score of a pixel's own spot exceeds that of unrelated ones at first."""


@dataclass(frozen=True, eq=False)
class FusionState:
    """What is needed to compute the attention of any pixel afterwards.

    Attributes:
        stages: HR stage to its query (B heads Hq Wq d) and key (B heads Hk Wk d), projected and
            not yet scaled: a row of attention is softmax(query . key / sqrt(d)). Empty where the
            fusion has no attention.
    """

    stages: dict[int, tuple[Tensor, Tensor]]


class StageFusion(nn.Module):
    """Eq. 5 and 6 at one stage.

    Args:
        hr_width: Channels of the HR stage, a multiple of four times `heads`.
        sr_width: Channels of the SR level.
        heads: Attention heads.
        mlp_ratio: Hidden width of the MLP in units of `hr_width`.

    Raises:
        ValueError: The heads do not divide the width so.
    """

    def __init__(self, hr_width: int, sr_width: int, heads: int, mlp_ratio: int) -> None:
        super().__init__()
        if hr_width % (4 * heads):
            raise ValueError(f"{heads} heads do not divide width {hr_width} into multiples of 4")
        self.heads = heads
        self.lift = nn.Conv2d(sr_width, hr_width, 1)
        self.query = nn.Linear(hr_width, hr_width)
        self.key = nn.Linear(hr_width, hr_width)
        self.value = nn.Linear(hr_width, hr_width)
        self.project = nn.Linear(hr_width, hr_width)
        # A network learns how closely each head looks, from here on: sharper or wider.
        self.log_closeness = nn.Parameter(torch.zeros(heads))
        self.norm_attention = nn.LayerNorm(hr_width)
        self.mlp = nn.Sequential(
            nn.Linear(hr_width, mlp_ratio * hr_width),
            nn.ReLU(),
            nn.Linear(mlp_ratio * hr_width, hr_width),
        )
        self.norm_mlp = nn.LayerNorm(hr_width)

    def forward(
        self, hr: Tensor, sr: Tensor, hr_code: Tensor, sr_code: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Fuse one stage.

        Args:
            hr: B C H W, features of the aerial image.
            sr: B C_e H_e W_e, features of the super-resolved series.
            hr_code: H W C, positions of the HR pixels.
            sr_code: H_e W_e C, positions of the SR pixels.

        Returns:
            B C H W, the fused features; the queries B heads H W d and the keys B heads H_e W_e d.
        """
        asking = rearrange(hr, "b c h w -> b h w c")
        answering = rearrange(self.lift(sr), "b c h w -> b h w c")
        query, key = (
            _split(tokens, self.heads) for tokens in (self.query(asking), self.key(answering))
        )
        query = query + (self._closeness() * self._position(hr_code)).to(query.dtype)
        key = key + self._position(sr_code).to(key.dtype)
        value = _split(self.value(answering), self.heads)  # B heads H_e W_e d
        attended = F.scaled_dot_product_attention(
            query.flatten(2, 3), key.flatten(2, 3), value.flatten(2, 3)
        )  # B heads H*W d
        height = hr.shape[-2]
        attended = rearrange(attended, "b n (h w) d -> b h w (n d)", h=height)
        fused = self._normalised(self.project(attended) + asking)
        return rearrange(fused, "b h w c -> b c h w"), query, key

    def _position(self, code: Tensor) -> Tensor:
        """H W C to heads H W d: every head gets wavelengths of all lengths, of rows and columns."""
        return rearrange(code, "h w (part wave n) -> n h w (part wave)", part=4, n=self.heads)

    def _closeness(self) -> Tensor:
        """Factors of the queries' positions, heads 1 1 1.

        The product of two codes of d channels is d / 2 on the same spot, and the score is that by
        the root of d: initially `_PEAK`.
        """
        width = self.query.out_features // self.heads
        factors: Tensor = 2 * _PEAK / width**0.5 * self.log_closeness.exp()
        return factors[:, None, None, None]

    def without_series(self, hr: Tensor) -> Tensor:
        """Eq. 6 with an answer of 0: (B C H W) -> (B C H W)."""
        fused = self._normalised(rearrange(hr, "b c h w -> b h w c"))
        return rearrange(fused, "b h w c -> b c h w")

    def _normalised(self, attended: Tensor) -> Tensor:
        """Eq. 6 from the residual sum on, B H W C."""
        inner = self.norm_attention(attended)
        fused: Tensor = self.norm_mlp(self.mlp(inner) + inner)
        return fused


class Fusion(nn.Module):
    """The fusion module: one part for each pair of HR stage and SR level.

    Args:
        config: Settings.
        hr_widths: Channels of the fused HR stages, finest first.
        sr_widths: Channels of the SR levels, finest first.
    """

    def __init__(
        self, config: FusionConfig, hr_widths: tuple[int, ...], sr_widths: tuple[int, ...]
    ) -> None:
        super().__init__()
        self.config = config
        self.pairs = nn.ModuleList(
            _pair(config, hr_width, sr_width)
            for hr_width, sr_width in zip(hr_widths, sr_widths, strict=True)
        )

    def forward(
        self, hr_stages: list[Tensor], sr_levels: list[Tensor]
    ) -> tuple[list[Tensor], FusionState]:
        """Fuse every stage.

        Args:
            hr_stages: B C_s H_s W_s of the fused stages, finest first.
            sr_levels: B C_e H_e W_e of E_SR, finest first.

        Returns:
            The fused stages, shaped as `hr_stages`, and the queries and keys of the attention.
        """
        fused, state = [], {}
        for level, (pair, stage, hr, sr) in enumerate(
            zip(self.pairs, self.config.stages, hr_stages, sr_levels, strict=True)
        ):
            hr_rows, hr_cols = (
                hr_centres(size, stage, hr.device, self.config.centres) for size in hr.shape[-2:]
            )
            gsd = self.config.levels_gsd
            sr_rows, sr_cols = (
                even_centres(size, gsd, sr.device) if gsd else sr_centres(size, level, sr.device)
                for size in sr.shape[-2:]
            )
            if self.config.kind == "attention":
                shortest, longest = 4 * AERIAL_GSD * 2**stage, self.config.longest_wavelength
                hr_code = metric_code(hr_rows, hr_cols, hr.shape[1], shortest, longest)
                sr_code = metric_code(sr_rows, sr_cols, hr.shape[1], shortest, longest)
                out, query, key = pair(hr, sr, hr_code, sr_code)
                state[stage] = (query, key)
            else:
                down = linear_weights(sr_rows, hr_rows).to(sr.dtype)  # H_s H_e
                across = linear_weights(sr_cols, hr_cols).to(sr.dtype)  # W_s W_e
                out = pair(hr, down @ sr @ across.T)
            fused.append(out)
        return fused, FusionState(state)

    def without_series(self, hr_stages: list[Tensor]) -> list[Tensor]:
        """What the stages become when the series has nothing to say, which training never sees.

        With attention its answer in eq. 6 is 0 and the normalisations stay; otherwise the SR
        features are 0.

        Args:
            hr_stages: B C_s H_s W_s of the fused stages, finest first.

        Returns:
            Stages shaped as `hr_stages`.
        """
        return [
            pair.without_series(hr)  # type: ignore[operator]
            for pair, hr in zip(self.pairs, hr_stages, strict=True)
        ]


def _pair(config: FusionConfig, hr_width: int, sr_width: int) -> nn.Module:
    if config.kind == "attention":
        return StageFusion(hr_width, sr_width, config.heads, config.mlp_ratio)
    plain = {"add": AddFusion, "concat": ConcatFusion}
    return plain[config.kind](hr_width, sr_width)


def _split(tokens: Tensor, heads: int) -> Tensor:
    return rearrange(tokens, "b h w (n d) -> b n h w d", n=heads)
