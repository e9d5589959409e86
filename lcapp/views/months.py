"""The calendar: which of the twelve months is there, from how many dates, and why not."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lcapp.errors import SceneError
from lcapp.prepare import crop_to_tile, footprint_windows, months
from lcapp.sensors import COMMON_BANDS, SENTINEL2
from lcapp.types import CloudRule, Floats, Month, Scene
from lcapp.views.imagery import RGBA, png_uri, series_rgba

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
            name=MONTH_NAMES[month.month - 1],
            present=month.present,
            summary=_summary(month),
            reason=month.reason or "",
            picture=series_rgba(pixels, year.bands, composite) if month.present else None,
        )
        for month, pixels in zip(year.months, year.reflectance, strict=True)
    )


def month_label(month: Month) -> str:
    """Short name; an absent month carries a sign, so that colour is not all that tells it."""
    name = MONTH_NAMES[month.month - 1]
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


def calendar_html(days: Sequence[Day], chosen: int | None = None) -> str:
    """The months as a strip of tiles, and under it what there is to say of some of them.

    Args:
        days: From `calendar`.
        chosen: Month 1..12 to be framed.
    """
    tiles = [_tile(day, number == chosen) for number, day in enumerate(days, start=1)]
    remarks = [f"<b>{day.name}</b> {html.escape(day.reason)}" for day in days if day.reason]
    below = f"<p class='lc-why'>{'; '.join(remarks)}.</p>" if remarks else ""
    return f"{_STYLE}<div class='lc-year'>{''.join(tiles)}</div>{below}"


def _tile(day: Day, chosen: bool) -> str:
    name, summary, reason = (html.escape(text) for text in (day.name, day.summary, day.reason))
    if day.picture is not None:
        drawn = f"<img alt='{name}' src='{png_uri(day.picture)}'>"
    else:
        drawn = "<div class='lc-gap'>∅</div>"
    frame = " lc-chosen" if chosen else ""
    mark = " ⚠" if day.present and reason else ""
    return (
        f"<figure class='lc-month{frame}' title='{reason}'>{drawn}"
        f"<figcaption><b>{name}</b>{mark}<br><span>{summary}</span></figcaption></figure>"
    )


def _summary(month: Month) -> str:
    if not month.present or month.date is None:
        return "absent"
    return (
        f"{month.date.day} {MONTH_NAMES[month.date.month - 1]} · {month.used}/{month.acquisitions}"
    )


_STYLE = """<style>
.lc-year { display: grid; grid-template-columns: repeat(12, minmax(0, 1fr)); gap: .5rem;
  align-items: start; }
.lc-month { margin: 0; padding: .2rem; border-radius: .4rem; border: 2px solid transparent; }
.lc-chosen { border-color: currentColor; }
.lc-month img, .lc-gap { width: 100%; aspect-ratio: 1; border-radius: .25rem; display: block;
  image-rendering: pixelated; }
.lc-gap { display: grid; place-items: center; font-size: 1.6rem; opacity: .65;
  background: repeating-linear-gradient(45deg, rgba(128,128,128,.28) 0 6px,
    rgba(128,128,128,.1) 6px 12px); }
.lc-month figcaption { font-size: .85rem; line-height: 1.25; padding-top: .25rem; }
.lc-month span { white-space: nowrap; opacity: .75; }
.lc-why { margin: .5rem .2rem 0; font-size: .9rem; opacity: .85; }
@media (max-width: 60rem) { .lc-year { grid-template-columns: repeat(6, minmax(0, 1fr)); } }
</style>"""
