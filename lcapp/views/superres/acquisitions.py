"""Every acquisition of a series: when, how much of it is covered by what, whether it is used."""

import datetime as dt
import html
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lcapp.errors import SceneError
from lcapp.language import number, short_months, tr
from lcapp.prepare import clear_dates, cover_percent, crop_to_tile
from lcapp.prepare.clouds import CAUSES, cover_by_cause, main_cause, why_not_clear
from lcapp.sensors import COMMON_BANDS, SENTINEL2
from lcapp.types import CloudRule, Scene

_SIGNS = {"cloud": "☁", "snow": "❄", "gaps": "□"}


@dataclass(frozen=True)
class Acquisition:
    """One date.

    Attributes:
        date: Its day.
        cover: Percent of the patch under anything.
        cloud: Percent under cloud alone; None without a mask.
        snow: Likewise.
        gaps: Percent without a datum.
        kept: It is part of its month.
        reason: Why not, with the limit; empty where it is kept.
        kind: What covers most of it, a key of the signs; empty where nothing does.
    """

    date: dt.date
    cover: float
    cloud: float | None
    snow: float | None
    gaps: float
    kept: bool
    reason: str
    kind: str


def acquisitions(scene: Scene, rule: CloudRule | None = None) -> tuple[Acquisition, ...]:
    """All dates of the scene's Sentinel-2 series, in their order.

    Args:
        scene: With a series.
        rule: When a date is clear.

    Raises:
        SceneError: There is no series, or it does not cover the patch.
    """
    rule = rule or CloudRule()
    series = scene.only([SENTINEL2]).series[SENTINEL2]
    common = [band for band in COMMON_BANDS.values() if band in series.bands]
    if not common:
        raise SceneError("the series has none of the bands of its months", where=scene.id)
    order = [series.bands.index(band) for band in common]
    series = replace(series, values=series.values[:, order], bands=tuple(common))
    series = crop_to_tile(series, scene.grid)
    cover = cover_percent(series, rule)  # T
    kept = clear_dates(series, cover, rule)  # T
    causes = cover_by_cause(series, rule)  # each T
    found = []
    for at in np.argsort(np.array(series.dates, "datetime64[D]"), kind="stable").tolist():
        of = {name: float(percent[at]) for name, percent in causes.items()}
        percent = float(cover[at])
        reason = "" if kept[at] else why_not_clear(of, percent, rule)
        found.append(
            Acquisition(
                series.dates[at],
                percent,
                of.get("cloud"),
                of.get("snow"),
                of["gaps"],
                bool(kept[at]),
                reason,
                main_cause(of),
            )
        )
    return tuple(found)


def acquisitions_html(dates: Sequence[Acquisition]) -> str:
    """The dates by calendar month: kept ones filled, the others with what covers them."""
    columns = []
    for month, name in enumerate(short_months(), start=1):
        of = [one for one in dates if one.date.month == month]
        used = sum(one.kept for one in of)
        chips = "".join(map(_chip, of)) or f"<li class='lc-none'>{html.escape(tr('none'))}</li>"
        columns.append(
            f"<section><h5>{name} <span>{used}/{len(of)}</span></h5><ul>{chips}</ul></section>"
        )
    told = tr(
        "Day of the month and percent of the patch that is covered. ✓ kept, ✗ left out, by what "
        "covers most of it: {signs}. Above each month: dates kept of dates acquired.",
        signs=", ".join(f"{_SIGNS[kind]} {tr(word)}" for kind, word in CAUSES.items()),
    )
    said = html.escape(told)
    return f"{_STYLE}<div class='lc-dates'>{''.join(columns)}</div><p class='lc-told'>{said}</p>"


def acquisitions_csv(dates: Sequence[Acquisition]) -> str:
    """A line a date; percent."""
    lines = ["date,cover,cloud,snow,no data,kept,reason"]
    for one in dates:
        shares = (one.cover, one.cloud, one.snow, one.gaps)
        cells = ["" if share is None else f"{share:.2f}" for share in shares]
        kept = "yes" if one.kept else "no"
        lines.append(",".join([one.date.isoformat(), *cells, kept, f'"{one.reason}"']))
    return "\n".join(lines) + "\n"


def _chip(one: Acquisition) -> str:
    title = html.escape(f"{one.date.isoformat()}: {one.reason or tr('kept')}")
    sign = "✓" if one.kept else f"✗ {_SIGNS.get(one.kind, '')}"
    kind = "lc-kept" if one.kept else "lc-left"
    return (
        f"<li class='{kind}' title='{title}'><b>{one.date.day}</b> {sign} "
        f"<span>{number(one.cover, '.0f')} %</span></li>"
    )


_STYLE = """<style>
.lc-dates { display: grid; gap: .35rem; grid-template-columns: repeat(12, minmax(0, 1fr)); }
.lc-dates h5 { margin: 0; padding: 0 0 .2rem; font-size: .9rem; }
.lc-dates h5 span { font-weight: 400; }
.lc-dates ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 2px; }
.lc-dates li { margin: 0; padding: .05rem .3rem; font-size: .88rem; border-radius: .25rem;
  white-space: nowrap; overflow: hidden; border: 1px solid rgba(128,128,128,.45);
  font-variant-numeric: tabular-nums; }
.lc-dates .lc-kept { background: rgba(20,120,60,.2); border-color: rgba(20,120,60,.9); }
.lc-dates .lc-left { border-style: dashed; }
.lc-dates .lc-none { border-style: none; }
.lc-told { font-size: .88rem; margin: .4rem 0 0; }
@media (max-width: 100rem) { .lc-dates { grid-template-columns: repeat(6, minmax(0, 1fr)); } }
</style>"""
