"""A scene as a network takes it."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from lcapp.types.arrays import Bools, Floats
from lcapp.types.grids import Grid, Windows


@dataclass(frozen=True)
class Month:
    """What became of one calendar month.

    Attributes:
        month: 1..12.
        present: At least one acquisition was clear.
        date: Mean date of the acquisitions used; None when absent.
        acquisitions: How many fall into the month.
        used: How many of them were clear and entered the mean.
        cover_percent: Share of the crop under cloud, snow or without data: mean over the
            acquisitions used, or, for an absent month, of its clearest one. None without any.
        reason: Why it is absent, or what is implausible about it; None when all is well.
    """

    month: int
    present: bool
    date: dt.date | None
    acquisitions: int
    used: int
    cover_percent: float | None
    reason: str | None = None


@dataclass(frozen=True)
class DateShift:
    """By how much one date lies off the others.

    Attributes:
        date: The acquisition.
        east: Metres.
        north: Metres.
    """

    date: dt.date
    east: float
    north: float


@dataclass(frozen=True)
class Registration:
    """Where a series was found to lie beside its aerial image, before it was set right.

    Attributes:
        east: Metres to the east by which all dates together show things off their place.
        north: Metres to the north.
        deviation: Of these two, metres.
        decided: Both are known to about a metre. Undecided, they lean towards 0.
        dates: What each clear date has beyond that; none where the dates were left as they came.
    """

    east: float
    north: float
    deviation: tuple[float, float]
    decided: bool
    dates: tuple[DateShift, ...] = ()

    @property
    def said(self) -> str:
        """In words."""
        east, north = self.deviation
        places = (
            f"{abs(self.east):.1f} m {'east' if self.east >= 0 else 'west'} (± {east:.1f})",
            f"{abs(self.north):.1f} m {'north' if self.north >= 0 else 'south'} (± {north:.1f})",
        )
        found = "was found to lie" if self.decided else "may lie"
        rest = "" if self.decided else "; nothing in the scene tells it to the metre"
        return f"Sentinel-2 {found} {' and '.join(places)} of its place, and was moved back{rest}."


@dataclass(frozen=True, eq=False)
class PreparedImage:
    """A scene as a network takes it that reads the aerial image alone.

    Attributes:
        scene_id: The scene's id.
        collection: Name of the scene's collection.
        simulated: The scene is simulated.
        grid: The aerial grid, of the maps as well.
        notes: What was assumed on the way from the files, one sentence each.
        aerial: C H W, float32, scaled to [-1, 1]; the channels are those of the bundle.
        seen: As of the scene.
    """

    scene_id: str
    collection: str
    simulated: bool
    grid: Grid
    notes: tuple[str, ...]
    aerial: Floats
    seen: Bools | None = None


@dataclass(frozen=True, eq=False)
class Prepared:
    """A scene as a network takes it that reads the aerial image and the months of a series.

    Attributes:
        scene_id: The scene's id.
        aerial: C H W, float32, scaled to [-1, 1]; the channels are `aerial_bands`.
        aerial_bands: Names, in the bundle's order (`ndsm` among them where it wants one).
        neutral_bands: Those of them that the scene lacks and that hold their neutral value.
        series: M C h w, float32, scaled; NaN where absent. C are `series_bands`.
        series_bands: Sentinel-2 names, in the bundle's order.
        day_offsets: M, float32, month date minus aerial date in days; NaN where absent.
        months: Twelve, January first.
        hr_grid: The aerial grid.
        sr_grid: 1.6 m over the aerial image.
        lr_grid: The crop of the series.
        windows: Resampling between `lr_grid` and `sr_grid`.
        notes: What was assumed on the way from the files, one sentence each.
        collection: Name of the scene's collection.
        simulated: The scene is simulated.
        seen: As of the scene.
        registration: By what the series was moved; None: it lies where it came.
    """

    scene_id: str
    aerial: Floats
    aerial_bands: tuple[str, ...]
    neutral_bands: tuple[str, ...]
    series: Floats
    series_bands: tuple[str, ...]
    day_offsets: Floats
    months: tuple[Month, ...]
    hr_grid: Grid
    sr_grid: Grid
    lr_grid: Grid
    windows: Windows
    notes: tuple[str, ...] = ()
    collection: str = ""
    simulated: bool = False
    seen: Bools | None = None
    registration: Registration | None = None

    @property
    def grid(self) -> Grid:
        """Of the maps."""
        return self.hr_grid

    @property
    def present(self) -> Bools:
        """M, True where the month has at least one clear acquisition."""
        return np.array([month.present for month in self.months])


@dataclass(frozen=True, eq=False)
class Guided:
    """What the aerial image tells of the months at its own detail (`prepare.guide`).

    Attributes:
        image: M C Hs Ws, guided upsampling of the series, scaled; NaN where absent.
        agreement: M C, share of a band's variance at 10 m that the aerial image explains, 0..1;
            NaN where absent.
        place: F Hs Ws, what a guided denoiser sees of the place, whatever the month; None: there
            is nothing to see, and `image` is the bicubic series.
    """

    image: Floats
    agreement: Floats
    place: Floats | None
