"""Sizes of the layers: frozen, free of torch, kept in a bundle's `config.json`."""

from dataclasses import dataclass, field
from typing import Literal, TypeVar

from lcapp.record import setting

Value = TypeVar("Value")


def _width(default: Value) -> Value:
    """Channels: what no network of this kind has more of is refused before it is built."""
    return setting(default, low=1, high=4096, most=8)


def _few(default: Value) -> Value:
    """Layers, heads, sides of windows, factors."""
    return setting(default, low=1, high=64, most=8)


@dataclass(frozen=True)
class MaxViTConfig:
    """Shape of a MaxViT layer, whatever its width.

    Attributes:
        head_width: Channels of one attention head; divides the layer's width.
        partition: Side of a window and of a grid, in pixels.
        expansion: Widening inside MBConv.
        squeeze: Width of the squeeze-excite bottleneck, as a share of the layer's width.
        mlp_ratio: Widening inside the MLP after each attention.
    """

    head_width: int = _width(32)
    partition: int = _few(8)
    expansion: int = _few(4)
    squeeze: float = setting(0.25, low=1e-3, high=1)
    mlp_ratio: int = _few(4)


@dataclass(frozen=True)
class TemporalConfig:
    """Shape of a temporal encoder, whatever its width.

    Attributes:
        layers: Transformer layers.
        heads: Attention heads; divides the width.
        mlp_ratio: Widening inside the feed-forward part.
        longest_period: The slowest wave of the date code turns by one radian in this many days.
    """

    layers: int = _few(2)
    heads: int = _few(4)
    mlp_ratio: int = _few(4)
    longest_period: float = setting(1000.0, low=1, high=1e6)


@dataclass(frozen=True)
class TConvFormerConfig:
    """Size of a T-ConvFormer; the defaults are the paper's, 14.40 M parameters.

    Attributes:
        in_channels: Bands of the series.
        widths: Channels of each level, finest first.
        depths: MaxViT layers of each level after the first.
        layer: Shape of the MaxViT layers.
        temporal: Shape of the temporal encoders.
    """

    in_channels: int = _few(4)
    widths: tuple[int, ...] = _width((64, 128, 256))
    depths: tuple[int, ...] = _few((2, 5))
    layer: MaxViTConfig = field(default_factory=MaxViTConfig)
    temporal: TemporalConfig = field(default_factory=TemporalConfig)

    def __post_init__(self) -> None:
        if len(self.widths) != len(self.depths) + 1:
            raise ValueError(
                f"expected a depth for each width after the first, got widths {self.widths} "
                f"and depths {self.depths}"
            )


Decoder = Literal["unetformer", "concat"]


@dataclass(frozen=True)
class HRConfig:
    """Sizes of the HR branch; the defaults are timm's `maxvit_tiny_tf_512`.

    Attributes:
        bands: Channels of the aerial input.
        stem_width: Channels of stage 1 (stride 2).
        widths: Channels of stages 2..5 (strides 4, 8, 16, 32); multiples of `head_width`.
        depths: MaxViT blocks of stages 2..5.
        head_width: Channels of an attention head.
        partition: Side of window and grid; inputs are padded to multiples of 32 times this.
        decoder: `unetformer`, or `concat` as in the paper's text.
        decoder_width: Channels of the UNetFormer decoder.
        decoder_heads: Its attention heads.
        decoder_window: Side of its windows.
    """

    bands: int = _few(5)
    stem_width: int = _width(64)
    widths: tuple[int, ...] = _width((64, 128, 256, 512))
    depths: tuple[int, ...] = _few((2, 2, 5, 2))
    head_width: int = _width(32)
    partition: int = _few(16)
    decoder: Decoder = "unetformer"
    decoder_width: int = _width(256)
    decoder_heads: int = _few(8)
    decoder_window: int = _few(8)

    @property
    def stage_widths(self) -> tuple[int, ...]:
        """Channels of stages 1..5."""
        return (self.stem_width, *self.widths)


FusionKind = Literal["attention", "concat", "add"]
HRCentres = Literal["even", "measured"]


@dataclass(frozen=True)
class FusionConfig:
    """Settings of the fusion.

    Attributes:
        stages: HR stages that are fused, finest first; the first meets SR level 0. Stage s has
            stride 2^s.
        heads: Attention heads.
        mlp_ratio: Hidden width of the MLP in units of its input's.
        longest_wavelength: Metres; the slowest wave of the positional code. The fastest is four
            pixels of the HR stage.
        kind: `attention` (the paper's `CA`), `concat` (`CWC`) or `add` (`Base`); the last two use
            `stages` alone of the above.
        centres: Where the pixels of the HR stages are taken to lie: at an `even` division of the
            tile, as bundles have it that do not say, or where their features come from, as
            `measured` (`models.fusion.centres`).
        levels_gsd: Metres of a pixel of every level, which divide the tile evenly; 0: the levels
            are E_SR's.
    """

    stages: tuple[int, ...] = setting((3, 4, 5), low=1, high=5, most=5)
    heads: int = _few(8)
    mlp_ratio: int = _few(4)
    longest_wavelength: float = setting(409.6, low=1, high=1e6)
    kind: FusionKind = "attention"
    centres: HRCentres = setting("even", later=True)
    levels_gsd: float = setting(0.0, low=0, high=1000, later=True)


@dataclass(frozen=True)
class DenoiserConfig:
    """Size of the denoiser.

    Attributes:
        bands: Channels of the residual image.
        width: Channels at full resolution; the step embedding has as many.
        multipliers: Channels of each level, in units of `width`; a level halves the resolution.
        conditioned: How many levels, from the finest, take a z of their own width.
        groups: Groups of the GroupNorms.
        guide_channels: Of the images that it sees beside the residual; the paper has none.
    """

    bands: int = _few(4)
    width: int = _width(64)
    multipliers: tuple[int, ...] = _few((1, 2, 4, 8))
    conditioned: int = setting(3, low=0, high=8)
    groups: int = _few(8)
    guide_channels: int = setting(0, low=0, high=64, later=True)

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of each level, finest first."""
        return tuple(self.width * multiplier for multiplier in self.multipliers)


@dataclass(frozen=True)
class UPerNetConfig:
    """Size of a UPerNet; the defaults are the paper's.

    Attributes:
        classes: K.
        in_channels: Channels of the levels, finest first.
        width: Channels inside.
        pools: Sides of the pyramid pooling, in cells.
    """

    classes: int
    in_channels: tuple[int, ...] = (64, 128, 256)
    width: int = 512
    pools: tuple[int, ...] = (1, 2, 3, 6)


PATCH = 4
"""Side of the image patch that becomes a cell of the first stage."""


@dataclass(frozen=True)
class SwinConfig:
    """Sizes; the defaults are Swin-Base on aerial images.

    Attributes:
        bands: Channels of the image.
        pixels: Its side, a multiple of 32. Windows are cut to maps smaller than they.
        width: Channels of the first stage; each further stage has twice as many.
        depths: Blocks of each stage.
        heads: Attention heads of the first stage; each further stage has twice as many.
        window: Side of a window, in cells.
    """

    bands: int = 3
    pixels: int = 512
    width: int = 128
    depths: tuple[int, ...] = (2, 2, 18, 2)
    heads: int = 4
    window: int = 12

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of each stage."""
        return tuple(self.width << stage for stage in range(len(self.depths)))

    def map_at(self, stage: int) -> int:
        """Side of the map of a stage, in cells."""
        return self.pixels // (PATCH << stage)

    def window_at(self, stage: int) -> int:
        """Side of the windows of a stage."""
        return min(self.window, self.map_at(stage))


@dataclass(frozen=True)
class UTAEConfig:
    """Widths of a U-TAE, finest stage first.

    Attributes:
        bands: Channels of an image of the series.
        encoder_widths: Channels on the way down; the last is a multiple of 16.
        decoder_widths: Channels on the way up; the last equals the encoder's.
        out_widths: Channels of the convolutions that give the logits; the last is the classes of
            all tasks together.
        strided: Each further stage halves the map by 4 x 4 convolutions (the original, and FLAIR
            #2's); else all keep its size (FLAIR-HUB's).
    """

    bands: int = _few(4)
    encoder_widths: tuple[int, ...] = _width((64, 64, 64, 128))
    decoder_widths: tuple[int, ...] = _width((32, 32, 64, 128))
    out_widths: tuple[int, ...] = _width((32, 19))
    strided: bool = False


Encoder = Literal["resnet", "resnext", "mit"]


@dataclass(frozen=True)
class UNetConfig:
    """Sizes of a U-Net; the defaults are those with ResNet-34.

    Attributes:
        bands: Channels of the image.
        encoder: `resnet` has basic blocks, `resnext` bottlenecks of 32 groups whose stages are
            four times as wide as `widths` say, `mit` is SegFormer's Mix Transformer.
        widths: Channels of the stages at strides 4, 8, 16 and 32; of `resnext` multiples of 16.
        depths: Their blocks.
        heads: Attention heads of the stages of `mit`.
        decoder_widths: Channels of the decoder's steps, from stride 16 to 1.
    """

    bands: int = _few(5)
    encoder: Encoder = "resnet"
    widths: tuple[int, ...] = _width((64, 128, 256, 512))
    depths: tuple[int, ...] = _few((3, 4, 6, 3))
    heads: tuple[int, ...] = _few((1, 2, 5, 8))
    decoder_widths: tuple[int, ...] = _width((256, 128, 64, 32, 16))

    def __post_init__(self) -> None:
        counts = (len(self.widths), len(self.depths), len(self.heads), len(self.decoder_widths))
        if counts != (4, 4, 4, 5):
            raise ValueError("a U-Net has four stages and five steps up")
        if self.encoder == "resnext" and any(width % 16 for width in self.widths):
            raise ValueError(f"16 does not divide all of the widths {self.widths}")

    @property
    def stage_widths(self) -> tuple[int, ...]:
        """Channels of stages 1..5, at strides 2 to 32; 0 where there is none."""
        if self.encoder == "mit":
            return (0, *self.widths)
        wider = 4 if self.encoder == "resnext" else 1
        return (64, *(wider * width for width in self.widths))

    @property
    def floats_per_pixel(self) -> float:
        """Float32 values of maps that are alive at once, of each pixel of the image; estimated."""
        first, second = self.decoder_widths[:-3:-1]
        return 4 * first + second + 64 + self.widths[0]


HR_DEMO = HRConfig(
    stem_width=16,
    widths=(24, 48, 80, 128),
    depths=(1, 1, 1, 1),
    head_width=8,
    partition=4,
    decoder="concat",
    decoder_width=64,
    decoder_heads=4,
)
"""For two CPU cores, as all of these."""

TCF_DEMO = TConvFormerConfig(
    widths=(16, 32, 64),
    depths=(1, 2),
    layer=MaxViTConfig(head_width=16),
    temporal=TemporalConfig(heads=2),
)

UNET_DEMO = UNetConfig(
    widths=(16, 32, 64, 96), depths=(1, 1, 1, 1), decoder_widths=(64, 48, 32, 24, 16)
)

UTAE_DEMO = UTAEConfig(4, (16, 16, 32, 32), (16, 16, 32, 32), (16, 13), strided=True)

UTAE_PAPER = UTAEConfig(4, (64, 64, 128, 128), (64, 64, 128, 128), (32, 13), strided=True)
"""That of FLAIR #2's baseline and of LF-DLM, but for the bands."""
