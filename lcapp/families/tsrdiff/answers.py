"""What the parts of the network answer."""

from dataclasses import dataclass

from torch import Tensor

from lcapp.models.fusion.attention import FusionState


@dataclass(frozen=True, eq=False)
class Conditioning:
    """z on the SR grid.

    Attributes:
        levels: N C_l H_l W_l for the N present months, scene by scene in the order of the series;
            H_l is the SR grid's height halved l times, rounded up.
        temporal_weights: B T h_l w_l of E_C, on its own grid: the whole LR crop, pixel j of level
            l centred at LR pixel j * 2^l; sum 1 over the present months, 0 where absent.
    """

    levels: list[Tensor]
    temporal_weights: list[Tensor]


@dataclass(frozen=True, eq=False)
class SRFeatures:
    """What E_SR says of the super-resolved series.

    Attributes:
        levels: B C_e H_e W_e, pooled over the present months.
        temporal_weights: B T H_e W_e, how much each month is attended to by the temporal encoder;
            sum 1 over the present months, 0 where absent.
        pooling_weights: B T H_e W_e, the share of each month in the pooling, likewise; empty where
            the pooling is the mean.
    """

    levels: list[Tensor]
    temporal_weights: list[Tensor]
    pooling_weights: list[Tensor]


@dataclass(frozen=True, eq=False)
class Classified:
    """Class scores and what the fusion looked at.

    Attributes:
        logits: B K H W at the size of the aerial image.
        attention: Queries and keys of the fused stages.
        logits_without_series: B K H W, the same decoder when the series has nothing to say
            (`Fusion.without_series`); None where it was not asked for.
    """

    logits: Tensor
    attention: FusionState
    logits_without_series: Tensor | None = None
