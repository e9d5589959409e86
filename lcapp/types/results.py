"""What a run finds out."""

from dataclasses import dataclass, field

import numpy as np

from lcapp.classes import ClassTable
from lcapp.types.arrays import Bytes, Floats
from lcapp.types.grids import Grid
from lcapp.types.prepared import Month


@dataclass(frozen=True, eq=False)
class SuperResolved:
    """The series at 1.6 m beside what it came from; all reflectance (0..1), NaN where absent.

    Attributes:
        reflectance: M C Hs Ws, the super-resolved series.
        bicubic: M C Hs Ws, x_u: the monthly means brought to the SR grid.
        monthly: M C h w, the monthly means on the LR crop.
        bands: Sentinel-2 names.
        months: Twelve, January first.
        sr_grid: 1.6 m.
        lr_grid: 10 m.
        lr_consistency: M, mean absolute difference of D(SR) and LR inside the footprint.
        clamped: M, share of SR values whose residual reached its bound of +-1 (METHOD.md 4).
    """

    reflectance: Floats
    bicubic: Floats
    monthly: Floats
    bands: tuple[str, ...]
    months: tuple[Month, ...]
    sr_grid: Grid
    lr_grid: Grid
    lr_consistency: Floats
    clamped: Floats


@dataclass(frozen=True, eq=False)
class LandCover:
    """Class probabilities on the aerial grid.

    Attributes:
        probabilities: K H W, float32, sum 1 over K.
        table: What the K indices mean.
        grid: The aerial grid.
    """

    probabilities: Floats
    table: ClassTable
    grid: Grid
    class_map: Bytes = field(init=False)
    confidence: Floats = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "class_map", self.probabilities.argmax(0).astype(np.uint8))
        object.__setattr__(self, "confidence", self.probabilities.max(0))


@dataclass(frozen=True)
class ClassArea:
    """The extent of one class.

    Attributes:
        name: English name of the class.
        share: 0..1, of all pixels.
        m2: Square metres.
    """

    name: str
    share: float
    m2: float


@dataclass(frozen=True, eq=False)
class Explanation:
    """What the model looked at, and what the series was worth to it.

    All weights sum to 1 over the present months and are 0 where absent; there are none, and
    `without_series` is the map itself, where the network does not read the series.

    Attributes:
        temporal_weights: For each E_SR level, M H_e W_e on the SR grid halved e times: how much
            each month contributes by the temporal encoder's attention.
        conditioning_weights: The same of E_C, which sees the monthly means: for each level,
            M h_l w_l over the whole LR crop; pixel j is centred at LR pixel j * 2^l.
        pooling_weights: For each E_SR level, M H_e W_e: the share of each month in the pooled
            features; empty where the network takes their mean.
        without_series: The land cover when the series has nothing to say: its answer in the
            fusion is 0 (eq. 6), all else is as it was.
    """

    temporal_weights: tuple[Floats, ...]
    conditioning_weights: tuple[Floats, ...]
    pooling_weights: tuple[Floats, ...]
    without_series: LandCover


@dataclass(frozen=True, eq=False)
class PixelAttention:
    """Where one aerial pixel looked in the super-resolved features.

    Attributes:
        row: Row of the pixel in the aerial image.
        col: Its column.
        maps: HR stage (3, 4, 5) to heads x H_e x W_e, each head summing to 1.
    """

    row: int
    col: int
    maps: dict[int, Floats]


@dataclass(frozen=True)
class Progress:
    """How far a run has come.

    Attributes:
        stage: `prepare`, `encode`, `super-resolve`, `classify`.
        done: Units of work done in the whole run.
        total: Units of work in the whole run.
    """

    stage: str
    done: int
    total: int
