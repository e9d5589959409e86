"""UPerFuse, the networks that IGN publishes for FLAIR-HUB (Garioud et al., 2025, section V).

An encoder for each modality, a fusion of their stages, a decoder for each task. Names of the parts
are those of the published files, so that a file loads key by key. Facts: FLAIR.md and the
published code (IGNF/FLAIR-HUB, Apache-2.0).
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from lcapp.families.flairhub.decoders import ImageDecoder, resized
from lcapp.families.flairhub.encoders import ImageEncoder
from lcapp.families.flairhub.sizes import UPerFuseConfig
from lcapp.models.series.utae import UTAE
from lcapp.sensors import SERIES

LABEL_PIXELS = 512
"""Side of the logits."""


def dates_of(series: str) -> str:
    """Under which name a series' days come: `SENTINEL2_TS` -> `SENTINEL2_DATES`."""
    return series.removesuffix("_TS") + "_DATES"


class UPerFuse(nn.Module):
    """Patches of one place to the class scores of each task.

    Args:
        config: Sizes.
        published: Also build what the files hold and inference does without, so that the keys are
            those of a file.
    """

    def __init__(self, config: UPerFuseConfig, published: bool = False) -> None:
        super().__init__()
        self.config = config
        self.unused_keys: tuple[str, ...] = ()
        self.encoders = nn.ModuleDict()
        for name in config.modalities:
            if name in config.images:
                self.encoders[name] = ImageEncoder(config.images[name])
            else:
                logits = published or not config.images
                self.encoders[name] = UTAE(config.series[name], logits)
        if published or (config.images and len(config.modalities) > 1):
            self.fusion_handler = _Fusion(config)
        self.main_decoders = nn.ModuleDict()
        if published or config.images or len(config.tasks) > 1:
            for task in config.tasks:
                self.main_decoders[task] = self._decoder(bool(config.images), task, published)
        if published:
            self.aux_decoders = nn.ModuleDict(
                {
                    f"{name}__{task}": self._decoder(name in config.images, task, published)
                    for name, task in config.auxiliary
                }
            )

    def _decoder(self, of_image: bool, task: str, published: bool) -> nn.Module:
        tasks = self.config.tasks
        if of_image:
            decoder, widths = self.config.decoder, self.config.widths
            return ImageDecoder(decoder, widths, tasks[task], published)
        return nn.Conv2d(sum(tasks.values()), tasks[task], 1)

    def forward(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Class scores.

        Args:
            inputs: By modality, float32, normalised: images B C H W; series B T C H W with their
                days from 15 May, B T, under `..._DATES`. Others are left aside.

        Returns:
            B K 512 512 logits of each task.

        Raises:
            ValueError: An input is missing or of another shape.
        """
        self._check(inputs)
        if not self.config.images:
            return self._from_series_alone(inputs)
        stages = {
            name: encoder(inputs[name])
            if name in self.config.images
            else encoder(inputs[name], inputs[dates_of(name)])
            for name, encoder in self.encoders.items()
        }
        reference = self.config.modalities[0]  # images come first
        joined = stages[reference]
        if len(stages) > 1:
            joined = self.fusion_handler([*stages.values()], joined)
        size = inputs[reference].shape[2:]
        return {
            task: resized(decoder(joined, size), (LABEL_PIXELS, LABEL_PIXELS))
            for task, decoder in self.main_decoders.items()
        }

    def _from_series_alone(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The U-TAEs' own logits, their mean where there are several."""
        scores = []
        for name, encoder in self.encoders.items():
            assert isinstance(encoder, UTAE)
            logits = encoder.classify(encoder(inputs[name], inputs[dates_of(name)]))
            scores.append(resized(logits, (LABEL_PIXELS, LABEL_PIXELS)))
        mean = torch.stack(scores).mean(0)  # B K 512 512
        if not self.main_decoders:
            return dict.fromkeys(self.config.tasks, mean)
        return {task: decoder(mean) for task, decoder in self.main_decoders.items()}

    def _check(self, inputs: Mapping[str, Tensor]) -> None:
        for name in self.config.modalities:
            needed = {name: "B T C H W", dates_of(name): "B T"} if name in SERIES else {name: ""}
            if missing := needed.keys() - inputs.keys():
                raise ValueError(f"missing inputs: {', '.join(sorted(missing))}")
            shape = tuple(inputs[name].shape)
            if name in self.config.images:
                image = self.config.images[name]
                expected = (image.bands, image.pixels, image.pixels)
                if len(shape) != 4 or shape[1:] != expected:
                    raise ValueError(f"{name}: expected B {expected}, got {shape}")
                continue
            bands, days = self.config.series[name].bands, tuple(inputs[dates_of(name)].shape)
            if len(shape) != 5 or shape[2] != bands:
                raise ValueError(f"{name}: expected B T {bands} H W, got {shape}")
            if days != shape[:2]:
                raise ValueError(f"{dates_of(name)}: expected {shape[:2]}, got {days}")


class _Fusion(nn.Module):
    """Stages of all modalities, brought to the reference's sizes, joined by 1 x 1 convolutions.

    The series' maps come deepest first: the deepest one joins the finest stage of the images.
    """

    def __init__(self, config: UPerFuseConfig) -> None:
        super().__init__()
        per_modality = [
            config.images[name].widths
            if name in config.images
            else tuple(reversed(config.series[name].decoder_widths))
            for name in config.modalities
        ]
        # Without an image there is nothing to join; the files hold one convolution of one channel.
        incoming = [sum(widths) for widths in zip(*per_modality, strict=True)]
        pairs = zip(incoming, config.widths, strict=True) if config.images else [(1, 1)]
        self.conv_f = nn.ModuleList(nn.Conv2d(before, after, 1) for before, after in pairs)

    def forward(
        self, modalities: Sequence[Sequence[Tensor]], reference: list[Tensor]
    ) -> list[Tensor]:
        """Four maps of each modality, and the reference's, to four joined maps."""
        joined = []
        for conv, target, *maps in zip(self.conv_f, reference, *modalities, strict=True):
            aligned = [resized(one, target.shape[2:]) for one in maps]
            joined.append(conv(torch.cat(aligned, dim=1)))
        return joined
