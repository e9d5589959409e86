"""From acquisitions to twelve calendar months, absent ones left absent (METHOD.md section 2)."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from lcapp.prepare.clouds import (
    clear_dates,
    cover_by_cause,
    cover_percent,
    main_cause,
    why_not_clear,
)
from lcapp.prepare.scaling import to_reflectance
from lcapp.types import CloudRule, Floats, Month, Series

_WORDS = {"cloud": "cloudy", "snow": "snow", "gaps": "gaps", "": "covered"}
"""A month by what covers most of its clearest date."""

BRIGHTEST_PLAUSIBLE_BLUE = 0.25
"""Mean B2 reflectance beyond which a month is reported: clear land stays below 0.15."""


def months(series: Series, rule: CloudRule) -> tuple[Floats, tuple[Month, ...]]:
    """Mean reflectance per calendar month over the clear acquisitions.

    A month is absent, never copied or zero-filled, when it has no acquisition, no clear one, or
    pixels that none of its clear acquisitions shows. Acquisitions of several years meet in their
    calendar month. All twelve may be absent: whether that is an error is the caller's to say.

    Args:
        series: Already cropped; T C h w.
        rule: When an acquisition is clear.

    Returns:
        M C h w, surface reflectance, NaN where absent; and what became of each month.
    """
    cover = cover_percent(series, rule)  # T
    clear = clear_dates(series, cover, rule)  # T
    causes = cover_by_cause(series, rule)  # each T
    reflectance = to_reflectance(series.values, series.offsets)  # T C h w
    calendar = np.array([date.month for date in series.dates])
    monthly = np.full((12, *reflectance.shape[1:]), np.nan, dtype=np.float32)  # M C h w
    described = []
    for number in range(1, 13):
        taken = calendar == number
        kept = taken & clear
        if not kept.any():
            of_month = {name: percent[taken] for name, percent in causes.items()}
            described.append(_absent(number, cover[taken], of_month, rule))
            continue
        mean = _mean_of_finite(reflectance[kept])  # C h w
        gaps = int((~np.isfinite(mean)).any(axis=0).sum())
        if not gaps:
            monthly[number - 1] = mean
        dates = [date for date, keep in zip(series.dates, kept, strict=True) if keep]
        described.append(
            Month(
                month=number,
                present=not gaps,
                date=None if gaps else _mean_date(dates),
                acquisitions=int(taken.sum()),
                used=0 if gaps else len(dates),
                cover_percent=float(cover[kept].min() if gaps else cover[kept].mean()),
                reason=_gaps(gaps) if gaps else _implausible(mean, series.bands),
            )
        )
    return monthly, tuple(described)


def series_notes(series: Series) -> tuple[str, ...]:
    """What has to be said of the monthly means of this series, one sentence each."""
    notes = []
    if series.cloud is None and series.snow is None:
        notes.append(
            "The series has no cloud or snow mask: every acquisition was kept, cloudy ones too."
        )
    years = sorted({date.year for date in series.dates})
    if len(years) > 1:
        notes.append(
            f"The series spans {years[0]} to {years[-1]}: acquisitions were averaged by calendar "
            "month over the years."
        )
    return tuple(notes)


def main_year(dates: Sequence[dt.date]) -> int:
    """The year in which most dates lie; the later one of two with as many."""
    counts = Counter(date.year for date in dates)
    return max(counts, key=lambda year: (counts[year], year))


def _absent(number: int, cover: Floats, causes: Mapping[str, Floats], rule: CloudRule) -> Month:
    if not cover.size:
        return Month(number, False, None, 0, 0, None, "no acquisition")
    at = int(cover.argmin())
    of_clearest = {name: float(percent[at]) for name, percent in causes.items()}
    if cover.size == 1:
        which = "its one acquisition"
    else:
        which = f"the clearest of {cover.size} acquisitions"
    word = _WORDS[main_cause(of_clearest)]
    masked = len(causes) > 1  # else every date with a datum is kept, and no limit holds
    why = why_not_clear(of_clearest, float(cover[at]), rule) if masked else "no data at all"
    return Month(number, False, None, cover.size, 0, float(cover[at]), f"{word}: {which} has {why}")


def _mean_of_finite(values: Floats) -> Floats:
    """T C h w -> C h w; NaN only where no acquisition has a datum (nanmean, without warnings)."""
    finite = np.isfinite(values)
    total = np.where(finite, values, 0.0).sum(axis=0, dtype=np.float64)
    count = finite.sum(axis=0)
    mean = np.full(total.shape, np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    return mean.astype(np.float32)


def _mean_date(dates: Sequence[dt.date]) -> dt.date:
    """The mean; dates of other years are moved to the main year, so that the season stays."""
    year = main_year(dates)
    moved = [date if date.year == year else _in_year(date, year) for date in dates]
    return dt.date.fromordinal(round(sum(date.toordinal() for date in moved) / len(moved)))


def _in_year(date: dt.date, year: int) -> dt.date:
    try:
        return date.replace(year=year)
    except ValueError:  # 29 February, which most years lack
        return date.replace(year=year, day=28)


def _gaps(pixels: int) -> str:
    count = "1 pixel has" if pixels == 1 else f"{pixels} pixels have"
    return f"gaps: {count} no data on any clear date"


def _implausible(mean: Floats, bands: Sequence[str]) -> str | None:
    """What is odd about a present month; it is used all the same."""
    levels = dict(zip(bands, mean.mean(axis=(1, 2)), strict=True))
    if levels.get("B2", 0.0) > BRIGHTEST_PLAUSIBLE_BLUE:
        return f"implausibly bright: mean B2 reflectance {levels['B2']:.2f}, cloud or snow is left"
    darkest = min(levels, key=levels.__getitem__)
    if levels[darkest] < 0.0:
        return f"implausibly dark: mean {darkest} reflectance {levels[darkest]:.3f}"
    return None
