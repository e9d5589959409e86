"""What is kept of each evaluated scene: counts and figures from which all tables are made."""

from dataclasses import dataclass

Matrix = tuple[tuple[int, ...], ...]
"""A confusion matrix K K as plain numbers; empty where a scene has no labels."""


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
class MonthFigures:
    """One present month of a scene.

    Attributes:
        month: 1..12.
        lr_consistency: Reflectance; None for a tile without a whole LR pixel.
        truth: None where the truth is not known.
    """

    month: int
    lr_consistency: float | None
    truth: Truthfulness | None


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
class SceneRecord:
    """One scene through one network with one number of steps.

    Attributes:
        key: What the figures depend on, as a hash.
        scene: Its id.
        fused: Seed to the confusion matrix of the map.
        without_series: The confusion matrix of the map without the series.
        bicubic: x_u; None where no samples were asked for.
        back_projected: x_u brought to agree with Sentinel-2; None as for `bicubic`.
        samples: Each single sample.
        mean: The mean of the samples; None with fewer than two.
    """

    key: str
    scene: str
    fused: tuple[tuple[str, Matrix], ...]
    without_series: Matrix
    bicubic: SeriesFigures | None
    back_projected: SeriesFigures | None
    samples: tuple[SeriesFigures, ...]
    mean: SeriesFigures | None
