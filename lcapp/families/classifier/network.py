"""The network of a classifier: branches, and what brings the series to the image's stages."""

import math
from collections.abc import Sequence
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lcapp.families.classifier.sizes import BranchesConfig, ClassifierConfig
from lcapp.models.fusion.attention import Fusion
from lcapp.models.fusion.skips import SkipAddition
from lcapp.models.image.hr_branch import HRBranch
from lcapp.models.image.unet import UNet
from lcapp.models.image.upernet import double
from lcapp.models.initialise import initialise_parts
from lcapp.models.series.pooling import mean_over_months
from lcapp.models.series.tconvformer import TConvFormer
from lcapp.models.series.utae import UTAE
from lcapp.models.windows import BatchWindow
from lcapp.sensors import AERIAL_GSD, SR_FACTOR


class Seen(Protocol):
    """Scenes as a classifier takes them; it looks at what it has branches for."""

    @property
    def aerial(self) -> Tensor:
        """B C H W, scaled."""

    @property
    def series(self) -> Tensor:
        """B M C h w, scaled; absent months may hold anything."""

    @property
    def day_offsets(self) -> Tensor:
        """B M, days from the flight; likewise."""

    @property
    def present(self) -> Tensor:
        """B M, bool."""

    @property
    def levels(self) -> Sequence[BatchWindow]:
        """The first: from the crop of the series to the SR grid."""


class Branches(nn.Module):
    """One network of a classifier.

    Args:
        config: Which branches, and their sizes.
        classes: K.
    """

    def __init__(self, config: BranchesConfig, classes: int) -> None:
        super().__init__()
        self.config = config
        image = config.image
        if config.hr:
            self.image: HRBranch | UNet = HRBranch(config.hr, classes)
        elif config.unet:
            self.image = UNet(config.unet, classes)
        if config.utae:
            self.utae = UTAE(config.utae, logits=image is None)
            if image:
                self.fusion: SkipAddition | Fusion = SkipAddition(
                    config.utae.decoder_widths[0], image.stage_widths
                )
        if config.tconvformer and config.fusion and image:
            self.tconvformer = TConvFormer(config.tconvformer)
            stages = config.fusion.stages
            self.fusion = Fusion(
                config.fusion,
                tuple(image.stage_widths[stage - 1] for stage in stages),
                config.tconvformer.widths[-len(stages) :],
            )

    def forward(self, seen: Seen) -> Tensor:
        """Class scores B K H W."""
        height, width = size = (seen.aerial.shape[-2], seen.aerial.shape[-1])
        if self.config.image is None:
            scores = self._on_tile(self.utae.classify(self._maps(seen)), seen)  # B K Hs Ws
            scores = F.interpolate(
                scores, scale_factor=SR_FACTOR, mode="bilinear", align_corners=False
            )
            return scores[..., :height, :width]
        stages = self.image.encode(seen.aerial)
        if self.config.utae:
            stages = self.fusion(stages, self._on_tile(self._maps(seen)[-1], seen))
        elif fusion := self.config.fusion:
            fused, _ = self.fusion([stages[s - 1] for s in fusion.stages], self._levels(seen))
            stages = list(stages)
            for stage, one in zip(fusion.stages, fused, strict=True):
                stages[stage - 1] = one
        return self.image.decode(stages, size)  # type: ignore[no-any-return]

    def _maps(self, seen: Seen) -> list[Tensor]:
        """What U-TAE makes of the series, deepest first; an absent month is an image of zeros."""
        present = seen.present
        series = seen.series.masked_fill(~present[:, :, None, None, None], 0.0)
        return self.utae(series, seen.day_offsets.masked_fill(~present, 0.0))  # type: ignore[no-any-return]

    def _on_tile(self, values: Tensor, seen: Seen) -> Tensor:
        """B C h w of the series' crop, or more where U-TAE has padded it, on the SR grid."""
        height, width = seen.series.shape[-2:]
        return seen.levels[0](values[..., :height, :width])

    def _levels(self, seen: Seen) -> list[Tensor]:
        """The T-ConvFormer's levels, averaged over the months, in pixels as the fusion has them."""
        fusion = self.config.fusion
        assert fusion is not None
        cell = round(fusion.levels_gsd / (AERIAL_GSD * SR_FACTOR))
        features = self.tconvformer(seen.series, seen.day_offsets, seen.present)
        means = [mean_over_months(level, seen.present) for level in features.levels]
        wanted = []
        for place, level in enumerate(means):
            for finer in reversed(means[:place]):  # back to the pixels of the series
                level = double(level, (finer.shape[-2], finer.shape[-1]))
            wanted.append(F.avg_pool2d(seen.levels[0](level), cell, ceil_mode=True))
        return wanted[-len(fusion.stages) :]


class Classifier(nn.Module):
    """One network, or several whose probabilities are averaged.

    Args:
        config: Sizes.
    """

    def __init__(self, config: ClassifierConfig) -> None:
        super().__init__()
        self.config = config
        self.members = nn.ModuleList(Branches(one, config.classes) for one in config.members)

    def each(self, seen: Seen) -> list[Tensor]:
        """Class scores of every network, B K H W."""
        return [member(seen) for member in self.members]

    def forward(self, seen: Seen) -> Tensor:
        """Class scores of all together, B K H W."""
        scores = self.each(seen)
        if len(scores) == 1:
            return scores[0]
        shares = torch.stack([one.float().log_softmax(1) for one in scores])
        return shares.logsumexp(0) - math.log(len(scores))


def build(config: ClassifierConfig, seed: int) -> Classifier:
    """A network with initial weights that depend on `seed` and on nothing else.

    The global generator is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        network = Classifier(config)
    for place, member in enumerate(network.members):
        initialise_parts(member, f"{seed}/{place}" if place else seed)
    return network
