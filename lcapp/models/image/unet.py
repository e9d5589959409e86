"""U-Net over an encoder trained for images (Ronneberger et al., 2015; FLAIR #2's baseline).

Encoders are timm's: ResNet and ResNeXt (He et al., 2016; Xie et al., 2017), and the Mix Transformer
of SegFormer (Xie et al., 2021), which is PVT v2 with an MLP four times as wide in every stage. The
decoder is that of segmentation-models-pytorch. Sizes that 32 does not divide are padded by
reflection on the right and at the bottom, and the scores cropped, as in the HR branch.
"""

import timm
from segmentation_models_pytorch.decoders.unet.decoder import UnetDecoder
from torch import Tensor, nn

from lcapp.models.image.hr_branch import reflected
from lcapp.models.sizes import UNetConfig

COARSEST = 32
"""Stride of the last stage."""

_DROPPED_PATHS = 0.1
"""Share of the residual branches of the last Mix Transformer block that training leaves out."""


class UNet(nn.Module):
    """Encoder and decoder; between them a network may add to the stages.

    Args:
        config: Sizes.
        classes: Channels of the output.
    """

    def __init__(self, config: UNetConfig, classes: int) -> None:
        super().__init__()
        self.config = config
        self.encoder = _mit(config) if config.encoder == "mit" else _resnet(config)
        widths = config.decoder_widths
        self.decoder = UnetDecoder((config.bands, *config.stage_widths), widths, len(widths))
        self.scores = nn.Conv2d(widths[-1], classes, 3, padding=1)

    def encode(self, aerial: Tensor) -> list[Tensor]:
        """(B C H W) of any size -> stages 1..5, at strides 2 to 32 of the padded image."""
        rows, cols = (
            reflected(size, size + -size % COARSEST, aerial.device) for size in aerial.shape[-2:]
        )
        aerial = aerial.index_select(-2, rows).index_select(-1, cols)
        stages: list[Tensor] = self.encoder(aerial)
        if self.config.encoder == "mit":  # it begins at stride 4
            height, width = aerial.shape[-2:]
            stages = [aerial.new_zeros(len(aerial), 0, height // 2, width // 2), *stages]
        return stages

    def decode(self, stages: list[Tensor], size: tuple[int, int]) -> Tensor:
        """Stages 1..5 and the image's (H, W) -> logits B K H W."""
        first = stages[0]
        height, width = first.shape[-2:]
        whole = first.new_zeros(0, 0, 2 * height, 2 * width)  # the decoder reads its size alone
        logits: Tensor = self.scores(self.decoder([whole, *stages]))
        return logits[..., : size[0], : size[1]]


def _resnet(config: UNetConfig) -> nn.Module:
    grouped = config.encoder == "resnext"
    return timm.create_model(  # type: ignore[no-any-return]
        "resnext50_32x4d" if grouped else "resnet34",
        pretrained=False,
        features_only=True,
        in_chans=config.bands,
        channels=config.widths,
        layers=config.depths,
    )


def _mit(config: UNetConfig) -> nn.Module:
    return timm.create_model(  # type: ignore[no-any-return]
        "pvt_v2_b2",
        pretrained=False,
        features_only=True,
        in_chans=config.bands,
        embed_dims=config.widths,
        num_heads=config.heads,
        mlp_ratios=(4,) * len(config.widths),
        depths=config.depths,
        drop_path_rate=_DROPPED_PATHS,
    )
