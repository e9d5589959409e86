"""Sizes of TSRDiff, and those that have a name. Imports no torch.

`paper` has the sizes of the paper's "Ours" (Table 2; 125.6 M parameters, METHOD.md section 3).
`tiny` has the same structure for two CPU cores; `demo` is as narrow as training on them wants.
U-TAE-D (Table 2) is a family of its own, with sizes of the same names.
"""

from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from lcapp.models.sizes import (
    HR_DEMO,
    TCF_DEMO,
    UNET_DEMO,
    UTAE_DEMO,
    UTAE_PAPER,
    Decoder,
    DenoiserConfig,
    FusionConfig,
    FusionKind,
    HRConfig,
    MaxViTConfig,
    TConvFormerConfig,
    TemporalConfig,
    UNetConfig,
    UTAEConfig,
)
from lcapp.prepare import guide_channels
from lcapp.record import setting

Pooling = Literal["mean", "attention"]
Guide = Literal["none", "aerial"]


@dataclass(frozen=True)
class UTTConfig:
    """Sizes of U-T&T.

    Attributes:
        unet: Of the image.
        utae: Of the series; its map is added to every stage.
    """

    unet: UNetConfig
    utae: UTAEConfig


@dataclass(frozen=True)
class TSRDiffConfig:
    """Sizes of all parts; a bundle keeps them in its `config.json` (`lcapp.record`).

    Attributes:
        classes: K.
        encoder: Of E_C and of E_SR, which have the same structure.
        denoiser: eps_w; its first levels have the widths of the encoder's.
        hr: Encoder and decoder of the aerial image.
        fusion: How both meet.
        upernet_width: Channels of D_SR and of the pre-training head.
        temporal_pooling: How E_SR's months become one: `mean` (the paper's) or `attention`.
        utt: U-T&T in place of E_SR, D_SR, HR branch and fusion (U-TAE-D).
    """

    classes: int = setting(13, low=1, high=255)
    encoder: TConvFormerConfig = field(default_factory=TConvFormerConfig)
    denoiser: DenoiserConfig = field(default_factory=DenoiserConfig)
    hr: HRConfig = field(default_factory=HRConfig)
    fusion: FusionConfig = field(default_factory=FusionConfig)
    upernet_width: int = setting(512, low=1, high=4096)
    temporal_pooling: Pooling = "mean"
    utt: UTTConfig | None = setting(None, later=True)

    def __post_init__(self) -> None:
        if self.denoiser.bands != self.encoder.in_channels:
            raise ValueError(
                f"the denoiser has {self.denoiser.bands} bands, the encoder of the series "
                f"{self.encoder.in_channels}"
            )
        if self.denoiser.widths[: self.denoiser.conditioned] != self.encoder.widths:
            raise ValueError(
                f"z of widths {self.encoder.widths} does not fit a denoiser of widths "
                f"{self.denoiser.widths} that takes {self.denoiser.conditioned} levels"
            )
        guide = guide_channels(self.hr.bands, self.denoiser.bands)
        if self.denoiser.guide_channels not in (0, guide):
            raise ValueError(
                f"a denoiser with {self.denoiser.guide_channels} guide channels; these bands have "
                f"{guide}, or 0"
            )
        if len(self.fusion.stages) != len(self.encoder.widths):
            raise ValueError(
                f"{len(self.fusion.stages)} fused stages, {len(self.encoder.widths)} levels of E_SR"
            )

        if self.utt and (self.utt.unet.bands, self.utt.utae.bands) != (
            self.aerial_channels,
            self.series_channels,
        ):
            raise ValueError("U-T&T reads other bands than the rest")

    @property
    def guided(self) -> bool:
        """The denoiser sees the aerial image."""
        return self.denoiser.guide_channels > 0

    @property
    def series_channels(self) -> int:
        """Bands of the series."""
        return self.encoder.in_channels

    @property
    def aerial_channels(self) -> int:
        """Bands of the aerial image."""
        return self.hr.bands


FUSION_KINDS: tuple[FusionKind, ...] = get_args(FusionKind)

_TINY = TSRDiffConfig(
    encoder=TConvFormerConfig(
        widths=(16, 32, 64),
        layer=MaxViTConfig(head_width=16),
        temporal=TemporalConfig(heads=2),
    ),
    denoiser=DenoiserConfig(width=16),
    hr=HRConfig(
        stem_width=24,
        widths=(32, 48, 96, 160),
        depths=(1, 1, 2, 1),
        head_width=16,
        partition=4,
        decoder_width=64,
        decoder_heads=4,
    ),
    fusion=FusionConfig(heads=4, centres="measured"),
    upernet_width=64,
)

VARIANTS = {
    "paper": TSRDiffConfig(fusion=FusionConfig(centres="measured")),
    "tiny": _TINY,
    "demo": replace(_TINY, encoder=TCF_DEMO, hr=HR_DEMO),
}


UTAE_D_VARIANTS = {
    "paper": replace(VARIANTS["paper"], utt=UTTConfig(UNetConfig(), UTAE_PAPER)),
    "demo": replace(
        VARIANTS["demo"],
        utt=UTTConfig(UNET_DEMO, UTAE_DEMO),
    ),
}

BY_FAMILY = {"tsrdiff": VARIANTS, "u-tae-d": UTAE_D_VARIANTS}
"""Family to the names of its sizes."""


def with_options(
    config: TSRDiffConfig,
    *,
    fusion: FusionKind | None = None,
    pooling: Pooling | None = None,
    decoder: Decoder | None = None,
    guide: Guide | None = None,
) -> TSRDiffConfig:
    """The same sizes with other choices of the ablations (Table 4; METHOD.md section 3).

    Args:
        config: Sizes; an option that is not given stays as it is there.
        fusion: `add` is the paper's Base, `concat` its CWC, `attention` its CA.
        pooling: How E_SR's months become one.
        decoder: Of the HR branch: `unetformer`, or `concat` as in the paper's text.
        guide: `aerial` lets the denoiser see the aerial image; the paper's sees z alone.
    """
    seen = {
        None: config.denoiser.guide_channels,
        "none": 0,
        "aerial": guide_channels(config.hr.bands, config.denoiser.bands),
    }
    return replace(
        config,
        denoiser=replace(config.denoiser, guide_channels=seen[guide]),
        fusion=replace(config.fusion, kind=fusion or config.fusion.kind),
        temporal_pooling=pooling or config.temporal_pooling,
        hr=replace(config.hr, decoder=decoder or config.hr.decoder),
    )
