"""The values that travel between the rooms: frozen, NumPy, each with its georeference.

Axis legend, everywhere: B batch, M the twelve calendar months (January first), T acquisitions,
C channels, H W pixels, K classes. Month axes always have length 12; an absent month is NaN, never
a copy and never zero. Row 0 is the northernmost.
"""

import datetime as dt
import math
from dataclasses import dataclass, field

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from lcapp.classes import ClassTable
from lcapp.sensors import SR_FACTOR

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Grid:
    """Where pixels lie: north-up, square or nearly square pixels.

    Attributes:
        crs: `EPSG:n` where it has a code, else WKT.
        transform: Pixel corner (column, row) to map coordinates, metres.
        height: Rows.
        width: Columns.
    """

    crs: str
    transform: Affine
    height: int
    width: int

    @property
    def gsd(self) -> float:
        """Ground sampling distance in map units (metres)."""
        return float(self.transform.a)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in map units."""
        west, north = self.transform.c, self.transform.f
        east = west + self.transform.a * self.width
        south = north + self.transform.e * self.height
        return west, south, east, north

    def coarser(self, factor: int = SR_FACTOR) -> "Grid":
        """The grid of pixels `factor` times as wide from the same upper left corner.

        Sizes are rounded up, so the coarser grid covers this one.
        """
        return Grid(
            crs=self.crs,
            transform=self.transform @ Affine.scale(factor),
            height=math.ceil(self.height / factor),
            width=math.ceil(self.width / factor),
        )


@dataclass(frozen=True, eq=False)
class Aerial:
    """One aerial image.

    Attributes:
        pixels: C H W, uint8, 0..255.
        bands: Names from `sensors.SPECTRAL_AERIAL_BANDS`, one per channel.
        grid: About 0.2 m.
        date: Day of the flight, where known.
    """

    pixels: Bytes
    bands: tuple[str, ...]
    grid: Grid
    date: dt.date | None


@dataclass(frozen=True, eq=False)
class Series:
    """A Sentinel-2 series as acquired, before any filter.

    Attributes:
        digital_numbers: T C H W, float32; NaN where there is no datum.
        bands: Sentinel-2 band names, one per channel.
        dates: Day of each acquisition, ascending not required.
        offsets: T, what to subtract from the digital numbers (0 or 1000).
        grid: 10 m, in the CRS of the aerial image; need not share its pixel edges.
        cloud: T H W cloud probability in percent, where there is a mask.
        snow: T H W snow probability in percent, where there is a mask.
    """

    digital_numbers: Floats
    bands: tuple[str, ...]
    dates: tuple[dt.date, ...]
    offsets: Floats
    grid: Grid
    cloud: Floats | None
    snow: Floats | None


@dataclass(frozen=True, eq=False)
class Reference:
    """Reference labels on the aerial grid: H W, uint8, indices into `table`."""

    labels: Bytes
    table: ClassTable


@dataclass(frozen=True, eq=False)
class Scene:
    """What is known of one place: an aerial image and, where there are, its companions.

    A missing companion is None; nothing is made up for it here.

    Attributes:
        id: Unique in its collection.
        collection: Name of the collection.
        aerial: The aerial image.
        series: The Sentinel-2 series.
        ndsm: H W, float32, metres above ground, on the aerial grid.
        reference: Labels.
        simulated: True for a scene of `lcapp.simulate`; said wherever it is shown.
        notes: What the reader had to assume, one sentence each.
    """

    id: str
    collection: str
    aerial: Aerial
    series: Series | None = None
    ndsm: Floats | None = None
    reference: Reference | None = None
    simulated: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Month:
    """What became of one calendar month.

    Attributes:
        month: 1..12.
        present: At least one acquisition was clear.
        date: Mean date of the acquisitions used; None when absent.
        acquisitions: How many fall into the month.
        used: How many of them were clear and entered the mean.
        cover_percent: Share of the crop under cloud, snow or without data: mean over the
            acquisitions used, or, for an absent month, of its clearest one. None without any.
        reason: Why it is absent, or what is implausible about it; None when all is well.
    """

    month: int
    present: bool
    date: dt.date | None
    acquisitions: int
    used: int
    cover_percent: float | None
    reason: str | None = None


@dataclass(frozen=True, eq=False)
class Window:
    """A separable resampling: output = rows @ image @ cols.T.

    Attributes:
        rows: H_out x H_in.
        cols: W_out x W_in.
    """

    rows: Floats
    cols: Floats


@dataclass(frozen=True, eq=False)
class Windows:
    """How the LR crop and the SR grid map onto each other (METHOD.md section 1).

    Attributes:
        levels: For levels 0, 1, 2 of the conditioning encoder: from that level's pixels over the
            whole LR crop to the denoiser's stage of the same index over the footprint. Level 0
            also gives x_u, the bicubic series on the SR grid.
        down: D(.), from the SR grid to those LR pixels of the crop that lie inside the footprint.
        inside: Row and column slices of these pixels in the LR crop.
    """

    levels: tuple[Window, ...]
    down: Window
    inside: tuple[slice, slice]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A scene as the network takes it.

    Attributes:
        scene_id: The scene's id.
        aerial: C H W, float32, scaled to [-1, 1]; the channels are `aerial_bands`.
        aerial_bands: Names, in the bundle's order (`ndsm` among them where it wants one).
        neutral_bands: Those of them that the scene lacks and that hold their neutral value.
        series: M C h w, float32, scaled; NaN where absent. C are `series_bands`.
        series_bands: Sentinel-2 names, in the bundle's order.
        day_offsets: M, float32, month date minus aerial date in days; NaN where absent.
        months: Twelve, January first.
        hr_grid: The aerial grid.
        sr_grid: 1.6 m over the aerial image.
        lr_grid: The crop of the series.
        windows: Resampling between `lr_grid` and `sr_grid`.
        notes: What was assumed on the way, one sentence each.
    """

    scene_id: str
    aerial: Floats
    aerial_bands: tuple[str, ...]
    neutral_bands: tuple[str, ...]
    series: Floats
    series_bands: tuple[str, ...]
    day_offsets: Floats
    months: tuple[Month, ...]
    hr_grid: Grid
    sr_grid: Grid
    lr_grid: Grid
    windows: Windows
    notes: tuple[str, ...] = ()

    @property
    def present(self) -> Bools:
        """M, True where the month has at least one clear acquisition."""
        return np.array([month.present for month in self.months])


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


@dataclass(frozen=True, eq=False)
class Explanation:
    """What the model looked at.

    Attributes:
        temporal_weights: For each E_SR level, M H_e W_e: how much each month contributes by the
            temporal encoder's attention; sum 1 over the present months, 0 where absent.
    """

    temporal_weights: tuple[Floats, ...]


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
