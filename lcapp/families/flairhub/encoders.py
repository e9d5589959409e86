"""Encoders of one image in UPerFuse: Swin, and timm's ConvNeXtV2 (Woo et al., 2023).

Four stages at strides 4, 8, 16 and 32, no
final norm (FLAIR.md). Nothing is downloaded: the weights come from the published file.
"""

import timm
from torch import Tensor, nn

from lcapp.families.flairhub.sizes import ImageConfig
from lcapp.models.image.swin import Swin
from lcapp.models.sizes import SwinConfig


class ImageEncoder(nn.Module):
    """An image to four stages, finest first."""

    def __init__(self, config: ImageConfig) -> None:
        super().__init__()
        if isinstance(config, SwinConfig):
            body: nn.Module = Swin(config)
        else:
            body = timm.create_model(
                "convnextv2_base",
                pretrained=False,
                features_only=True,
                in_chans=config.bands,
                dims=config.widths,
                depths=config.depths,
            )
        self.seg_model = nn.ModuleDict({"model": body})

    def forward(self, image: Tensor) -> list[Tensor]:
        """B C H W to B C_s H/4 W/4 ... B C_s H/32 W/32."""
        return list(self.seg_model["model"](image))
