"""The legend of a class map: colour, name, share and area; and what a table of it looks like."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from lcapp.classes import ClassTable
from lcapp.types import ClassArea


@dataclass(frozen=True)
class LegendRow:
    """One class of the map.

    Attributes:
        colour: `#rrggbb` as drawn on the map.
        en: English name.
        fr: French name.
        share: 0..1 of all pixels.
        m2: Square metres.
    """

    colour: str
    en: str
    fr: str
    share: float
    m2: float


def map_title(name: str) -> str:
    """What a map of a result is called, by the name of its file."""
    return {"landcover": "Land cover"}.get(name, name.replace("_", " ").capitalize())


def legend_rows(
    areas: Sequence[ClassArea], table: ClassTable, safe: bool = False
) -> tuple[LegendRow, ...]:
    """The classes, largest first; classes that the map lacks come last with a share of 0.

    Args:
        areas: One per class, in the table's order.
        table: What the ids mean.
        safe: The palette for colour-blind readers, as on the map.
    """
    rows = [
        LegendRow(one.safe_colour if safe else one.colour, one.en, one.fr, area.share, area.m2)
        for one, area in zip(table.classes, areas, strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: -row.share))


def legend_html(rows: Sequence[LegendRow], french: bool = False) -> str:
    """A table of the classes that occur, and a line that names those that do not."""
    found = [row for row in rows if row.share > 0]
    absent = [row.fr if french else row.en for row in rows if row.share == 0]
    lines = "".join(_line(row, french) for row in found)
    head = ("classe", "part", "surface") if french else ("class", "share", "area")
    missing = ("Absentes : " if french else "Not on this map: ") + ", ".join(absent)
    note = f"<p class='lc-none'>{html.escape(missing)}</p>" if absent else ""
    return (
        f"{_STYLE}<table class='lc-legend'><thead><tr><th colspan='2'>{head[0]}</th>"
        f"<th>{head[1]}</th><th>{head[2]}</th></tr></thead><tbody>{lines}</tbody></table>{note}"
    )


def _line(row: LegendRow, french: bool) -> str:
    name = html.escape(row.fr if french else row.en)
    return (
        f"<tr><td><span class='lc-swatch' style='background:{row.colour}'></span></td>"
        f"<td class='lc-name'>{name}</td><td>{100 * row.share:.1f} %</td>"
        f"<td>{row.m2:,.0f} m²</td></tr>"
    )


_STYLE = """<style>
.lc-legend { width: 100%; border-collapse: collapse; font-size: 0.95rem; line-height: 1.25; }
.lc-legend th { font-weight: 600; text-align: right; opacity: .7; padding: 0 .3rem .25rem; }
.lc-legend th:first-child { text-align: left; }
.lc-legend td { padding: .2rem .3rem; border-top: 1px solid rgba(128,128,128,.22);
  text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.lc-legend td:first-child { width: 1.6rem; text-align: left; }
.lc-legend td.lc-name { text-align: left; white-space: normal; }
.lc-swatch { display: inline-block; width: 1.15rem; height: 1.15rem; border-radius: 3px;
  border: 1px solid rgba(0,0,0,.45); vertical-align: middle; }
.lc-none { margin: .5rem .3rem 0; font-size: .85rem; opacity: .7; }
</style>"""
