"""What is kept of each evaluated scene: counts and figures from which all tables are made."""

from dataclasses import dataclass
from functools import lru_cache

Matrix = tuple[tuple[int, ...], ...]
"""A confusion matrix K K as plain numbers."""


@lru_cache(maxsize=1024)
def _shared(row: tuple[int, ...]) -> tuple[int, ...]:
    """The first row that was equal to this one, as far as it is remembered."""
    return row


@dataclass(frozen=True)
class Likeness:
    """How alike two images are.

    Attributes:
        psnr: dB, over all bands.
        ssim: -1..1, mean over bands; None where the image is smaller than its window.
    """

    psnr: float
    ssim: float | None


@dataclass(frozen=True)
class Truthfulness:
    """One image against the true one.

    Attributes:
        likeness: PSNR and SSIM.
        sam: Mean spectral angle in degrees; None for a single band or where none is defined.
        ergas: Relative global error, 0 is best; None where a band of the truth is 0 throughout.
        gradient: Mean gradient magnitude of each band of the image, reflectance a pixel.
        true_gradient: The same of the truth.
    """

    likeness: Likeness
    sam: float | None
    ergas: float | None
    gradient: tuple[float, ...]
    true_gradient: tuple[float, ...]


@dataclass(frozen=True)
class Shares:
    """What became of the detail that LR lacks; each 0..1, their sum is 1.

    Attributes:
        improvement: Shown as it is.
        omission: Not shown.
        hallucination: Shown as it is not.
    """

    improvement: float
    omission: float
    hallucination: float


@dataclass(frozen=True)
class ClassError:
    """The error on the pixels of one class.

    Attributes:
        pixels: How many.
        squared: Sum over them of the squared error on a range of 1, mean over the bands.
    """

    pixels: int
    squared: float


@dataclass(frozen=True)
class Detail:
    """Where one image is right and where not.

    Attributes:
        shares: None where image, bicubic and truth are one.
        absolute_error: Mean over pixels and bands, each band's range as 1.
        ndvi: Mean squared error of NDVI; None without B4 or B8.
        changed: PSNR on the fifth of the pixels whose true NDVI moved most since the month nearest
            to the aerial image, dB; None where none moved, as in that month.
        unchanged: PSNR on the others; None likewise.
        by_class: Class name to its error; empty without labels.
    """

    shares: Shares | None
    absolute_error: float
    ndvi: float | None
    changed: float | None
    unchanged: float | None
    by_class: tuple[tuple[str, ClassError], ...]


@dataclass(frozen=True)
class EnsembleFigures:
    """Several samples of one image against its truth, each band's range as 1 (`truth.ensemble`).

    Attributes:
        covered_50: Share of the true values within the 50 % prediction interval.
        covered_90: The same of the 90 % interval.
        in_range: Share of the true values between the lowest and the highest sample.
        crps: Fair continuous ranked probability score, 0 is best.
        variance: Of the samples (n - 1), mean over all values.
        squared_error: Of their mean, likewise.
    """

    covered_50: float
    covered_90: float
    in_range: float
    crps: float
    variance: float
    squared_error: float


@dataclass(frozen=True)
class MonthSpread:
    """The samples of one present month of a scene.

    Attributes:
        month: 1..12.
        figures: Against its truth.
    """

    month: int
    figures: EnsembleFigures


@dataclass(frozen=True)
class MonthFigures:
    """One present month of a scene.

    Attributes:
        month: 1..12.
        lr_consistency: Reflectance; None for a tile without a whole LR pixel.
        truth: None where the truth is not known.
        detail: None likewise.
    """

    month: int
    lr_consistency: float | None
    truth: Truthfulness | None
    detail: Detail | None


@dataclass(frozen=True)
class SeriesFigures:
    """A super-resolved year of a scene.

    Attributes:
        months: The present ones.
        aerial: The month nearest to the aerial image against that image at 1.6 m; None where the
            two do not compare.
    """

    months: tuple[MonthFigures, ...]
    aerial: Likeness | None


@dataclass(frozen=True)
class MapFigures:
    """A class map against its reference.

    Attributes:
        whole: All pixels.
        near_edges: Those near an edge between two labels.
    """

    whole: Matrix
    near_edges: Matrix

    def __post_init__(self) -> None:
        # Most rows are empty, or those of the map without the series: thousands of scenes share
        # them, or memory would grow five times as fast.
        for name in ("whole", "near_edges"):
            object.__setattr__(self, name, tuple(map(_shared, getattr(self, name))))


@dataclass(frozen=True)
class SceneRecord:
    """One scene through one network with one number of steps.

    Attributes:
        key: What the figures depend on, as a hash.
        scene: Its id.
        fused: Seed to the figures of the map; empty without labels.
        without_series: Those of the map without the series; None without labels.
        rivals: Name to the year that is made without the network, the truth's own among them;
            empty where no samples were asked for.
        samples: Each single sample.
        mean: The mean of the samples; None with fewer than two.
        spread: Of the samples around the truth; empty with fewer than two or without a truth.
    """

    key: str
    scene: str
    fused: tuple[tuple[str, MapFigures], ...]
    without_series: MapFigures | None
    rivals: tuple[tuple[str, SeriesFigures], ...]
    samples: tuple[SeriesFigures, ...]
    mean: SeriesFigures | None
    spread: tuple[MonthSpread, ...]
