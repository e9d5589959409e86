"""The whole network: a series super-resolved, fused with the aerial image, classified.

Paper, Figure 1 and section 4.1; METHOD.md section 3. The diffusion that runs between `condition`
and `encode_sr` is not in here: it needs `denoise` only (`lcapp.diffusion`).
"""

from collections.abc import Sequence

from torch import Tensor, nn

from lcapp.families.tsrdiff.answers import Classified, Conditioning, SRFeatures
from lcapp.families.tsrdiff.sizes import TSRDiffConfig
from lcapp.models.denoiser import Denoiser
from lcapp.models.fusion.attention import Fusion
from lcapp.models.image.hr_branch import HRDecoder, HREncoder
from lcapp.models.image.upernet import UPerNet
from lcapp.models.series.pooling import AttentionPooling, mean_over_months
from lcapp.models.series.tconvformer import TConvFormer
from lcapp.models.sizes import (
    UPerNetConfig,
)
from lcapp.models.windows import BatchWindow


class TSRDiff(nn.Module):
    """E_C, eps_w, E_SR, HR branch and fusion; for training also D_SR and the pre-training head.

    Args:
        config: Sizes.
        training_parts: Build D_SR, which prediction does without.
        pretrain_head: Build the classification head of E_C, which only pre-training needs.
    """

    def __init__(
        self, config: TSRDiffConfig, *, training_parts: bool = True, pretrain_head: bool = False
    ) -> None:
        super().__init__()
        self.config = config
        self.encoder_c = TConvFormer(config.encoder)
        self.denoiser = Denoiser(config.denoiser)
        self.build_readers(training_parts)
        if pretrain_head:
            self.pretrain_head = self._upernet()

    def build_readers(self, training_parts: bool) -> None:
        """What reads the super-resolved series and the image."""
        config = self.config
        fused_widths = tuple(config.hr.stage_widths[stage - 1] for stage in config.fusion.stages)
        self.encoder_sr = TConvFormer(config.encoder)
        if config.temporal_pooling == "attention":
            self.sr_pooling = nn.ModuleList(map(AttentionPooling, config.encoder.widths))
        self.hr_encoder = HREncoder(config.hr)
        self.fusion = Fusion(config.fusion, fused_widths, config.encoder.widths)
        self.hr_decoder = HRDecoder(config.hr, config.classes)
        if training_parts:
            self.sr_decoder = self._upernet()

    def _upernet(self) -> UPerNet:
        config = self.config
        return UPerNet(UPerNetConfig(config.classes, config.encoder.widths, config.upernet_width))

    def condition(
        self,
        series: Tensor,
        day_offsets: Tensor,
        present: Tensor,
        windows: Sequence[BatchWindow],
        chunk: int | None = None,
    ) -> Conditioning:
        """z: E_C on the whole LR crop, each level brought to the footprint on the SR grid.

        Args:
            series: B T C h w, scaled to [-1, 1]; absent months may hold anything.
            day_offsets: B T, days from the aerial image.
            present: B T, bool.
            windows: For each level, how the LR crop of a scene maps onto its SR grid.
            chunk: Months encoded in space at a time, where memory is short.

        Returns:
            z for the present months.
        """
        features = self.encoder_c(series, day_offsets, present, chunk=chunk)
        scenes = present.nonzero()[:, 0]  # N
        levels = [
            window(level, scenes) for level, window in zip(features.levels, windows, strict=True)
        ]
        return Conditioning(levels, features.temporal_weights)

    def denoise(
        self, x: Tensor, k: Tensor, levels: list[Tensor], guide: Tensor | None = None
    ) -> Tensor:
        """The noise in residual images x (N C Hs Ws) at steps k (N,), 0-based, given z.

        A guided denoiser sees `guide` (N G Hs Ws) as well, or does without.
        """
        return self.denoiser(x, k, levels, guide)  # type: ignore[no-any-return]

    def encode_sr(
        self, sr: Tensor, day_offsets: Tensor, present: Tensor, chunk: int | None = None
    ) -> SRFeatures:
        """E_SR: features of the super-resolved series, pooled over its present months.

        Args:
            sr: B T C Hs Ws, scaled to [-1, 1]; absent months may hold anything.
            day_offsets: B T, days from the aerial image.
            present: B T, bool.
            chunk: Months encoded in space at a time, where memory is short.

        Returns:
            Levels and temporal weights.
        """
        features = self.encoder_sr(sr, day_offsets, present, chunk=chunk)
        if self.config.temporal_pooling == "mean":
            levels = [mean_over_months(level, present) for level in features.levels]
            return SRFeatures(levels, features.temporal_weights, [])
        pooled = [
            pool(level, present)
            for pool, level in zip(self.sr_pooling, features.levels, strict=True)
        ]
        return SRFeatures(
            [level for level, _ in pooled],
            features.temporal_weights,
            [shares for _, shares in pooled],
        )

    def classify(
        self, aerial: Tensor, sr_features: SRFeatures, *, without_series: bool = False
    ) -> Classified:
        """Class scores of the aerial image, which asks the super-resolved series.

        Args:
            aerial: B C H W, scaled to [-1, 1].
            sr_features: E_SR's answer for the same scenes, on the SR grid over the same tile.
            without_series: Also decode the same stages without the series. For evaluation mode: in
                training it would enter the decoder's batch statistics.

        Returns:
            Logits at the aerial image's size, and queries and keys of the fusion.
        """
        stages = self.hr_encoder(aerial)
        height, width = aerial.shape[-2:]
        chosen = [stages[s - 1] for s in self.config.fusion.stages]
        fused, state = self.fusion(chosen, sr_features.levels)

        def decode(replaced: list[Tensor]) -> Tensor:
            at = dict(zip(self.config.fusion.stages, replaced, strict=True))
            every = [at.get(s, features) for s, features in enumerate(stages, start=1)]
            return self.hr_decoder(every, (height, width))  # type: ignore[no-any-return]

        alone = decode(self.fusion.without_series(chosen)) if without_series else None
        return Classified(decode(fused), state, alone)

    def classify_sr(self, sr_features: SRFeatures) -> Tensor:
        """D_SR: class scores of the super-resolved series alone (paper, 4.1.3).

        Args:
            sr_features: E_SR's answer.

        Returns:
            B K Hs Ws logits.

        Raises:
            ValueError: The network was built without its training parts.
        """
        if "sr_decoder" not in self._modules:
            raise ValueError("D_SR is not built; build the network with training_parts=True")
        return self.sr_decoder(sr_features.levels)  # type: ignore[no-any-return]

    def pretrain(
        self,
        series: Tensor,
        day_offsets: Tensor,
        present: Tensor,
        windows: Sequence[BatchWindow],
    ) -> Tensor:
        """E_C as a classifier: its levels, averaged over the months, on the SR grid (4.2).

        Args:
            series: B T C h w, scaled to [-1, 1]; absent months may hold anything.
            day_offsets: B T, days from the aerial image.
            present: B T, bool.
            windows: For each level, how the LR crop of a scene maps onto its SR grid.

        Returns:
            B K Hs Ws logits.

        Raises:
            ValueError: The network was built without the pre-training head.
        """
        if "pretrain_head" not in self._modules:
            raise ValueError(
                "the pre-training head is not built; build the network with pretrain_head=True"
            )
        features = self.encoder_c(series, day_offsets, present)
        # The window is linear: averaging first resamples one map a scene in place of T.
        levels = [
            window(mean_over_months(level, present))
            for level, window in zip(features.levels, windows, strict=True)
        ]
        return self.pretrain_head(levels)  # type: ignore[no-any-return]

    def start_encoder_sr(self) -> None:
        """Give E_SR the weights of E_C, its own copy of them (paper, 4.2)."""
        self.encoder_sr.load_state_dict(self.encoder_c.state_dict())
