"""A small scene with values that can be worked out by hand."""

import datetime as dt

import numpy as np
import pytest
from affine import Affine

from lcapp.classes import FLAIR2
from lcapp.types import Grid, Image, LandCover, Month, SuperResolved

ABSENT = 2
"""The month without a clear date."""


@pytest.fixture
def grid() -> Grid:
    """16 x 24 pixels of 0.2 m in UTM 32."""
    return Grid("EPSG:25832", Affine(0.2, 0, 600_000.0, 0, -0.2, 5_700_000.0), 16, 24)


@pytest.fixture
def aerial(grid: Grid) -> Image:
    """Each band one value, but for a red first pixel."""
    pixels = np.stack([np.full((16, 24), value, np.uint8) for value in (10, 20, 30, 200)])
    pixels[0, 0, 0] = 255
    return Image(pixels, ("red", "green", "blue", "nir"), grid, dt.date(2021, 7, 1))


@pytest.fixture
def cover(grid: Grid) -> LandCover:
    """Class 2 everywhere with 0.6, but class 5 with 0.9 in the upper left pixel."""
    probabilities = np.full((13, 16, 24), 0.4 / 12, np.float32)
    probabilities[2] = 0.6
    probabilities[:, 0, 0] = 0.1 / 12
    probabilities[5, 0, 0] = 0.9
    return LandCover(probabilities, FLAIR2, grid)


@pytest.fixture
def sr(grid: Grid) -> SuperResolved:
    """2 x 3 pixels of 1.6 m; red 0.1 and NIR 0.3 bicubic, NIR 0.4 super-resolved; no February."""
    months = tuple(
        Month(number, number != ABSENT, dt.date(2021, number, 15), 4, 2, 0.5)
        if number != ABSENT
        else Month(number, False, None, 3, 0, 70.0, "cloudy: <all> of 3")
        for number in range(1, 13)
    )
    bicubic = np.empty((12, 4, 2, 3), np.float32)
    bicubic[:] = np.array([0.1, 0.08, 0.06, 0.3], np.float32)[None, :, None, None]
    bicubic[ABSENT - 1] = np.nan
    reflectance = bicubic.copy()
    reflectance[:, 3] = np.where(np.isnan(bicubic[:, 3]), np.nan, 0.4)
    lr = Grid(grid.crs, Affine(10.0, 0, 599_995.0, 0, -10.0, 5_700_005.0), 2, 2)
    return SuperResolved(
        reflectance=reflectance,
        bicubic=bicubic,
        guided=bicubic,
        agreement=np.full((12, 4), 0.5, np.float32),
        monthly=bicubic[:, :, :2, :2].copy(),
        bands=("B4", "B3", "B2", "B8"),
        months=months,
        sr_grid=grid.coarser(),
        lr_grid=lr,
        lr_consistency=np.full(12, 0.01, np.float32),
        clamped=np.zeros(12, np.float32),
    )
