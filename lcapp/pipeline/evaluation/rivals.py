"""Years at 1.6 m that are made without the network: each has a row beside its samples."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch

from lcapp.models.back_projection import back_project
from lcapp.prepare import Scaling, footprint_windows, guided, unscale
from lcapp.types import Floats, Prepared, SuperResolved

Rival = Callable[[Prepared, SuperResolved, Sequence[Scaling]], Floats | None]
"""A scene, what the network made of it, and the range of each band of the scaled values, to M C Hs
Ws, reflectance, NaN where absent.

Of what the network made only grids, monthly means and x_u may be looked at. None where a scene
allows no such year."""

BACK_PROJECTIONS = 3
"""Rounds for the bicubic year: what agreement with Sentinel-2 gives without a network, which itself
may use it (`DiffusionConfig.back_projections`)."""


def bicubic(_: Prepared, found: SuperResolved, __: Sequence[Scaling]) -> Floats:
    """x_u."""
    return found.bicubic


def back_projected(_: Prepared, found: SuperResolved, __: Sequence[Scaling]) -> Floats:
    """x_u brought to agree with Sentinel-2."""
    plain, measured = torch.from_numpy(found.bicubic), torch.from_numpy(found.monthly)
    windows = footprint_windows(found.lr_grid, found.sr_grid, found.bands)
    year: Floats = back_project(plain, measured, windows, BACK_PROJECTIONS).numpy()
    return year


def guided_upsampling(prepared: Prepared, _: SuperResolved, scalings: Sequence[Scaling]) -> Floats:
    """The months with the detail of the aerial image that explains them at 10 m: no training."""
    scaled = np.moveaxis(guided(prepared).image, 1, 0)  # C M Hs Ws
    return np.stack([unscale(*pair) for pair in zip(scaled, scalings, strict=True)], axis=1)


RIVALS: Mapping[str, Rival] = {
    "bicubic": bicubic,
    "bicubic, back-projected": back_projected,
    "guided upsampling": guided_upsampling,
}
"""Name in the tables to how the year is made, in their order. A line more is a row more; records
without it are made anew."""
