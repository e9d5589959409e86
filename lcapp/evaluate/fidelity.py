"""A super-resolved image against the image that it should be (METHOD.md section 7).

PSNR, SSIM, SAM and ERGAS are torchmetrics'; the sharpness is that of Sobel filters.

PSNR and SSIM need the range of the values. It is the physical range of each band in the bundle
(by default reflectance 0 to 0.3, and 0 to 0.6 in the near infrared), brought to 0..1: no land
surface fills 0..1, and a range of 1 would add 10 dB to every figure in the visible and 4 dB in the
near infrared. SAM and ERGAS are those of reflectance.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torchmetrics.functional.image import (
    error_relative_global_dimensionless_synthesis,
    peak_signal_noise_ratio,
    spectral_angle_mapper,
    structural_similarity_index_measure,
)

from lcapp.evaluate.records import Likeness, MonthFigures, SeriesFigures, Truthfulness
from lcapp.prepare import Scaling, footprint_windows, lr_consistency
from lcapp.types import Floats, SuperResolved

PSNR_CEILING = 100.0
"""dB; equal images, whose PSNR is infinite, count as this: no mean survives an infinite term."""

_SSIM_WINDOW = 11
"""Pixels; SSIM's Gaussian of sigma 1.5 as torchmetrics cuts it off."""


def series_figures(
    year: Floats,
    found: SuperResolved,
    scalings: Sequence[Scaling],
    truth: Floats | None,
    aerial: Floats | None,
    nearest: int,
) -> SeriesFigures:
    """All figures of a super-resolved year; absent months are left out.

    Args:
        year: M C Hs Ws, reflectance, NaN where absent: what is judged.
        found: Its months, grids and monthly means.
        scalings: C, the range of each band.
        truth: M C Hs Ws, reflectance, in the order of the same bands; None where it is unknown.
        aerial: C Hs Ws, the aerial image at 1.6 m on a range of 0..1; None leaves that out.
        nearest: 0..11, the month to compare with it.
    """
    present = np.array([month.present for month in found.months])
    consistency = lr_consistency(
        year, found.monthly, footprint_windows(found.lr_grid, found.sr_grid, found.bands)
    )
    truthfulness: Sequence[Truthfulness | None] = [None] * int(present.sum())
    if truth is not None:
        ratio = found.lr_grid.gsd / found.sr_grid.gsd
        truthfulness = against_truth(year[present], truth[present], scalings, ratio)
    near = None
    if aerial is not None:
        # As bytes, which hold nothing beyond their range.
        seen = np.clip(_in_range(year[nearest], scalings), 0, 1)
        (near,) = alike(seen[None], aerial[None])
    return SeriesFigures(
        months=tuple(
            MonthFigures(int(month) + 1, _number(float(consistency[month])), true)
            for month, true in zip(np.flatnonzero(present), truthfulness, strict=True)
        ),
        aerial=near,
    )


def against_truth(
    images: Floats, truth: Floats, scalings: Sequence[Scaling], gsd_ratio: float
) -> tuple[Truthfulness, ...]:
    """Each image against its truth.

    Args:
        images: T C H W, reflectance, finite.
        truth: T C H W, likewise.
        scalings: C, the range of each band.
        gsd_ratio: Pixel width of the series in pixels of `images`, 6.25 for 10 m and 1.6 m.

    Returns:
        T figures.
    """
    if images.shape != truth.shape:
        raise ValueError(f"expected two arrays of one shape, got {images.shape}, {truth.shape}")
    likeness = alike(_in_range(images, scalings), _in_range(truth, scalings))
    one, other = _tensor(images), _tensor(truth)
    ergas = error_relative_global_dimensionless_synthesis(
        one, other, ratio=gsd_ratio, reduction="none"
    )
    angles = _angles(one, other)
    sharpness, true_sharpness = gradient_magnitude(images), gradient_magnitude(truth)
    return tuple(
        Truthfulness(
            likeness=likeness[index],
            sam=angles[index],
            ergas=_number(float(ergas[index])),
            gradient=tuple(sharpness[index].tolist()),
            true_gradient=tuple(true_sharpness[index].tolist()),
        )
        for index in range(len(images))
    )


def alike(images: Floats, others: Floats) -> tuple[Likeness, ...]:
    """PSNR and SSIM of pairs of images on a range of 0..1.

    Args:
        images: T C H W.
        others: T C H W.

    Returns:
        T figures; an image smaller than SSIM's window has no SSIM.
    """
    one, other = _tensor(images), _tensor(others)
    psnr = peak_signal_noise_ratio(
        one, other, data_range=1.0, reduction="none", dim=(1, 2, 3)
    ).clamp(max=PSNR_CEILING)
    if min(one.shape[-2:]) < _SSIM_WINDOW:
        return tuple(Likeness(float(value), None) for value in psnr)
    # In float32, fifteen times as fast: on this range its rounding is far below SSIM's constants.
    ssim = structural_similarity_index_measure(
        one.float(), other.float(), data_range=1.0, reduction="none"
    )
    assert isinstance(ssim, torch.Tensor)
    return tuple(
        Likeness(float(decibels), float(similarity))
        for decibels, similarity in zip(psnr, ssim.reshape(-1), strict=True)
    )


def gradient_magnitude(images: Floats) -> Floats:
    """Mean length of the Sobel gradient over the inner pixels, per pixel of distance.

    Args:
        images: T C H W.

    Returns:
        T C, in the unit of `images`; 0 for images without an inner pixel.
    """
    # Sobel: the difference of the neighbours across, weighted 1 2 1 along.
    across = images[..., 2:] - images[..., :-2]
    down = images[..., 2:, :] - images[..., :-2, :]
    x = across[..., :-2, :] + 2 * across[..., 1:-1, :] + across[..., 2:, :]
    y = down[..., :-2] + 2 * down[..., 1:-1] + down[..., 2:]
    length = np.hypot(x, y) / 8  # T C H-2 W-2
    if not length.size:
        return np.zeros(images.shape[:2], np.float32)
    mean: Floats = length.mean(axis=(2, 3))
    return mean


def _angles(one: torch.Tensor, other: torch.Tensor) -> list[float | None]:
    """T, mean spectral angle in degrees; a single band has none."""
    if one.shape[1] < 2:
        return [None] * len(one)
    angle = spectral_angle_mapper(one, other, reduction="none").rad2deg()  # T H W
    # A pixel that is black in all bands points nowhere.
    return [_number(float(image[image.isfinite()].mean())) for image in angle]


def _in_range(images: Floats, scalings: Sequence[Scaling]) -> Floats:
    low = np.array([one.low for one in scalings])[:, None, None]
    high = np.array([one.high for one in scalings])[:, None, None]
    scaled: Floats = (images - low) / (high - low)
    return scaled


def _tensor(images: Floats) -> torch.Tensor:
    # float64: the angle between equal spectra would be 0.02 degrees in float32.
    return torch.from_numpy(np.ascontiguousarray(images, dtype=np.float64))


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
