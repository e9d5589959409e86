"""The HR branch: MaxViT encoder of the aerial image, and the decoder of the class scores.

Paper 4.1.4, METHOD.md section 3. The encoder is timm's MaxViT (Tu et al., 2022), which takes no
mask: sizes that its partition does not divide are padded by reflection on the right and at the
bottom only (padding on both sides would shift the coarse stages against the SR grid), and the
features are cropped. Two decoders: `unetformer` (default; meets the parameter count of the
paper's Table 2) and `concat` (the paper's text).
"""

import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lcapp.models.image.unetformer import UNetFormerDecoder, conv_norm_act, upsample_to
from lcapp.models.sizes import HRConfig


def reflected(size: int, padded: int, device: torch.device) -> Tensor:
    """Source index of each of `padded` pixels when `size` pixels are reflected past their end.

    The edge pixel is not repeated; the reflection goes on to and fro for any amount of padding.
    """
    period = max(2 * (size - 1), 1)
    index = torch.arange(padded, device=device) % period
    return torch.where(index < size, index, period - index)


class HREncoder(nn.Module):
    """The aerial image to five stages of features.

    Args:
        config: Sizes.
    """

    def __init__(self, config: HRConfig) -> None:
        super().__init__()
        self.multiple = 32 * config.partition
        self.body = timm.create_model(
            "maxvit_tiny_tf_512",
            pretrained=False,
            features_only=True,
            in_chans=config.bands,
            img_size=self.multiple,  # timm derives the partition from it; any multiple runs
            stem_width=config.stem_width,
            embed_dim=config.widths,
            depths=config.depths,
            transformer_dim_head=config.head_width,
        )

    def forward(self, aerial: Tensor) -> list[Tensor]:
        """(B C H W) of any size -> stages 1..5, (B C_s ceil(H/2^s) ceil(W/2^s))."""
        height, width = aerial.shape[-2:]
        padded = [-(-size // self.multiple) * self.multiple for size in (height, width)]
        if padded != [height, width]:
            rows = reflected(height, padded[0], aerial.device)
            cols = reflected(width, padded[1], aerial.device)
            aerial = aerial.index_select(-2, rows).index_select(-1, cols)
        return [
            stage[..., : -(-height // 2**s), : -(-width // 2**s)]
            for s, stage in enumerate(self.body(aerial), start=1)
        ]


class ConcatDecoder(nn.Module):
    """The decoder of the paper's text: upsample, concatenate, two convolutions a stage.

    Each stage leaves with the width of its skip.
    """

    def __init__(self, stage_widths: tuple[int, ...]) -> None:
        super().__init__()
        self.width = stage_widths[0]
        self.blocks = nn.ModuleList(
            nn.Sequential(
                conv_norm_act(below + skip, skip, 3),
                conv_norm_act(skip, skip, 3),
            )
            for below, skip in zip(stage_widths[:0:-1], stage_widths[-2::-1], strict=True)
        )

    def forward(self, stages: list[Tensor]) -> Tensor:
        """Stages 1..5, each (B C_s H_s W_s) -> (B C_1 H_1 W_1)."""
        x = stages[-1]
        for block, skip in zip(self.blocks, stages[-2::-1], strict=True):
            x = block(torch.cat([upsample_to(x, skip), skip], dim=1))
        return x


class HRDecoder(nn.Module):
    """Stages, fused where they are, to class scores at the size of the aerial image.

    Args:
        config: Sizes.
        classes: Channels of the output.
    """

    def __init__(self, config: HRConfig, classes: int) -> None:
        super().__init__()
        self.body: UNetFormerDecoder | ConcatDecoder
        if config.decoder == "unetformer":
            self.body = UNetFormerDecoder(
                config.stage_widths,
                config.decoder_width,
                config.decoder_heads,
                config.decoder_window,
            )
        else:
            self.body = ConcatDecoder(config.stage_widths)
        self.scores = nn.Conv2d(self.body.width, classes, 1)

    def forward(self, stages: list[Tensor], size: tuple[int, int]) -> Tensor:
        """Stages 1..5 and the aerial image's (H, W) -> logits (B K H W)."""
        # A 1x1 convolution and bilinear upsampling commute; this order moves K channels only.
        logits = self.scores(self.body(stages))  # B K H_1 W_1
        full = F.interpolate(logits, scale_factor=2.0, mode="bilinear", align_corners=False)
        return full[..., : size[0], : size[1]]


class HRBranch(nn.Module):
    """Encoder and decoder, with the two steps of `models.image.unet.UNet`.

    Args:
        config: Sizes.
        classes: Channels of the output.
    """

    def __init__(self, config: HRConfig, classes: int) -> None:
        super().__init__()
        self.config = config
        self.encode, self.decode = HREncoder(config), HRDecoder(config, classes)
