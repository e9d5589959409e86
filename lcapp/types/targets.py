"""What a scene is trained towards."""

from dataclasses import dataclass

from lcapp.types.arrays import Bytes, Floats


@dataclass(frozen=True)
class Alignment:
    """How an aerial image was brought to reflectance: gain * scaled aerial value + offset.

    One number a band, in the order of the series' bands.

    Attributes:
        gain: Reflectance per unit of the aerial image scaled to [-1, 1]; always positive.
        offset: Reflectance at the scaled value 0.
        residual: What the fit leaves: 1.4826 times the median absolute difference from the
            series, in reflectance. NaN where no LR pixel lies inside the footprint.
    """

    gain: tuple[float, ...]
    offset: tuple[float, ...]
    residual: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Targets:
    """What the training of one scene compares with (METHOD.md sections 1, 2 and 5).

    Attributes:
        aerial_on_sr: C Hs Ws, x0^D: the aerial image at 1.6 m, on the scale and in the order of
            the series' bands; x_u at tau_HR where there is no image.
        aerial_low: C Hs Ws, up(D(x0^D)): what of it the series can tell.
        labels: H W, class ids on the aerial grid; `NO_CLASS` where there is no image.
        sr_labels: Hs Ws, the most frequent id of each SR pixel, the lowest one on a tie;
            `NO_CLASS` where no part of it has an image.
        nearest: 0..11, tau_HR: the present month nearest in days to the aerial image.
        alignment: How the radiometry was brought to the series'; None where it was left alone.
        truth: M C Hs Ws, what the months really looked like, on the same scale; None where it is
            unknown.
    """

    aerial_on_sr: Floats
    aerial_low: Floats
    labels: Bytes
    sr_labels: Bytes
    nearest: int
    alignment: Alignment | None
    truth: Floats | None = None
