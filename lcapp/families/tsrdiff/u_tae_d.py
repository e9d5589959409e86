"""U-TAE-D: TSRDiff before U-T&T (paper, Tables 1 and 2).

A U-TAE reads the super-resolved months, a U-Net the aerial image, and the U-TAE's map is added at
the U-Net's skips. Deviations, the text being silent: the U-TAE's own class scores stand for D_SR in
L_SR; it always sees twelve months, the absent ones empty, since its norms reach over all of them.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from lcapp.families.tsrdiff.answers import Classified, SRFeatures
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.models.fusion.attention import FusionState
from lcapp.models.fusion.skips import SkipAddition
from lcapp.models.image.unet import UNet
from lcapp.models.series.utae import UTAE

_MONTHS = 12


class UTAED(TSRDiff):
    """E_C and eps_w, a U-TAE for E_SR, and a U-Net; `config.utt` is not None."""

    def build_readers(self, training_parts: bool) -> None:
        """U-TAE, U-Net, and what is added between them."""
        utt = self.config.utt
        assert utt is not None
        self.utae, self.unet = UTAE(utt.utae), UNet(utt.unet, self.config.classes)
        self.skips = SkipAddition(utt.utae.decoder_widths[0], utt.unet.stage_widths)

    def encode_sr(
        self, sr: Tensor, day_offsets: Tensor, present: Tensor, chunk: int | None = None
    ) -> SRFeatures:
        """As `TSRDiff.encode_sr`; the one level is the U-TAE's map."""
        months, (height, width) = sr.shape[1], sr.shape[3:]
        absent, beyond = ~present, (0, _MONTHS - months)
        series = sr.masked_fill(absent[:, :, None, None, None], 0.0)  # B T C Hs Ws
        series = F.pad(series, (0, 0, 0, 0, 0, 0, *beyond))
        days = F.pad(day_offsets.masked_fill(absent, 0.0), beyond)
        maps, weights = self.utae.read(series, days)
        weights = F.interpolate(weights[:, :months], size=sr.shape[3:], mode="nearest")
        return SRFeatures([maps[-1][..., :height, :width]], [weights], [])

    def classify(
        self, aerial: Tensor, sr_features: SRFeatures, *, without_series: bool = False
    ) -> Classified:
        """As `TSRDiff.classify`; nothing attends."""
        size = (aerial.shape[-2], aerial.shape[-1])
        stages, (features,) = self.unet.encode(aerial), sr_features.levels
        logits, alone = self.unet.decode(self.skips(stages, features), size), None
        if without_series:
            alone = self.unet.decode(self.skips(stages, torch.zeros_like(features)), size)
        return Classified(logits, FusionState({}), alone)

    def classify_sr(self, sr_features: SRFeatures) -> Tensor:
        """The U-TAE's own class scores, B K Hs Ws."""
        return self.utae.classify(sr_features.levels)

    def start_encoder_sr(self) -> None:
        """A U-TAE takes no weights of E_C."""
