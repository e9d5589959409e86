"""Steps 1 and 2: what either sensor sees of the place, and how far apart they are."""

import math
from dataclasses import dataclass

import numpy as np

from lcapp.language import month_name, tr
from lcapp.types import Floats, LandCover, Scene, SuperResolved
from lcapp.views.imagery import RGBA, aerial_rgba, ndvi, series_rgba
from lcapp.views.learn.drawing import Curves, Line
from lcapp.views.learn.slides import Chart, Pictures, Slides
from lcapp.views.months import Year

FACTORS = (1, 2, 4, 8, 16, 32, 50)
"""By which the pixels of the aerial image are made wider; the last is about that of Sentinel-2."""

_SHOWN_CLASSES, _LEAST = 3, 0.03
"""Whose year is drawn, and what share of the place a class must have for it."""


@dataclass(frozen=True)
class Sensors:
    """What the words of steps 1 and 2 need.

    Attributes:
        aerial_gsd: Metres.
        series_gsd: Likewise.
        sr_gsd: Likewise, of the super-resolved months.
        dates: Clear acquisitions of the year.
        months: Present months.
    """

    aerial_gsd: float
    series_gsd: float
    sr_gsd: float
    dates: int
    months: int

    @property
    def in_one(self) -> int:
        """Aerial pixels in one of Sentinel-2."""
        return round((self.series_gsd / self.aerial_gsd) ** 2)

    @property
    def guessed(self) -> int:
        """Super-resolved pixels in one of Sentinel-2."""
        return round((self.series_gsd / self.sr_gsd) ** 2)


def sensors_of(scene: Scene, sr: SuperResolved) -> Sensors:
    """The facts of a scene."""
    return Sensors(
        scene.grid.gsd,
        sr.lr_grid.gsd,
        sr.sr_grid.gsd,
        sum(month.used for month in sr.months),
        sum(month.present for month in sr.months),
    )


def year_slides(scene: Scene, year: Year, sr: SuperResolved, cover: LandCover) -> Slides:
    """One sharp day beside twelve coarse months, and how green the largest classes are.

    Args:
        scene: With an aerial image.
        year: As Sentinel-2 measured it.
        sr: The series, for the months at 1.6 m by interpolation alone.
        cover: The map, which says where each class is.
    """
    aerial = scene.aerial
    pictures, notes = [], []
    for month, image in zip(year.months, year.reflectance, strict=True):
        if month.present and month.date is not None:
            pictures.append(series_rgba(image, year.bands))
            notes.append(
                tr(
                    "{date:long}, the mean of {used} of {all} dates",
                    date=month.date,
                    used=month.used,
                    all=month.acquisitions,
                )
            )
        else:
            pictures.append(_nothing(*year.reflectance.shape[2:]))
            notes.append(tr("No clear date: {reason}", reason=month.reason or "–"))
    day = tr("not known") if aerial.date is None else tr("{day:long}", day=aerial.date)
    return Slides(
        tr("Month"),
        tuple(month_name(number) for number in range(1, 13)),
        (
            Pictures(
                tr("Aerial image: {gsd:.1f} m a pixel", gsd=scene.grid.gsd),
                (aerial_rgba(aerial, seen=scene.seen),),
                (tr("One day: {day}", day=day),),
            ),
            Pictures(
                tr("Sentinel-2: {gsd:.0f} m a pixel", gsd=sr.lr_grid.gsd),
                tuple(pictures),
                tuple(notes),
            ),
            Chart(
                tr("How green it is (NDVI)"),
                _greenness(sr, cover),
                tuple(range(1, 13)),
                (tr("NDVI: about 0 on bare soil, roofs and roads, 0.8 on lush green."),),
            ),
        ),
        milliseconds=600,
        loops=True,
    )


def _greenness(sr: SuperResolved, cover: LandCover) -> Curves:
    """The year of the largest classes of the map."""
    red, nir = sr.bands.index("B4"), sr.bands.index("B8")
    index = ndvi(sr.bicubic[:, red], sr.bicubic[:, nir])  # M Hs Ws
    factor = cover.grid.width / sr.sr_grid.width
    rows, cols = (
        (np.arange(size) * factor + factor / 2).astype(int).clip(0, most - 1)
        for size, most in zip(index.shape[1:], cover.class_map.shape, strict=True)
    )
    classes = cover.class_map[rows][:, cols]  # Hs Ws
    shares = np.array([(classes == one).mean() for one in range(len(cover.table))])
    largest = [int(one) for one in shares.argsort()[::-1] if shares[one] >= _LEAST]
    lines = []
    for one in largest[:_SHOWN_CLASSES]:
        there = index[:, classes == one]  # M n
        y = [float(np.nanmean(of)) if np.isfinite(of).any() else math.nan for of in there]
        lines.append(Line(cover.table.spoken[one], range(1, 13), y, marked=True))
    return Curves(
        tuple(lines),
        tr("month"),
        (0.5, 12.5),
        tuple((number, month_name(number, short=True)[:1].upper()) for number in range(1, 13)),
        (0.0, 1.0),
        tuple((share, tr("{share:.1f}", share=share)) for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)),
    )


def gap_slides(scene: Scene, sr: SuperResolved, month: int) -> Slides:
    """The aerial image with wider and wider pixels, beside a month as measured and super-resolved.

    Args:
        scene: With an aerial image.
        sr: The series.
        month: 1..12, present.
    """
    full = aerial_rgba(scene.aerial, seen=scene.seen)
    gsd, name = scene.grid.gsd, month_name(month)
    steps = [one for one in FACTORS if one < min(full.shape[:2])]
    left = [detail_left(full, one) for one in steps]
    widths = [gsd * one for one in steps]
    at = tuple(math.log2(width) for width in widths)
    notes = tuple(
        tr(
            "{cols} × {rows} pixels; {share:.0%} of the contrast is left",
            cols=math.ceil(full.shape[1] / one),
            rows=math.ceil(full.shape[0] / one),
            share=share,
        )
        for one, share in zip(steps, left, strict=True)
    )
    curves = Curves(
        (Line(tr("contrast that is left"), at, left, marked=True),),
        tr("width of a pixel in metres"),
        (at[0] - 0.2, at[-1] + 0.2),
        tuple((math.log2(width), tr("{width:.3g}", width=width)) for width in widths[::2]),
        (0.0, 1.0),
        tuple((share, tr("{share:.0%}", share=share)) for share in (0.0, 0.25, 0.5, 0.75, 1.0)),
    )
    lr, grid = sr.monthly[month - 1], sr.sr_grid
    return Slides(
        tr("Width of a pixel"),
        tuple(tr("{width:.3g} m", width=width) for width in widths),
        (
            Pictures(
                tr("Aerial image, pixels made wider"),
                tuple(coarsened(full, one) for one in steps),
                notes,
            ),
            Pictures(
                tr("{month} at {gsd:.0f} m: measured", month=name, gsd=sr.lr_grid.gsd),
                (series_rgba(_inside(lr, sr), sr.bands),),
                (tr("What the satellite gives"),),
            ),
            Pictures(
                tr("{month} at {gsd:.1f} m: super-resolved", month=name, gsd=grid.gsd),
                (series_rgba(sr.reflectance[month - 1], sr.bands),),
                (tr("What the model makes of it"),),
            ),
            Chart(tr("What wider pixels leave"), curves, at),
        ),
        milliseconds=700,
    )


def coarsened(rgba: RGBA, factor: int) -> RGBA:
    """A picture with pixels `factor` times as wide; those at the right and below may be cut."""
    sums, counts = _blocks(rgba.astype(np.float64), factor)
    return (sums / counts).round().astype(np.uint8)


def detail_left(rgba: RGBA, factor: int) -> float:
    """Share of the standard deviation of a picture's brightness that wider pixels keep, 0..1."""
    bright = rgba[..., :3].mean(axis=-1, keepdims=True)  # H W 1
    sums, counts = _blocks(bright, factor)
    means = sums / counts
    kept = ((means - bright.mean()) ** 2 * counts).sum() / counts.sum()
    return float(np.sqrt(kept / max(bright.var(), 1e-12)))


def _blocks(image: Floats, factor: int) -> tuple[Floats, Floats]:
    """Sums over blocks, h w C, and how many pixels each has, h w 1."""
    height, width = image.shape[:2]
    rows, cols = np.arange(0, height, factor), np.arange(0, width, factor)
    sums = np.add.reduceat(np.add.reduceat(image, rows, axis=0), cols, axis=1)
    counts = np.outer(np.diff([*rows, height]), np.diff([*cols, width]))[..., None]
    return sums, counts


def _inside(image: Floats, sr: SuperResolved) -> Floats:
    """The LR pixels (C h w) that touch the place."""
    west, south, east, north = sr.sr_grid.bounds
    left, _, _, top = sr.lr_grid.bounds
    gsd = sr.lr_grid.gsd
    rows = slice(max(0, round((top - north) / gsd)), max(1, round((top - south) / gsd)))
    cols = slice(max(0, round((west - left) / gsd)), max(1, round((east - left) / gsd)))
    return image[:, rows, cols]


def _nothing(height: int, width: int) -> RGBA:
    """The picture of an absent month: grey, with a cross."""
    side = 48
    rgba = np.full((side, max(1, round(side * width / height)), 4), 255, np.uint8)
    rgba[..., :3] = 150
    across = np.linspace(0, 1, rgba.shape[1])[None]
    down = np.linspace(0, 1, side)[:, None]
    cross = np.minimum(np.abs(across - down), np.abs(across + down - 1)) < 0.02
    rgba[cross, :3] = 90
    return rgba
