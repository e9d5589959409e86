"""How two runs came about and what they found, as tables: what differs carries a sign."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from lcapp.classes import ClassTable
from lcapp.language import message, number, tr
from lcapp.prepare import year_consistency
from lcapp.types import ClassArea
from lcapp.types.differing import Judged
from lcapp.views.compare.side import Side, map_told
from lcapp.views.compare.words import table_told
from lcapp.views.months import month_label

_DIGITS = 6
"""Of a setting that is no whole number."""


@dataclass(frozen=True)
class Row:
    """A line about both runs.

    Attributes:
        name: What it tells.
        cells: Of A and B; empty where a run has none of it.
        setting: Somebody has chosen it, or could; else it is what came of the run.
    """

    name: str
    cells: tuple[str, ...]
    setting: bool = True

    @property
    def differs(self) -> bool:
        """Not all runs have the same."""
        return len(set(self.cells)) > 1


def rows(sides: Sequence[Side], judged: Sequence[Judged | None] = ()) -> tuple[Row, ...]:
    """Settings, then what the runs took and found.

    Args:
        sides: The runs.
        judged: Each beside its reference; empty where there is none.
    """
    records = [one.prediction.record for one in sides]
    cards = [record.model for record in records]
    options = dict.fromkeys(name for one in sides for name in one.settings)
    found = [
        Row(tr("Model"), tuple(card.name for card in cards)),
        Row(tr("Size"), tuple(card.variant for card in cards)),
        Row(tr("Weights"), tuple(card.hash[:12] for card in cards)),
        Row(tr("Parameters"), tuple(_millions(one.parameters) for one in sides)),
        *(
            Row(tr(_OPTIONS.get(name, name)), tuple(_of(one, name) for one in sides))
            for name in options
        ),
        Row(tr("Map"), tuple(map_told(one.map) for one in sides)),
        Row(tr("Classes"), tuple(_classes(one.cover.table) for one in sides)),
        Row(tr("Month shown"), tuple(map(_month, sides))),
        Row(tr("Device"), tuple(str(record.run.device) for record in records)),
    ]
    found += [
        _found(tr("Time"), [number(one.seconds["total"], ".2f") + " s" for one in records]),
        _found(tr("Peak memory"), [number(one.peak_memory_mb, ",.0f") + " MB" for one in records]),
        _found(
            tr("Denoiser evaluations"),
            [number(one.evaluations, ",") if one.evaluations else "" for one in records],
        ),
        _found(tr("LR consistency"), [_consistency(one) for one in sides]),
    ]
    if any(judged):
        found += [
            _found("mIoU", ["" if one is None else number(one.miou, ".1%") for one in judged]),
            _found(
                tr("Overall accuracy"),
                ["" if one is None else number(one.oa, ".1%") for one in judged],
            ),
        ]
    return tuple(one for one in found if any(one.cells))


def rows_html(found: Sequence[Row], letters: Sequence[str]) -> str:
    """The rows; those that differ are marked by a sign and bold."""
    head = "".join(f"<th scope='col'>{html.escape(one)}</th>" for one in letters)
    lines = "".join(map(_line, found))
    told = tr("≠ marks what differs between the two.") if len(letters) > 1 else ""
    return (
        f"{_STYLE}<table class='lc-made'><thead><tr><td></td><td></td>{head}</tr></thead>"
        f"<tbody>{lines}</tbody></table><p class='lc-small'>{html.escape(told)}</p>"
    )


def rows_csv(found: Sequence[Row], letters: Sequence[str]) -> str:
    """The same for a spreadsheet."""
    lines = [_csv(("", *letters, tr("differs")))]
    lines += [_csv((one.name, *one.cells, tr("yes") if one.differs else "")) for one in found]
    return "\n".join(lines) + "\n"


def areas_html(
    areas: Sequence[Sequence[ClassArea]],
    table: ClassTable,
    letters: Sequence[str],
    safe: bool = False,
) -> str:
    """The classes of one table that occur, with share and area on each map; the legend as well.

    Args:
        areas: Of each map one per class.
        table: Their classes.
        letters: Of the maps.
        safe: The palette for colour-blind readers, as on the maps.
    """
    head = "".join(
        f"<th scope='col'>{letter}</th><th scope='col'>{letter}, m²</th>" for letter in letters
    )
    if len(letters) == 2:
        head += f"<th scope='col'>{letters[1]} − {letters[0]}, m²</th>"
    order = sorted(range(len(table)), key=lambda index: -max(one[index].share for one in areas))
    lines = []
    for index in order:
        of = [one[index] for one in areas]
        if not any(one.m2 for one in of):
            continue
        one = table.classes[index]
        colour = one.safe_colour if safe else one.colour
        cells = "".join(
            f"<td>{number(area.share, '.1%')}</td><td>{number(area.m2, ',.0f')}</td>" for area in of
        )
        if len(of) == 2:
            more = round(of[1].m2 - of[0].m2)  # no "-0"
            cells += f"<td>{number(more, '+,' if more else '').replace('-', '−')}</td>"
        lines.append(
            f"<tr><td><span class='lc-swatch' style='background:{colour}'></span></td>"
            f"<th scope='row'>{html.escape(one.spoken)}</th>{cells}</tr>"
        )
    return (
        f"{_STYLE}<table class='lc-made lc-areas'><thead><tr><td></td><td></td>{head}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def areas_csv(
    areas: Sequence[Sequence[ClassArea]], table: ClassTable, letters: Sequence[str]
) -> str:
    """Share (0..1) and square metres of every class on each map."""
    columns = [f"{letter} {what}" for letter in letters for what in ("share", "m2")]
    lines = [_csv(("class", *columns))]
    for index, name in enumerate(table.names):
        cells = [f"{value:.4f}" for one in areas for value in (one[index].share, one[index].m2)]
        lines.append(_csv((name, *cells)))
    return "\n".join(lines) + "\n"


_OPTIONS = {
    "sampler": message("Sampler"),
    "steps": message("Steps"),
    "seed": message("Seed"),
    "guide": message("Say of the aerial image"),
    "noise": message("Noise to begin with"),
    "registration": message("Series laid onto the image"),
}


def _found(name: str, cells: Sequence[str]) -> Row:
    return Row(name, tuple(cells), setting=False)


def _of(side: Side, name: str) -> str:
    value = side.settings.get(name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    return number(value, f".{_DIGITS}g") if isinstance(value, float) else str(value)


def _millions(parameters: int | None) -> str:
    return "" if parameters is None else number(parameters / 1e6, ",.2f") + " M"


def _classes(table: ClassTable) -> str:
    return f"{table_told(table)} ({len(table)})"


def _month(side: Side) -> str:
    sr = side.prediction.super_resolved
    return "" if sr is None else month_label(sr.months[side.month - 1])


def _consistency(side: Side) -> str:
    sr = side.prediction.super_resolved
    found = None if sr is None else year_consistency(sr.lr_consistency)
    return "" if found is None else number(found, ".4f")


def _line(row: Row) -> str:
    kind, sign = (" class='lc-differs'", "≠") if row.differs and row.setting else ("", "")
    cells = "".join(f"<td>{html.escape(cell) or '–'}</td>" for cell in row.cells)
    return f"<tr{kind}><td>{sign}</td><th scope='row'>{html.escape(row.name)}</th>{cells}</tr>"


def _csv(cells: Sequence[str]) -> str:
    quoted = (cell.replace('"', '""') for cell in cells)
    return ",".join(f'"{cell}"' for cell in quoted)


_STYLE = """<style>
.lc-made { width: 100%; border-collapse: collapse; font-size: 0.98rem; line-height: 1.3; }
.lc-made th, .lc-made td { padding: .22rem .5rem; text-align: right; overflow-wrap: break-word;
  border-top: 1px solid rgba(128,128,128,.28); font-variant-numeric: tabular-nums; }
.lc-made thead th, .lc-made thead td { border-top: none; }
.lc-areas th, .lc-areas td { padding: .22rem .3rem; white-space: nowrap; }
.lc-made tbody th { text-align: left; font-weight: 400; }
.lc-made td:first-child { width: 1.6rem; padding: .22rem 0; text-align: left; }
.lc-made tr.lc-differs > * { font-weight: 650; }
.lc-swatch { display: inline-block; width: 1.15rem; height: 1.15rem; border-radius: 3px;
  border: 1px solid rgba(0,0,0,.45); vertical-align: middle; }
.lc-small { margin: .3rem 0 0; font-size: .9rem; }
</style>"""
