"""Decoders of UPerFuse: UPerNet and U-Net as segmentation-models-pytorch 0.4.0 has them.

Xiao et al., 2018, and Ronneberger et al., 2015; facts in FLAIR.md. U-Net's is the same in today's
version and taken from there; UPerNet's is not. Names of the parts are those of
the published files. Both take the four stages of an encoder, at strides 4 to 32, finest first, and
the size of the image they came from. smp counts a stage of no channels at stride 2: it gives
UPerNet its fifth map, and U-Net a step without a skip.
"""

from collections.abc import Sequence

import torch
from segmentation_models_pytorch.decoders.unet.decoder import UnetDecoder
from torch import Tensor, nn
from torch.nn.functional import interpolate

from lcapp.families.flairhub.sizes import DecoderKind

PYRAMID, SEGMENTATION = 256, 64
"""Channels of UPerNet's maps, and before its last convolution."""

POOLS = (1, 2, 3, 6)
"""Sides of the pyramid pooling, in cells."""

UNET_WIDTHS = (256, 128, 64, 32, 16)
"""Channels of U-Net's steps from stride 16 to 1."""


def resized(x: Tensor, size: Sequence[int]) -> Tensor:
    """Bilinear, corners not aligned: B C H W to B C and `size`."""
    if tuple(x.shape[2:]) == tuple(size):
        return x
    return interpolate(x, size=tuple(size), mode="bilinear", align_corners=False)


class ImageDecoder(nn.Module):
    """Stages to class scores.

    Args:
        kind: `upernet` or `unet`.
        widths: Channels of the stages, finest first.
        classes: K.
        published: Also build what the files hold and nobody uses.
    """

    def __init__(
        self, kind: DecoderKind, widths: Sequence[int], classes: int, published: bool = False
    ) -> None:
        super().__init__()
        decoder = _UPerNet(widths, published) if kind == "upernet" else _UNet(widths)
        if kind == "upernet":
            head = nn.Sequential(
                nn.Conv2d(SEGMENTATION, classes, 1), nn.UpsamplingBilinear2d(scale_factor=4)
            )
        else:
            head = nn.Sequential(nn.Conv2d(UNET_WIDTHS[-1], classes, 3, padding=1))
        self.seg_model = nn.ModuleDict({"decoder": decoder, "segmentation_head": head})

    def forward(self, stages: Sequence[Tensor], size: Sequence[int]) -> Tensor:
        """Four stages B C_s H_s W_s of an image of `size` H W to B K H W."""
        x = self.seg_model["decoder"](stages, size)
        return self.seg_model["segmentation_head"](x)  # type: ignore[no-any-return]


class _UPerNet(nn.Module):
    def __init__(self, widths: Sequence[int], published: bool) -> None:
        super().__init__()
        *finer, coarsest = widths
        self.psp = _PyramidPooling(coarsest)
        stages = {str(place): _Lateral(width) for place, width in enumerate(reversed(finer))}
        if published:
            # smp's list goes on with the stage at stride 2, which has no channels and no
            # parameters, and with the image itself, which no step takes.
            stages[str(len(finer) + 1)] = _Lateral(1)
        self.fpn_stages = nn.ModuleDict(stages)
        self.steps = len(finer)
        self.fpn_bottleneck = _convolution((len(widths) + 1) * PYRAMID, SEGMENTATION, 3)

    def forward(self, stages: Sequence[Tensor], size: Sequence[int]) -> Tensor:
        maps = [self.psp(stages[-1])]  # coarsest first
        for step, stage in zip(range(self.steps), reversed(stages[:-1]), strict=True):
            maps.append(self.fpn_stages[str(step)](stage, maps[-1]))
        maps.append(resized(maps[-1], [side // 2 for side in size]))
        quarter = [side // 4 for side in size]
        joined = torch.cat([resized(one, quarter) for one in maps], dim=1)  # B 5*256 H/4 W/4
        return self.fpn_bottleneck(joined)  # type: ignore[no-any-return]


class _PyramidPooling(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(cells), _convolution(width, PYRAMID, 1))
            for cells in POOLS
        )
        self.out_conv = _convolution(width + len(POOLS) * PYRAMID, PYRAMID, 1)

    def forward(self, stage: Tensor) -> Tensor:
        pooled = [resized(block(stage), stage.shape[2:]) for block in self.blocks]
        return self.out_conv(torch.cat([stage, *pooled], dim=1))  # type: ignore[no-any-return]


class _Lateral(nn.Module):
    """The way up: the coarser map brought to the stage's size, and the stage added."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.skip_conv = _convolution(width, PYRAMID, 1)

    def forward(self, stage: Tensor, coarser: Tensor) -> Tensor:
        return resized(coarser, stage.shape[2:]) + self.skip_conv(stage)  # type: ignore[no-any-return]


class _UNet(UnetDecoder):
    """smp's, with four stages; in place of the first skip it is given one without channels."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__((0, 0, *widths), UNET_WIDTHS, len(UNET_WIDTHS))

    def forward(self, stages: Sequence[Tensor], size: Sequence[int]) -> Tensor:
        finest = stages[0]
        whole, half = (
            finest.new_zeros(len(finest), 0, *(side // stride for side in size))
            for stride in (1, 2)
        )
        return super().forward([whole, half, *stages])  # type: ignore[no-any-return]


def _convolution(before: int, after: int, kernel: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(),
    )
