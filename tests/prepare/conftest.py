"""Small scenes whose every number is known."""

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from affine import Affine

from lcapp.types import Grid, Image, Scene, Series
from tests.scenes import scene_of, with_parts

CORNER = (600_000.0, 6_600_000.0)


def grid(left: float, top: float, gsd: float, height: int, width: int) -> Grid:
    """A grid whose corner lies `left` metres east and `top` metres south of the tile's."""
    transform = Affine(gsd, 0, CORNER[0] + left, 0, -gsd, CORNER[1] - top)
    return Grid("EPSG:2154", transform, height, width)


def series(
    dates: list[str],
    side: int = 40,
    cloud: list[float] | None = None,
    left: float = -148.8,
    top: float = -148.8,
) -> Series:
    """B2, B3, B4, B8 at 0.05, 0.06, 0.07, 0.40; `cloud` is the covered share of each date."""
    levels = np.array([500, 600, 700, 4000], np.float32)
    values = np.broadcast_to(levels[:, None, None], (len(dates), 4, side, side)).copy()
    masks = None
    if cloud is not None:
        masks = np.zeros((len(dates), side * side), np.float32)
        for mask, share in zip(masks, cloud, strict=True):
            mask[: round(share * side * side)] = 80
        masks = masks.reshape(len(dates), side, side)
    return Series(
        values=values,
        bands=("B2", "B3", "B4", "B8"),
        dates=tuple(map(dt.date.fromisoformat, dates)),
        offsets=np.zeros(len(dates), np.float32),
        grid=grid(left, top, 10, side, side),
        cloud=masks,
        snow=None if masks is None else np.zeros_like(masks),
    )


def scene(one: Series | None, side: int = 512) -> Scene:
    """A tile with four bands, flown on 1 July 2021, without heights."""
    pixels = np.zeros((4, side, side), np.uint8)
    pixels[0], pixels[3] = 255, 51
    aerial = Image(
        pixels,
        ("red", "green", "blue", "nir"),
        grid(0, 0, 0.2, side, side),
        dt.date(2021, 7, 1),
    )
    return scene_of("made", aerial, one)


@pytest.fixture
def make() -> SimpleNamespace:
    return SimpleNamespace(
        grid=grid, series=series, scene=scene, replace=replace, with_parts=with_parts
    )
