"""Pictures one after the other as a GIF, each with its name."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lcapp.language import month_name, tr
from lcapp.types import Floats, SuperResolved
from lcapp.views.imagery import RGBA, series_rgba

_SIDE = 384
"""Pixels to which small pictures are enlarged, by whole factors and without smoothing."""

_FOOT = 30
"""Rows for the name."""


def year_frames(
    sr: SuperResolved, look: str = "true colour", own: bool = False
) -> tuple[tuple[str, RGBA], ...]:
    """The present months, named: super-resolved, with the month as it was measured at the left."""
    frames = []
    for month, bicubic, image in zip(sr.months, sr.bicubic, sr.reflectance, strict=True):
        if not month.present:
            continue
        date = "" if month.date is None else f" {month.date.year}"
        when = f"{month_name(month.month, short=True)}{date}"
        name = tr("{month}: bicubic | super-resolved", month=when)
        frames.append((name, _beside(bicubic, image, sr.bands, look, own)))
    return tuple(frames)


def denoising_frames(
    steps: Sequence[tuple[int, Floats, Floats]],
    bands: Sequence[str],
    look: str = "true colour",
    own: bool = False,
) -> tuple[tuple[str, RGBA], ...]:
    """A month on its way from noise: with its noise, and what the network takes it to be.

    Args:
        steps: k, and the two as reflectance, C Hs Ws.
        bands: Sentinel-2 names of C.
        look: Key of `imagery.LOOKS`.
        own: Pictures have their own stretch.
    """
    return tuple(
        (tr("k = {k}: x_k | estimate of x_0", k=k), _beside(noisy, estimate, bands, look, own))
        for k, noisy, estimate in steps
    )


def _beside(left: Floats, right: Floats, bands: Sequence[str], look: str, own: bool) -> RGBA:
    pair = [series_rgba(one, bands, look, own) for one in (left, right)]
    gap = np.zeros((pair[0].shape[0], 2, 4), np.uint8)
    return np.concatenate([pair[0], gap, pair[1]], axis=1)


def gif(frames: Sequence[tuple[str, RGBA]], milliseconds: int = 800) -> bytes:
    """An endless film.

    Args:
        frames: Name and picture, H W 4, all of one size; at least one.
        milliseconds: Of each.
    """
    drawn = [_framed(name, rgba) for name, rgba in frames]
    out = io.BytesIO()
    drawn[0].save(
        out,
        "GIF",
        save_all=True,
        append_images=drawn[1:],
        duration=milliseconds,
        loop=0,
        disposal=2,
    )
    return out.getvalue()


def png(rgba: RGBA) -> bytes:
    """A picture's file, its pixels as they are."""
    out = io.BytesIO()
    Image.fromarray(rgba).save(out, "PNG")
    return out.getvalue()


def _framed(name: str, rgba: RGBA) -> Image.Image:
    factor = max(1, _SIDE // rgba.shape[0])
    large = rgba.repeat(factor, axis=0).repeat(factor, axis=1)
    ground = Image.new("RGB", (large.shape[1], large.shape[0] + _FOOT), "white")
    ground.paste(Image.fromarray(large), (0, 0), Image.fromarray(large[..., 3]))
    pen = ImageDraw.Draw(ground)
    pen.text((8, large.shape[0] + 5), name, "black", ImageFont.load_default(16))
    return ground.quantize(256, dither=Image.Dither.NONE)
