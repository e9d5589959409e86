"""What a simulated place really looked like through the year."""

import datetime as dt
from dataclasses import dataclass

from lcapp.types.arrays import Bools, Floats
from lcapp.types.grids import Grid


@dataclass(frozen=True, eq=False)
class Truth:
    """The twelve months at 1.6 m: no cloud, no snow mask, no noise, and no month missing.

    Attributes:
        reflectance: M C Hs Ws, float32, 0..1: the mean ground over the month's truly clear dates,
            as a perfect composite sees it; without any, the ground of its 15th.
        bands: Sentinel-2 names of C.
        dates: M, mean date of those days.
        observed: M, True where the month has a clear date: one that its composite averages.
        grid: 1.6 m over the aerial image.
    """

    reflectance: Floats
    bands: tuple[str, ...]
    dates: tuple[dt.date, ...]
    observed: Bools
    grid: Grid
