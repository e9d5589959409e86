"""Pixels to colours: composites of bands, class maps, confidence; and PNG for a page.

Reflectance has one stretch for LR, bicubic and SR and for every month (`STRETCH`). The aerial
image is shown in its own bytes: an orthophoto is colour-balanced, not reflectance.
"""

import base64
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lcapp import types
from lcapp.classes import NO_CLASS, ClassTable
from lcapp.language import message
from lcapp.sensors import COMMON_BANDS
from lcapp.types import Bools, Bytes, Floats

RGBA = NDArray[np.uint8]
"""H W 4."""

COMPOSITES: dict[str, tuple[str, ...]] = {
    message("true colour"): ("red", "green", "blue"),
    message("colour infrared"): ("nir", "red", "green"),
    message("NDVI"): ("nir", "red"),
}
"""Name to the aerial bands it is made of; the series has their Sentinel-2 counterparts."""

LOOKS: dict[str, tuple[str, ...]] = {
    **COMPOSITES,
    message("red alone"): ("red",),
    message("green alone"): ("green",),
    message("blue alone"): ("blue",),
    message("near infrared alone"): ("nir",),
}
"""The composites, and each band on its own."""

_WHITE = {"red": 0.25, "green": 0.25, "blue": 0.25, "nir": 0.5}
"""Reflectance drawn as full brightness: the same for LR, bicubic and SR, and for every month."""

_GAMMA = 1 / 1.6
"""Vegetation and water are dark in reflectance; a gamma shows them without burning bare soil."""

STRETCH = message("0 to 0.25 (near infrared 0 to 0.5) reflectance, gamma 1.6")
"""What a caption says of the above."""

_NDVI_AT = np.array([-0.2, 0.1, 0.3, 0.6, 0.9])
_NDVI_COLOURS = np.array(
    [[70, 110, 160], [200, 180, 140], [235, 225, 150], [90, 165, 70], [10, 80, 30]], float
)

NDVI_SCALE = tuple(
    (float(value), "#" + bytes(colour.astype("u1")).hex())
    for value, colour in zip(_NDVI_AT, _NDVI_COLOURS, strict=True)
)
"""NDVI and its colour, rising."""


def ndvi(red: NDArray[np.floating], nir: NDArray[np.floating]) -> Floats:
    """Normalised difference vegetation index, -1..1; NaN where both bands are 0 or absent.

    Reflectance below 0, which a correction or a network may give, counts as 0.
    """
    red, nir = np.maximum(red, 0), np.maximum(nir, 0)
    total = np.asarray(nir + red, np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        index: Floats = np.where(total > 0, (nir - red) / total, np.nan).astype(np.float32)
    return index


def aerial_rgba(
    aerial: types.Image, composite: str = "true colour", seen: Bools | None = None
) -> RGBA:
    """The aerial image, bytes as they are. Falls back to true colour without near infrared.

    Args:
        aerial: The image.
        composite: Key of `COMPOSITES`.
        seen: Of its scene: where it is False nothing is drawn.
    """
    names = COMPOSITES[composite]
    if not set(names) <= set(aerial.bands):
        names = COMPOSITES["true colour"]
    planes = [aerial.pixels[aerial.bands.index(name)] for name in names]
    if composite == "NDVI" and len(planes) == 2:
        nir, red = (plane.astype(np.float32) for plane in planes)
        rgba = _ndvi_rgba(ndvi(red, nir))
    else:
        rgba = _opaque(np.stack(planes, axis=-1))
    if seen is not None:
        rgba[~seen] = 0
    return rgba


def series_rgba(
    reflectance: Floats, bands: Sequence[str], composite: str = "true colour", own: bool = False
) -> RGBA:
    """One month of a series on the stated stretch; transparent where it is NaN.

    Args:
        reflectance: C H W.
        bands: Sentinel-2 names of C.
        composite: Key of `LOOKS`.
        own: Stretched between its own 2nd and 98th percentile instead; NDVI keeps its scale.
    """
    names = LOOKS[composite]
    planes = [reflectance[list(bands).index(COMMON_BANDS[name])] for name in names]
    if composite == "NDVI":
        return _ndvi_rgba(ndvi(planes[1], planes[0]))
    absent = ~np.isfinite(planes[0])
    limits = [
        _own_limits(plane) if own else (0.0, _WHITE[name])
        for plane, name in zip(planes, names, strict=True)
    ]
    levels = [
        np.nan_to_num((plane - low) / (high - low)).clip(0, 1) ** _GAMMA
        for plane, (low, high) in zip(planes, limits, strict=True)
    ]
    levels = levels if len(levels) == 3 else levels * 3  # one band alone is grey
    rgba = _opaque((255 * np.stack(levels, axis=-1)).round().astype(np.uint8))
    rgba[absent, 3] = 0
    return rgba


def _own_limits(plane: Floats) -> tuple[float, float]:
    known = plane[np.isfinite(plane)]
    low, high = np.percentile(known, (2, 98)) if known.size else (0.0, 1.0)
    return float(low), float(max(high, low + 1e-4))


def classes_rgba(labels: Bytes, table: ClassTable, safe: bool = False) -> RGBA:
    """Class ids (H W) in the colours of the nomenclature, or of the colour-blind palette.

    `NO_CLASS` is transparent.
    """
    empty = labels == NO_CLASS
    rgba = _opaque(table.colours(safe=safe)[np.where(empty, 0, labels)])
    rgba[empty] = 0
    return rgba


CONFIDENCE_ENDS = ((40, 20, 80), (250, 235, 120))
"""Colours of a probability of 0 and of 1."""


def confidence_rgba(confidence: Floats) -> RGBA:
    """Probability of the chosen class (H W, 0..1): dark is unsure, bright is sure.

    Transparent where it is NaN.
    """
    dark, bright = np.array(CONFIDENCE_ENDS, float)
    share = np.nan_to_num(confidence)[..., None].clip(0, 1)
    rgba = _opaque((dark + share * (bright - dark)).round().astype(np.uint8))
    rgba[np.isnan(confidence)] = 0
    return rgba


_AMOUNT_AT = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
_AMOUNT_COLOURS = np.array(
    [[252, 253, 240], [253, 190, 110], [225, 95, 65], [145, 30, 90], [45, 8, 60]], float
)


def amount_rgba(amount: Floats, most: float) -> RGBA:
    """An error or a spread (H W, not negative): pale is none, dark violet is `most` and more.

    Transparent where it is NaN.
    """
    share = np.nan_to_num(amount / most).clip(0, 1)
    planes = [np.interp(share, _AMOUNT_AT, _AMOUNT_COLOURS[:, channel]) for channel in range(3)]
    rgba = _opaque(np.stack(planes, axis=-1).round().astype(np.uint8))
    rgba[~np.isfinite(amount), 3] = 0
    return rgba


def shrunk(rgba: RGBA, size: int) -> RGBA:
    """A picture at most `size` pixels wide and high, averaged."""
    picture = Image.fromarray(rgba)
    picture.thumbnail((size, size), Image.Resampling.BOX)
    return np.asarray(picture)


def png_uri(rgba: RGBA) -> str:
    """A PNG data URI, so that a page needs no server for its images."""
    buffer = io.BytesIO()
    Image.fromarray(rgba).save(buffer, format="PNG", compress_level=3)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _opaque(rgb: NDArray[np.uint8]) -> RGBA:
    return np.concatenate([rgb, np.full((*rgb.shape[:2], 1), 255, np.uint8)], axis=-1)


def _ndvi_rgba(index: Floats) -> RGBA:
    filled = np.nan_to_num(index, nan=_NDVI_AT[0])
    planes = [np.interp(filled, _NDVI_AT, _NDVI_COLOURS[:, channel]) for channel in range(3)]
    rgba = _opaque(np.stack(planes, axis=-1).round().astype(np.uint8))
    rgba[~np.isfinite(index), 3] = 0
    return rgba
