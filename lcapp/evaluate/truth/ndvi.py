"""NDVI: its error, and the pixels whose state moved most between the flight and a month."""

from collections.abc import Sequence

import numpy as np

from lcapp.types import Bools, Floats

RED, INFRARED = "B4", "B8"

CHANGED_SHARE = 0.2
"""Of a tile's pixels: those whose true NDVI moved most. There the aerial image shows another state,
so that copying it is wrong."""


def ndvi(images: Floats, bands: Sequence[str]) -> Floats | None:
    """(B8 - B4) / (B8 + B4), -1..1.

    Reflectance below 0, which no surface has but a sample may, counts as 0, and black as NDVI 0:
    every image has a value at every pixel.

    Args:
        images: ... C H W, reflectance.
        bands: Sentinel-2 names of C.

    Returns:
        ... H W; None without one of the two bands.
    """
    if RED not in bands or INFRARED not in bands:
        return None
    red, infrared = (
        np.maximum(images[..., bands.index(band), :, :], 0) for band in (RED, INFRARED)
    )
    total = red + infrared
    index: Floats = np.divide(infrared - red, total, out=np.zeros_like(total), where=~(total <= 0))
    return index


def moved_most(before: Floats, now: Floats) -> Bools | None:
    """The fifth of the pixels whose NDVI moved most, up or down; all that tie with the last of it.

    Args:
        before: H W, true NDVI of the month nearest to the aerial image.
        now: H W, true NDVI of the month in question.

    Returns:
        H W; None where nothing moved, as in the nearest month itself.
    """
    moved = np.abs(now - before)
    place = moved.size - max(round(CHANGED_SHARE * moved.size), 1)
    least = np.partition(moved.ravel(), place)[place]
    changed: Bools = (moved >= least) & (moved > 0)
    return changed if changed.any() else None
