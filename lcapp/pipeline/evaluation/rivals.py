"""Years at 1.6 m that are made without the network: each has a row beside its samples."""

from collections.abc import Callable, Mapping

import torch

from lcapp.models.back_projection import back_project
from lcapp.prepare import footprint_windows
from lcapp.types import Floats, Prepared, SuperResolved

Rival = Callable[[Prepared, SuperResolved], Floats | None]
"""A scene, and what the network made of it, to M C Hs Ws, reflectance, NaN where absent.

Of the latter only grids, monthly means and x_u may be looked at. None where a scene allows no such
year."""

BACK_PROJECTIONS = 3
"""Rounds for the bicubic year: what agreement with Sentinel-2 gives without a network, which itself
may use it (`DiffusionConfig.back_projections`)."""


def bicubic(_: Prepared, found: SuperResolved) -> Floats:
    """x_u."""
    return found.bicubic


def back_projected(_: Prepared, found: SuperResolved) -> Floats:
    """x_u brought to agree with Sentinel-2."""
    plain, measured = torch.from_numpy(found.bicubic), torch.from_numpy(found.monthly)
    windows = footprint_windows(found.lr_grid, found.sr_grid, found.bands)
    year: Floats = back_project(plain, measured, windows, BACK_PROJECTIONS).numpy()
    return year


RIVALS: Mapping[str, Rival] = {
    "bicubic": bicubic,
    "bicubic, back-projected": back_projected,
}
"""Name in the tables to how the year is made, in their order. A line more is a row more; records
without it are made anew."""
