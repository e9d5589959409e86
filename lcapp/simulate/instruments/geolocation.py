"""Where the satellite believes that it is: each date lies some metres off its place.

Most of the error of a place is common to its dates, as they are laid onto one reference; the rest
is each date's own. Sentinel-2's absolute geolocation is about 3 m as a rule (ESA's data quality
reports, sections "Geometry").
"""

import numpy as np

from lcapp.prepare.windows import blurring_matrix
from lcapp.simulate.land.ground.surface import Doubles
from lcapp.types import Floats

COMMON, OWN = 0.8, 0.6
"""Deviations of the common and of a date's own part, of the whole: their squares sum to 1."""

BOUND = 2.0
"""No date lies further off than so many deviations."""

FINER = 2
"""Samples along a pixel of finely sampled ground: half of the point spread's variance has left so
little beyond them that nothing folds over."""


def shifts(count: int, deviation: float, generator: np.random.Generator) -> Doubles:
    """Draw where the dates of a place lie.

    Args:
        count: T dates.
        deviation: Of each axis, metres; 0: all lie right.
        generator: Of these shifts alone.

    Returns:
        T 2, metres to the east and to the north by which what a date shows lies off its place.
    """
    common = generator.normal(0.0, COMMON, 2)
    drawn = deviation * (common + generator.normal(0.0, OWN, (count, 2)))
    far, bound = np.hypot(*drawn.T)[:, None], BOUND * deviation
    kept: Doubles = np.divide(bound, far, out=np.ones_like(far), where=far > bound) * drawn
    return kept


def displaced(images: Doubles, off: Doubles, blur: float) -> Doubles:
    """Images of finely sampled ground, each as it is seen off its place.

    Args:
        images: T C H W, `FINER` samples along a pixel.
        off: T 2, by how many pixels to the east and north what is seen lies off its place.
        blur: Deviation of the Gaussian by which each pixel averages its samples, in pixels.

    Returns:
        T C H/f W/f; beyond the border its samples are repeated.
    """
    height, width = images.shape[2:]

    def axis(size: int, by: float) -> Floats:
        middles = np.arange(size // FINER) + 0.5 - by
        return blurring_matrix(size, FINER * middles - 0.5, FINER * blur)

    return np.stack(
        [
            axis(height, -north) @ image @ axis(width, east).T
            for image, (east, north) in zip(images, off, strict=True)
        ]
    )
