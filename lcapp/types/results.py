"""What a run finds out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lcapp.classes import NO_CLASS, ClassTable
from lcapp.errors import RunError
from lcapp.types.arrays import Bools, Bytes, Floats
from lcapp.types.attention import pixel_attention
from lcapp.types.card import Card
from lcapp.types.grids import Grid
from lcapp.types.prepared import Month, Registration
from lcapp.types.run import Run


@dataclass(frozen=True, eq=False)
class SuperResolved:
    """The series at 1.6 m beside what it came from; all reflectance (0..1), NaN where absent.

    Attributes:
        reflectance: M C Hs Ws, the super-resolved series.
        bicubic: M C Hs Ws, x_u: the monthly means brought to the SR grid.
        guided: M C Hs Ws, the months upsampled by what the aerial image knows (`prepare.guide`).
        agreement: M C, share of a band's variance at 10 m that the aerial image explains, 0..1.
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
    guided: Floats
    agreement: Floats
    monthly: Floats
    bands: tuple[str, ...]
    months: tuple[Month, ...]
    sr_grid: Grid
    lr_grid: Grid
    lr_consistency: Floats
    clamped: Floats

    @property
    def below_zero(self) -> Floats:
        """M, share of the super-resolved values below 0, 0..1; NaN where absent."""
        share = (self.reflectance < 0).mean(axis=(1, 2, 3), dtype=np.float32)
        there = [month.present for month in self.months]
        return np.where(there, share, np.nan).astype(np.float32)

    @property
    def share_below_zero(self) -> float:
        """The same over the present months; 0 without one."""
        known = np.isfinite(self.reflectance)
        return float((self.reflectance[known] < 0).mean()) if known.any() else 0.0


@dataclass(frozen=True, eq=False)
class LandCover:
    """Class probabilities on the aerial grid.

    Attributes:
        probabilities: K H W, float32, sum 1 over K; NaN where there is no image.
        table: What the K indices mean.
        grid: The aerial grid.
        class_map: H W, the most probable class; `NO_CLASS` where there is no image.
        confidence: H W, its probability; NaN likewise.
    """

    probabilities: Floats
    table: ClassTable
    grid: Grid
    class_map: Bytes = field(init=False)
    confidence: Floats = field(init=False)

    def __post_init__(self) -> None:
        class_map = self.probabilities.argmax(0).astype(np.uint8)
        class_map[np.isnan(self.probabilities[0])] = NO_CLASS
        object.__setattr__(self, "class_map", class_map)
        object.__setattr__(self, "confidence", self.probabilities.max(0))

    @property
    def classified(self) -> Bools:
        """H W, where there is a class."""
        found: Bools = self.class_map != NO_CLASS
        return found

    @property
    def mean_confidence(self) -> float:
        """Mean probability of the chosen class, 0..1; NaN of a map without a class."""
        inside = self.classified
        return float(self.confidence[inside].mean()) if inside.any() else math.nan


@dataclass(frozen=True)
class ClassArea:
    """The extent of one class.

    Attributes:
        name: English name of the class.
        share: 0..1, of all pixels that have a class.
        m2: Square metres.
    """

    name: str
    share: float
    m2: float


@dataclass(frozen=True)
class GroupArea:
    """The extent of several classes together, and how sure a map is of it.

    Attributes:
        name: Of the group, such as `sealed`.
        share: 0..1, of all pixels that have a class.
        m2: Square metres.
        confidence: Mean probability of the chosen class where it is one of the group, 0..1; None
            where it is nowhere.
        expected: The share by the probabilities of all pixels: what the group would cover if each
            pixel counted with its chance to be of it, 0..1.
        classes: Its classes, largest first.
    """

    name: str
    share: float
    m2: float
    confidence: float | None
    expected: float
    classes: tuple[ClassArea, ...]


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
        without_series: The land cover with the series' answer in the fusion set to 0 (eq. 6), all
            else as it was. The network was never trained so: it tells which pixels hang on the
            series, not what a network of the aerial image alone would say.
        queries: HR stage to its fusion queries, heads H W d; empty in a fusion without attention.
        keys: HR stage to its fusion keys over the SR level, heads H W d; likewise.
    """

    temporal_weights: tuple[Floats, ...]
    conditioning_weights: tuple[Floats, ...]
    pooling_weights: tuple[Floats, ...]
    without_series: LandCover
    queries: Mapping[int, Floats]
    keys: Mapping[int, Floats]

    def attention(self, row: int, col: int) -> "PixelAttention":
        """Where one aerial pixel looked, computed for this pixel alone.

        Args:
            row: Row in the aerial image.
            col: Column in the aerial image.

        Raises:
            RunError: The pixel lies outside the image, or the fusion has no attention.
        """
        if not self.queries:
            raise RunError(
                "this network's fusion has no attention",
                expected="a bundle whose fusion is of kind 'attention'",
            )
        grid = self.without_series.grid
        if not (0 <= row < grid.height and 0 <= col < grid.width):
            raise RunError(
                f"pixel ({row}, {col}) lies outside the aerial image",
                expected=f"a row below {grid.height} and a column below {grid.width}",
            )
        maps = {}
        for stage, queries in self.queries.items():
            query = queries[:, row // 2**stage, col // 2**stage]
            maps[stage] = np.asarray(pixel_attention(query, self.keys[stage]), dtype=np.float32)
        return PixelAttention(row=row, col=col, maps=maps)


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


@dataclass(frozen=True, eq=False)
class Occlusion:
    """What each month is worth to a map: each of them left out in turn, all else as it was.

    Attributes:
        change: M H W, float32: the probability of the map's class without the month, less that
            with it; below 0 where the month speaks for the class. NaN in months that were absent
            anyway, and where there is no class.
        class_maps: M H W, the map without the month; `NO_CLASS` where `change` is NaN.
    """

    change: Floats
    class_maps: Bytes


@dataclass(frozen=True)
class RunRecord:
    """How a prediction came about.

    Attributes:
        scene: Scene id.
        collection: Name of its collection.
        simulated: The scene is simulated.
        model: What made it.
        run: As it was asked for, with the device and the micro-batch that were taken.
        seconds: Stage to seconds, and `total`.
        peak_memory_mb: Highest memory while it ran: of the process on a CPU, of torch on a GPU.
        evaluations: Of the denoiser: steps x present months; 0 where nothing is denoised.
        notes: What was assumed or set to its neutral value, one sentence each.
        sources: Files that the scene was read from, as far as it tells.
        registration: Where the series lay beside the aerial image; None where it was left there.
    """

    scene: str
    collection: str
    simulated: bool
    model: Card
    run: Run
    seconds: Mapping[str, float]
    peak_memory_mb: float
    evaluations: int
    notes: tuple[str, ...]
    sources: tuple[str, ...] = ()
    registration: Registration | None = None


@dataclass(frozen=True, eq=False)
class Prediction:
    """Everything that one run found out about a scene.

    Attributes:
        maps: Class probabilities at 0.2 m of each map, by the name of its file, in the order of
            the model.
        record: How they came about.
        super_resolved: The series at 1.6 m, where the model makes one.
        explanation: What the model looked at, where it says so.
    """

    maps: Mapping[str, LandCover]
    record: RunRecord
    super_resolved: SuperResolved | None = None
    explanation: Explanation | None = None

    @property
    def land_cover(self) -> LandCover:
        """The first map."""
        return next(iter(self.maps.values()))

    @property
    def changed_by_series(self) -> Bools | None:
        """H W: where the class hangs on the series (`without_series`); None where not known.

        Never where there is no class.
        """
        if self.explanation is None:
            return None
        changed: Bools = self.land_cover.class_map != self.explanation.without_series.class_map
        return changed

    @property
    def share_changed_by_series(self) -> float | None:
        """Share of the classified pixels whose class hangs on the series, 0..1."""
        changed = self.changed_by_series
        if changed is None:
            return None
        return float(changed.sum() / max(1, self.land_cover.classified.sum()))
