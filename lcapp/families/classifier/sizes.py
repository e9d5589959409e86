"""Sizes of the classifiers, and those that have a name. Imports no torch.

A classifier has an image branch, a branch of the series, or both and a fusion; which, its sizes
say. Facts and counts: RIVALS.md. `paper` has the paper's sizes, `demo` those that two CPU cores
train on simulated scenes. Deviations of all: the series' four bands at 10 m, as monthly means, a
date counted in days from the flight; the losses and the schedule of the run, not each author's own.
"""

from dataclasses import dataclass, replace

from lcapp.models.sizes import (
    HR_DEMO,
    TCF_DEMO,
    UNET_DEMO,
    UTAE_DEMO,
    UTAE_PAPER,
    FusionConfig,
    HRConfig,
    TConvFormerConfig,
    UNetConfig,
    UTAEConfig,
)
from lcapp.record import setting
from lcapp.sensors import AERIAL_GSD, SR_FACTOR

MOST_MEMBERS = 8
"""Of an ensemble."""


@dataclass(frozen=True)
class BranchesConfig:
    """One network. What is None is not built.

    Attributes:
        hr: Of the image: the paper's HR branch (MaxViT).
        unet: Of the image: a U-Net.
        utae: Of the series: a U-TAE. Beside an image branch its map is added to every stage.
        tconvformer: Of the series: a T-ConvFormer.
        fusion: How its levels meet the image's stages; the last of them, where there are fewer
            stages than levels.
    """

    hr: HRConfig | None = None
    unet: UNetConfig | None = None
    utae: UTAEConfig | None = None
    tconvformer: TConvFormerConfig | None = None
    fusion: FusionConfig | None = None

    def __post_init__(self) -> None:
        if self.image is None and self.utae is None:
            raise ValueError("there is neither an image branch nor a U-TAE")
        if (self.hr and self.unet) or (self.utae and self.tconvformer):
            raise ValueError("there are two branches of one kind")
        if (self.tconvformer is None) != (self.fusion is None):
            raise ValueError("a T-ConvFormer needs a fusion, and a fusion a T-ConvFormer")
        if self.fusion and self.tconvformer:
            if len(self.fusion.stages) > len(self.tconvformer.widths):
                raise ValueError("there are more fused stages than levels of the T-ConvFormer")
            if self.fusion.levels_gsd < AERIAL_GSD * SR_FACTOR:
                raise ValueError("the levels' pixels are narrower than the SR grid's")

    @property
    def image(self) -> HRConfig | UNetConfig | None:
        """Of the image branch."""
        return self.hr or self.unet

    @property
    def series(self) -> UTAEConfig | TConvFormerConfig | None:
        """Of the branch of the series."""
        return self.utae or self.tconvformer


@dataclass(frozen=True)
class ClassifierConfig:
    """Sizes of a classifier; a bundle keeps them in its `config.json` (`lcapp.record`).

    Attributes:
        members: One network, or those of an ensemble, whose probabilities are averaged.
        classes: K.
    """

    members: tuple[BranchesConfig, ...]
    classes: int = setting(13, low=1, high=255)

    def __post_init__(self) -> None:
        if not 1 <= len(self.members) <= MOST_MEMBERS:
            raise ValueError(f"{len(self.members)} networks; expected 1 to {MOST_MEMBERS}")

    @property
    def reads_image(self) -> bool:
        """Some network has an image branch."""
        return any(one.image for one in self.members)

    @property
    def reads_series(self) -> bool:
        """Some network reads the series."""
        return any(one.series for one in self.members)

    @property
    def aerial_channels(self) -> int | None:
        """Bands of the aerial image; None where it is not looked at."""
        return next((one.image.bands for one in self.members if one.image), None)

    @property
    def series_channels(self) -> int | None:
        """Bands of the series, likewise."""
        for one in self.members:
            if one.utae or one.tconvformer:
                return one.utae.bands if one.utae else one.tconvformer.in_channels  # type: ignore[union-attr]
        return None


def _one(**branches: object) -> ClassifierConfig:
    return ClassifierConfig((BranchesConfig(**branches),))  # type: ignore[arg-type]


def _twice(one: UNetConfig, other: UNetConfig, utae: UTAEConfig) -> ClassifierConfig:
    pair = BranchesConfig(unet=one, utae=utae), BranchesConfig(unet=other, utae=utae)
    return ClassifierConfig(2 * pair)


_RESNET = UNetConfig()
_RESNEXT = UNetConfig(encoder="resnext")
_RESNEXT_DEMO = replace(UNET_DEMO, encoder="resnext", widths=(16, 16, 32, 32))
_MIT_B2 = UNetConfig(encoder="mit", widths=(64, 128, 320, 512))
_MIT_B5 = replace(_MIT_B2, depths=(3, 6, 40, 3))
_MIT_DEMO = replace(UNET_DEMO, encoder="mit", heads=(1, 2, 4, 6))

_HR = HRConfig()
_TCF = TConvFormerConfig()

_COARSE = FusionConfig(stages=(5,), levels_gsd=6.4)
_ALL = FusionConfig(centres="measured", levels_gsd=6.4)

VARIANTS: dict[str, dict[str, ClassifierConfig]] = {
    # FLAIR #2's baseline of the image (Garioud et al., 2022).
    "u-net": {"paper": _one(unet=_RESNET), "demo": _one(unet=UNET_DEMO)},
    # The HR branch alone.
    "maxvit": {"paper": _one(hr=_HR), "demo": _one(hr=HR_DEMO)},
    # FLAIR #2's baseline (Garioud et al., 2024). Deviations: no metadata of the flight; what lies
    # beyond the tile reaches it through U-TAE's own convolutions alone.
    "u-tt": {
        "paper": _one(unet=_RESNET, utae=UTAE_PAPER),
        "demo": _one(unet=UNET_DEMO, utae=UTAE_DEMO),
    },
    # Kanyamahanga et al. (2025): SegFormer's encoder, fused at the lowest resolution, and skips.
    # The text does not say which size: here the largest.
    "t-cf-s": {
        "paper": _one(unet=_MIT_B5, tconvformer=_TCF, fusion=_COARSE),
        "demo": _one(unet=_MIT_DEMO, tconvformer=TCF_DEMO, fusion=replace(_COARSE, heads=4)),
    },
    # Ours without TSRDiff: the raw series, its levels upsampled to 6.4 m before the fusion. What
    # `--sampler none` gives TSRDiff is another thing: bicubic months at 1.6 m.
    "t-cf-m": {
        "paper": _one(hr=_HR, tconvformer=_TCF, fusion=_ALL),
        "demo": _one(hr=HR_DEMO, tconvformer=TCF_DEMO, fusion=replace(_ALL, heads=4)),
    },
    # Straka and Gruber (2024): U-T&T with other encoders, their outputs averaged. Two of each is a
    # guess. Deviation: all learn at once, each by its own loss, in one stage.
    "ensemble": {
        "paper": _twice(_RESNEXT, _MIT_B2, UTAE_PAPER),
        "demo": _twice(_RESNEXT_DEMO, _MIT_DEMO, UTAE_DEMO),
    },
    # The two branches of LF-DLM, trained apart. Deviation of the second: four bands, not ten.
    "unetformer": {
        "paper": _one(hr=replace(_HR, decoder_width=64)),
        "demo": _one(hr=replace(HR_DEMO, decoder="unetformer", decoder_width=32)),
    },
    "u-tae": {"paper": _one(utae=UTAE_PAPER), "demo": _one(utae=UTAE_DEMO)},
}
"""Family to the names of its sizes."""
