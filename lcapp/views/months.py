"""The calendar: which of the twelve months is there, from how many dates, and why not."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lcapp.errors import SceneError
from lcapp.language import day_and_month, month_name, tr
from lcapp.prepare import crop_to_tile, footprint_windows, months
from lcapp.sensors import COMMON_BANDS, SENTINEL2
from lcapp.types import CloudRule, Floats, Month, Scene
from lcapp.views.imagery import RGBA, series_rgba

MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, eq=False)
class Day:
    """One month of the calendar.

    Attributes:
        name: Short name.
        present: It has a clear date.
        summary: Its mean date and the dates used, or `absent`.
        reason: Why it is absent, or what is implausible about it; empty when all is well.
        picture: H W 4, what the month looks like; None when absent.
    """

    name: str
    present: bool
    summary: str
    reason: str
    picture: RGBA | None


@dataclass(frozen=True, eq=False)
class Year:
    """A series by calendar month.

    Attributes:
        months: Twelve, January first.
        reflectance: M C H W, NaN where absent.
        bands: Sentinel-2 names of C.
    """

    months: Sequence[Month]
    reflectance: Floats
    bands: tuple[str, ...]

    @property
    def present(self) -> int:
        """How many months have a clear date."""
        return sum(month.present for month in self.months)


def calendar(year: Year, composite: str) -> tuple[Day, ...]:
    """Twelve months with a small picture of each.

    Args:
        year: As measured, or super-resolved.
        composite: Key of `imagery.COMPOSITES`.
    """
    return tuple(
        Day(
            name=month_name(month.month, short=True),
            present=month.present,
            summary=_summary(month),
            reason=month.reason or "",
            picture=series_rgba(pixels, year.bands, composite) if month.present else None,
        )
        for month, pixels in zip(year.months, year.reflectance, strict=True)
    )


def month_label(month: Month) -> str:
    """Short name; an absent month carries a sign, so that colour is not all that tells it."""
    name = month_name(month.month, short=True)
    return name if month.present else f"{name} ∅"


def month_to_show(year: Sequence[Month], wanted: int | None) -> int:
    """The month that was asked for, else the present one nearest to July."""
    if wanted is not None:
        return wanted
    present = [month.month for month in year if month.present]
    return min(present, key=lambda month: abs(month - 7), default=7)


def measured_year(scene: Scene) -> Year:
    """The monthly means as Sentinel-2 measured them, the pixels wholly inside the patch.

    Args:
        scene: With a series.

    Raises:
        SceneError: There is none, it does not cover the patch, has no band to be drawn with, or
            no pixel that lies in a patch so small.
    """
    series = scene.only([SENTINEL2]).series[SENTINEL2]
    bands = tuple(COMMON_BANDS.values())
    if missing := [band for band in bands if band not in series.bands]:
        raise SceneError(f"the series has no band {', '.join(missing)}", where=scene.id)
    order = [series.bands.index(band) for band in bands]
    series = replace(series, values=series.values[:, order], bands=bands)  # T C h w
    cropped = crop_to_tile(series, scene.grid)
    monthly, described = months(cropped, CloudRule())  # M C h w
    rows, cols = footprint_windows(cropped.grid, scene.grid.coarser()).inside
    inside = monthly[..., rows, cols]
    if not inside.size:
        raise SceneError("no pixel of the series lies wholly in the patch", where=scene.id)
    return Year(described, inside, bands)


def remarks_html(days: Sequence[Day]) -> str:
    """What there is to say of some of the months: why they are absent, what is implausible."""
    remarks = [f"<b>{day.name}</b> {html.escape(day.reason)}" for day in days if day.reason]
    return f"<p style='margin:0'>{'; '.join(remarks)}.</p>" if remarks else ""


def _summary(month: Month) -> str:
    if not month.present or month.date is None:
        return tr("absent")
    return f"{day_and_month(month.date)} · {month.used}/{month.acquisitions}"
