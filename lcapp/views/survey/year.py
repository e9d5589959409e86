"""A scene as a survey sees it, with the months of its series over the aerial image."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lcapp.errors import SceneError
from lcapp.prepare import crop_to_tile, footprint_windows, months
from lcapp.sensors import COMMON_BANDS
from lcapp.types import Bools, CloudRule, Floats, Scene, Truth, Window

BANDS = tuple(COMMON_BANDS.values())
"""Of a year: red, green, blue and near infrared."""


@dataclass(frozen=True, eq=False)
class Year:
    """The monthly means as measured.

    Attributes:
        reflectance: M C h w, the LR pixels wholly inside the aerial image; NaN where absent.
        present: M, whether the month has a clear date.
        down: What brings the SR grid to these pixels.
    """

    reflectance: Floats
    present: Bools
    down: Window


@dataclass(frozen=True, eq=False)
class Surveyed:
    """One scene of a survey.

    Attributes:
        scene: As read.
        truth: The year at 1.6 m; None where nobody knows it.
    """

    scene: Scene
    truth: Truth | None = None

    @cached_property
    def year(self) -> Year | None:
        """Its months; None without a series that covers it and has one clear month."""
        grid, measured = self.scene.grid, self.scene.sentinel2
        if measured is None or not set(BANDS) <= set(measured.bands):
            return None
        try:
            series = crop_to_tile(measured, grid)
        except SceneError:
            return None  # of another place: what the other pictures show is worth seeing
        monthly, described = months(series, CloudRule())
        present = np.array([month.present for month in described])
        if not present.any():
            return None
        windows = footprint_windows(series.grid, grid.coarser())
        rows, cols = windows.inside
        order = [series.bands.index(band) for band in BANDS]
        return Year(monthly[:, order, rows, cols], present, windows.down)
