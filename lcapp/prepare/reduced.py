"""A place at a coarser scale, where the series as measured is the truth (Wald's protocol).

Nobody knows what real land looks like to Sentinel-2 at 1.6 m. Degraded by the factor between the
two, the series stands where super-resolution would lead (Wald, Ranchin and Mangolini, 1997): an
aerial pixel of 0.2 m becomes one of 1.25 m, the 10 m of the series become 62.5 m, as the satellite
would have measured them from that much farther off, and the 10 m that it did measure are what a
month is to become. That what is learnt there holds at 1.6 m is an assumption: woods and fields look
alike at both scales, houses do not.

The coarser scene is told in a world in which all lengths are that much smaller, so that nothing
after it has to know. Heights stay metres: they tell a wood from a field.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from lcapp.errors import NoClearDate, SceneError
from lcapp.prepare.clouds import clear_dates, cover_percent
from lcapp.prepare.months import months
from lcapp.prepare.windows import apply_window, footprint_windows, resampling_matrix
from lcapp.sensors import AERIAL_GSD, SENTINEL2, SR_FACTOR
from lcapp.types import Bools, Bytes, CloudRule, Floats, Grid, Image, Scene, Series, Truth, Window

FEWEST = 4
"""Coarse pixels of the series along a place: a guide that is regressed on fewer knows nothing."""

_SEEN = 0.999
"""Share of a coarse pixel."""


def coarser_scale(scene: Scene, pixels: int, rule: CloudRule) -> tuple[Scene, Truth]:
    """A scene degraded by as much as its series is coarser than 1.6 m, and what was measured.

    Args:
        scene: A large place with a Sentinel-2 series in its CRS.
        pixels: Of the series, along the middle of the place: as many SR pixels, of 1.6 m in their
            own world, has the coarser scene.
        rule: When an acquisition is clear; the coarser series has no others, and no masks.

    Raises:
        SceneError: The place holds fewer pixels of the series, or they are too few to be degraded.
        NoClearDate: No acquisition is clear and without a gap.
    """
    series = _clear(_middle(scene, pixels), rule, scene.id)
    factor = series.grid.gsd / (SR_FACTOR * AERIAL_GSD)  # 6.25 where the series has 10 m
    count = int(pixels / factor)  # what is left over of a coarse pixel lies on both sides
    if count < FEWEST:
        raise SceneError(
            f"{pixels} pixels of the series are {count} once degraded",
            where=scene.id,
            expected=f"at least {FEWEST} along a place",
            advice="join more patches",
        )
    aside = (pixels - count * factor) / 2
    measured = _shrunk(series.grid, factor)
    coarse = replace(
        measured,
        transform=measured.transform @ Affine.translation(aside, aside) @ Affine.scale(factor),
        height=count,
        width=count,
    )
    down = footprint_windows(coarse, measured, series.bands).down
    monthly, described = months(series, rule)
    fine = series.grid.divided(SR_FACTOR * pixels)  # of the coarser aerial image, where it lies
    coarser = replace(
        scene,
        grid=_shrunk(fine, factor),
        images={name: _resampled(one, fine, factor) for name, one in scene.images.items()},
        series={SENTINEL2: replace(series, values=apply_window(series.values, down), grid=coarse)},
        references={
            name: replace(one, labels=_nearest(one.labels, scene.grid, fine))
            for name, one in scene.references.items()
        },
        seen=None if scene.seen is None else _seen(scene.seen, scene.grid, fine),
    )
    truth = Truth(
        reflectance=np.nan_to_num(monthly),
        bands=series.bands,
        dates=tuple(one.date or series.dates[0] for one in described),
        observed=np.array([one.present for one in described]),
        grid=measured,
    )
    return coarser, truth


def _middle(scene: Scene, pixels: int) -> Series:
    """The series' pixels that lie whole on the middle of the scene."""
    series = scene.series[SENTINEL2]
    grid, (west, south, east, north) = series.grid, scene.grid.bounds
    left, top = grid.transform.c, grid.transform.f
    col = round(((west + east) / 2 - left) / grid.gsd - pixels / 2)
    row = round((top - (north + south) / 2) / grid.gsd - pixels / 2)
    rows, cols = slice(row, row + pixels), slice(col, col + pixels)
    bounds = grid.cut(rows, cols).bounds
    outside = max(west - bounds[0], south - bounds[1], bounds[2] - east, bounds[3] - north)
    if min(row, col) < 0 or rows.stop > grid.height or cols.stop > grid.width or outside > 0.01:
        raise SceneError(
            f"its middle does not hold {pixels} pixels of the series",
            where=scene.id,
            expected="a series that covers a place of that size",
        )
    return replace(
        series,
        values=series.values[..., rows, cols],
        grid=grid.cut(rows, cols),
        cloud=None if series.cloud is None else series.cloud[..., rows, cols],
        snow=None if series.snow is None else series.snow[..., rows, cols],
    )


def _clear(series: Series, rule: CloudRule, where: str) -> Series:
    """Without masks, and without the dates that are not clear or have gaps."""
    kept = clear_dates(series, cover_percent(series, rule), rule)
    kept &= np.isfinite(series.values).all(axis=(1, 2, 3))
    if not kept.any():
        raise NoClearDate(f"none of {len(kept)} acquisitions is clear all over", where=where)
    return replace(
        series,
        values=series.values[kept],
        dates=tuple(date for date, keep in zip(series.dates, kept, strict=True) if keep),
        offsets=series.offsets[kept],
        cloud=None,
        snow=None,
    )


def _shrunk(grid: Grid, factor: float) -> Grid:
    """A grid in a world that is smaller by a factor."""
    return replace(grid, transform=Affine.scale(1 / factor) @ grid.transform)


def _centres(own: Grid, to: Grid) -> tuple[Floats, Floats]:
    """Middles of a grid's rows and columns in the pixels of another; pixel 0 ends at 0 and 1."""
    step = to.gsd / own.gsd
    down, right = own.transform.f - to.transform.f, to.transform.c - own.transform.c
    rows = (np.arange(to.height) + 0.5) * step + down / own.gsd
    cols = (np.arange(to.width) + 0.5) * step + right / own.gsd
    return rows.astype(np.float32), cols.astype(np.float32)


def _window(own: Grid, to: Grid) -> Window:
    """From a grid to a coarser one in it, with antialiasing."""
    step = to.gsd / own.gsd
    rows, cols = _centres(own, to)
    return Window(
        resampling_matrix(own.height, rows - 0.5, step),
        resampling_matrix(own.width, cols - 0.5, step),
    )


def _resampled(image: Image, fine: Grid, factor: float) -> Image:
    pixels: NDArray[Any] = apply_window(image.pixels.astype(np.float32), _window(image.grid, fine))
    if image.pixels.dtype == np.uint8:
        pixels = np.clip(np.rint(pixels), 0, 255)
    seen = None if image.seen is None else _seen(image.seen, image.grid, fine)
    return replace(
        image, pixels=pixels.astype(image.pixels.dtype), grid=_shrunk(fine, factor), seen=seen
    )


def _seen(seen: Bools, own: Grid, fine: Grid) -> Bools:
    whole: Bools = apply_window(seen.astype(np.float32), _window(own, fine)) > _SEEN
    return whole


def _nearest(labels: Bytes, own: Grid, fine: Grid) -> Bytes:
    """The label on which the middle of each pixel lies."""
    rows, cols = _centres(own, fine)
    return labels[np.ix_(rows.astype(np.intp), cols.astype(np.intp))]
