"""Sizes of UPerFuse. Imports no torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lcapp.models.sizes import SwinConfig, UTAEConfig
from lcapp.sensors import IMAGES, SERIES


@dataclass(frozen=True)
class ConvNeXtConfig:
    """A ConvNeXtV2; the defaults are its Base.

    Attributes:
        bands: Channels of the image.
        pixels: Its side.
        widths: Channels of each stage.
        depths: Blocks of each stage.
    """

    bands: int = 3
    pixels: int = 512
    widths: tuple[int, ...] = (128, 256, 512, 1024)
    depths: tuple[int, ...] = (3, 3, 27, 3)


ImageConfig = SwinConfig | ConvNeXtConfig

DecoderKind = Literal["upernet", "unet"]


@dataclass(frozen=True)
class UPerFuseConfig:
    """What a published file holds.

    Attributes:
        images: Encoder of each modality of one date, at least one if `series` is empty.
        series: Encoder of each dated series.
        tasks: Classes of each task, by FLAIR-HUB's name of its labels.
        decoder: Of the images.
        auxiliary: (modality, task) of the decoders that only training uses.
    """

    images: Mapping[str, ImageConfig]
    series: Mapping[str, UTAEConfig]
    tasks: Mapping[str, int]
    decoder: DecoderKind = "upernet"
    auxiliary: tuple[tuple[str, str], ...] = ()

    @property
    def modalities(self) -> tuple[str, ...]:
        """The network's inputs, in the order in which it joins them; dates come beside."""
        held = {*self.images, *self.series}
        return tuple(name for name in (*IMAGES, *SERIES) if name in held)

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of the joined stages, finest first: those of the first image."""
        return next(self.images[name].widths for name in IMAGES if name in self.images)
