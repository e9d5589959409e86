"""The losses of the joint training (paper 4.2, eq. 7-14; METHOD.md section 5).

Each function answers one value per scene, (B,), so that the mean over scenes is the same however
scenes with few and many months are dealt out to processes. Where the text differs:

- eq. 12 and 13 leave the gradient open: Sobel divided by 8, so that it is a change per pixel, on
  the pixels whose 3x3 neighbours exist. An epsilon inside the square root keeps the derivative of
  the magnitude finite where the image is flat.
- eq. 13 and 14 average over a scene's own months, and eq. 14 over the LR pixels inside the
  footprint alone.

Half precision is lifted to float32 first, and nothing here is an operation that autocast narrows.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from lcapp.train.class_losses import float32_at_least
from lcapp.train.config import TERMS, LossConfig, NoiseNorm

GRADIENT_EPSILON = 1e-8
"""Added to the squared magnitude: a flat image measures 1e-4 per pixel in a range of 2."""


@dataclass(frozen=True, eq=False)
class Terms:
    """The seven terms, (B,) each; None where switched off.

    Attributes:
        hr: L_HR.
        sr: L_SR.
        diffusion: L_D.
        radiometric: L_C.
        gradient: L_grad.
        temporal: L_T.
        spectral: L_S.
    """

    hr: Tensor | None
    sr: Tensor | None
    diffusion: Tensor | None
    radiometric: Tensor | None
    gradient: Tensor | None
    temporal: Tensor | None
    spectral: Tensor | None

    def used(self) -> dict[str, Tensor]:
        """The terms that are switched on, by name."""
        return {name: value for name, value in vars(self).items() if value is not None}

    def total(self, config: LossConfig) -> Tensor:
        """Eq. 7 with eq. 9: (B,).

        Raises:
            ValueError: A term with a weight is missing, or no term has a weight.
        """
        shares = []
        for name in TERMS:
            weight = getattr(config, name)
            if name not in ("hr", "sr"):
                weight = config.reconstruction * weight
            if not weight:
                continue
            value: Tensor | None = getattr(self, name)
            if value is None:
                raise ValueError(f"the loss {name!r} has a weight and no value")
            shares.append(weight * value)
        if not shares:
            raise ValueError("every loss has the weight 0")
        return torch.stack(shares).sum(0)


def diffusion_loss(
    predicted: Tensor, noise: Tensor, norm: NoiseNorm = "l1", unit: Tensor | None = None
) -> Tensor:
    """L_D: L1 of predicted and true noise (4.2.2, eq. 10), both N C H W, to (N,).

    Args:
        predicted: N C H W.
        noise: N C H W.
        norm: The paper's is `l1`; `l2` is the mean of the squared differences; `unit` the same in
            units of what the network is asked for.
        unit: (N,) these units, `CosineSchedule.answer_deviation`.
    """
    if norm == "l1":
        return _l1(predicted, noise)
    _check_shapes(predicted, noise)
    squares = (float32_at_least(predicted) - float32_at_least(noise)).square().flatten(1).mean(1)
    return squares if norm == "l2" or unit is None else squares / unit.to(squares).square()


def radiometric_loss(sr: Tensor, aerial: Tensor) -> Tensor:
    """L_C: L1 of values at tau_HR (eq. 11).

    Args:
        sr: B C H W, super-resolved, scaled.
        aerial: B C H W, x0^D, the aerial image on the SR grid, scaled likewise.

    Returns:
        (B,).
    """
    return _l1(sr, aerial)


def gradient_loss(sr: Tensor, aerial: Tensor) -> Tensor:
    """L_grad: L1 of gradient magnitudes at tau_HR (eq. 12), both B C H W, to (B,)."""
    return _l1(gradient_magnitude(sr), gradient_magnitude(aerial))


def temporal_loss(sr: Tensor, day_offsets: Tensor, scenes: Tensor, count: int) -> Tensor:
    """L_T: L1 of the gradient magnitudes of neighbours in date order (eq. 13).

    Args:
        sr: N C H W, the present months of all scenes, scaled.
        day_offsets: (N,), days; equal ones keep their order.
        scenes: (N,) int64, whose each month is.
        count: B.

    Returns:
        (B,); 0 for a scene with fewer than two months.
    """
    order = day_offsets.argsort(stable=True)
    order = order[scenes[order].argsort(stable=True)]  # by scene, then by date
    magnitude, owner = gradient_magnitude(sr)[order], scenes[order]
    steps = _l1(magnitude[1:], magnitude[:-1])  # N-1
    # A step from one scene to the next is nobody's.
    return scene_means(steps, torch.where(owner[1:] == owner[:-1], owner[1:], count), count)


def spectral_loss(
    down: Tensor, monthly: Tensor, inside: Tensor, scenes: Tensor, count: int
) -> Tensor:
    """L_S: L1 of the downsampled SR series and the LR series (eq. 14).

    Args:
        down: N C h w, D(SR), scaled.
        monthly: N C h w, the LR series, scaled. Any content outside, NaN included.
        inside: B h w, bool, LR pixels inside the footprint.
        scenes: (N,) int64, whose each month is.
        count: B.

    Returns:
        (B,); 0 for a scene without months or without pixels inside.
    """
    _check_shapes(down, monthly)
    mask = inside[scenes].unsqueeze(1)  # N 1 h w
    apart = float32_at_least(down) - float32_at_least(monthly)  # N C h w
    difference = torch.where(mask, apart, 0.0).abs()
    pixels = mask.sum((1, 2, 3)).clamp(min=1)  # N
    return scene_means(difference.sum((1, 2, 3)) / (pixels * down.shape[1]), scenes, count)


def gradient_magnitude(images: Tensor) -> Tensor:
    """Sobel gradient magnitude, in units of the image per pixel.

    Args:
        images: N C H W, at least 3 x 3.

    Returns:
        N C H-2 W-2.

    Raises:
        ValueError: A smaller image.
    """
    if min(images.shape[-2:]) < 3:
        raise ValueError(f"expected images of at least 3 x 3, got {tuple(images.shape[-2:])}")
    images = float32_at_least(images)
    down = (images[..., :-2, :] + 2 * images[..., 1:-1, :] + images[..., 2:, :]) / 4  # N C H-2 W
    right = (images[..., :-2] + 2 * images[..., 1:-1] + images[..., 2:]) / 4  # N C H W-2
    along_x = (down[..., 2:] - down[..., :-2]) / 2  # N C H-2 W-2
    along_y = (right[..., 2:, :] - right[..., :-2, :]) / 2  # N C H-2 W-2
    return (along_x.square() + along_y.square() + GRADIENT_EPSILON).sqrt()


def _l1(one: Tensor, other: Tensor) -> Tensor:
    """Eq. 10 image by image: N C H W twice to (N,)."""
    _check_shapes(one, other)
    return (float32_at_least(one) - float32_at_least(other)).abs().flatten(1).mean(1)


def scene_means(values: Tensor, scenes: Tensor, count: int) -> Tensor:
    """(B,) mean of each scene's values (n,); 0 where it has none."""
    # No index_add: on a GPU its sums would differ from run to run in the last digit.
    own = scenes.unsqueeze(1) == torch.arange(count, device=scenes.device)  # n B
    sums = torch.where(own, values.unsqueeze(1), 0.0).sum(0)
    return sums / own.sum(0).clamp(min=1)


def _check_shapes(one: Tensor, other: Tensor) -> None:
    """Broadcasting would compare what does not belong together."""
    if one.shape != other.shape:
        raise ValueError(f"expected equal shapes, got {tuple(one.shape)} and {tuple(other.shape)}")
