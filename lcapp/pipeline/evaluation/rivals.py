"""Years at 1.6 m that are made without the network: each has a row beside its samples."""

from collections.abc import Callable, Mapping, Sequence

from lcapp import prepare
from lcapp.language import message
from lcapp.prepare import Scaling, footprint_windows
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
    windows = footprint_windows(found.lr_grid, found.sr_grid, found.bands)
    measured = found.monthly[..., *windows.inside]
    return prepare.back_projected(found.bicubic, measured, windows, BACK_PROJECTIONS)


def guided_upsampling(_: Prepared, found: SuperResolved, __: Sequence[Scaling]) -> Floats:
    """The months with the detail of the aerial image that explains them at 10 m: no training."""
    return found.guided


RIVALS: Mapping[str, Rival] = {
    message("bicubic"): bicubic,
    message("bicubic, back-projected"): back_projected,
    message("guided upsampling"): guided_upsampling,
}
"""Name in the tables to how the year is made, in their order. A line more is a row more; records
without it are made anew."""
