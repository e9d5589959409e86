"""The legends of layers: of classes with share and area, of colours that stand for numbers."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from lcapp.classes import ClassTable
from lcapp.language import number, tr
from lcapp.types import ClassArea


@dataclass(frozen=True)
class LegendRow:
    """One class of the map.

    Attributes:
        id: Its place in the table.
        colour: `#rrggbb` as drawn on the map.
        name: As it is read.
        share: 0..1 of all pixels.
        m2: Square metres.
    """

    id: int
    colour: str
    name: str
    share: float
    m2: float


def map_title(name: str) -> str:
    """What a map of a result is called, by the name of its file."""
    return tr("Land cover") if name == "landcover" else name.replace("_", " ").capitalize()


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
        LegendRow(at, one.safe_colour if safe else one.colour, one.spoken, area.share, area.m2)
        for at, (one, area) in enumerate(zip(table.classes, areas, strict=True))
    ]
    return tuple(sorted(rows, key=lambda row: -row.share))


def legend_html(rows: Sequence[LegendRow], boxes: bool = False) -> str:
    """A table of the classes that occur, and a line that names those that do not.

    Args:
        rows: From `legend_rows`.
        boxes: Each class has a box, `data-class` being its id, by which the map shows and hides
            it; the style is then that of the map.
    """
    found = [row for row in rows if row.share > 0]
    absent = [row.name for row in rows if row.share == 0]
    lines = "".join(_line(row, boxes) for row in found)
    head = (tr("class"), tr("share"), tr("area"))
    missing = tr("Not on this map: {classes}", classes=", ".join(absent))
    note = f"<p class='lc-none'>{html.escape(missing)}</p>" if absent else ""
    return (
        f"{'' if boxes else _STYLE}<table class='lc-legend'><thead><tr>"
        f"<th colspan='2'>{head[0]}</th><th>{head[1]}</th><th>{head[2]}</th></tr></thead>"
        f"<tbody>{lines}</tbody></table>{note}"
    )


def scale_html(stops: Sequence[tuple[float, str]], unit: str) -> str:
    """A bar of colours that stand for numbers, with the numbers below it.

    Args:
        stops: Number and `#rrggbb`, rising; in between by a straight line.
        unit: What the numbers are.
    """
    low, high = stops[0][0], stops[-1][0]
    places = [(100 * (value - low) / (high - low), value, colour) for value, colour in stops]
    colours = ", ".join(f"{colour} {at:.0f}%" for at, _, colour in places)
    ticks = "".join(
        f"<span style='left:{at:.0f}%'>{number(value, 'g')}</span>" for at, value, _ in places
    )
    return (
        f"<div class='lc-scale'><div style='background:linear-gradient(90deg, {colours})'></div>"
        f"<p>{ticks}</p><small>{html.escape(unit)}</small></div>"
    )


def signs_html(signs: Sequence[tuple[str, str]]) -> str:
    """Colours that stand for something each.

    Args:
        signs: `#rrggbb` and what it is.
    """
    lines = "".join(
        f"<li><span class='lc-swatch' style='background:{colour}'></span> {html.escape(word)}</li>"
        for colour, word in signs
    )
    return f"<ul class='lc-signs'>{lines}</ul>"


def _line(row: LegendRow, boxes: bool) -> str:
    name = html.escape(row.name, quote=True)
    share = number(100 * row.share, ".1f")
    box = f"<input type='checkbox' data-class='{row.id}' aria-label='{name}' checked>"
    box = box if boxes else ""
    return (
        f"<tr><td>{box}<span class='lc-swatch' style='background:{row.colour}'></span></td>"
        f"<td class='lc-name'>{name}</td><td>{share} %</td>"
        f"<td>{number(row.m2, ',.0f')} m²</td></tr>"
    )


_STYLE = """<style>
.lc-legend { width: 100%; border-collapse: collapse; font-size: 0.95rem; line-height: 1.25; }
.lc-legend th { font-weight: 600; text-align: right; opacity: .8; padding: 0 .3rem .25rem; }
.lc-legend th:first-child { text-align: left; }
.lc-legend td { padding: .2rem .3rem; border-top: 1px solid rgba(128,128,128,.22);
  text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.lc-legend td:first-child { width: 1.6rem; text-align: left; }
.lc-legend td.lc-name { text-align: left; white-space: normal; }
.lc-swatch { display: inline-block; width: 1.15rem; height: 1.15rem; border-radius: 3px;
  border: 1px solid rgba(0,0,0,.45); vertical-align: middle; }
.lc-none { margin: .5rem .3rem 0; font-size: .88rem; opacity: .85; }
</style>"""
