"""A table of figures as the paper lays it out: rules, the best in bold, intervals beneath."""

import html

from lcapp.language import number, tr
from lcapp.types.figures import Figure, FigureColumn, FigureTable


def table_html(table: FigureTable, caption: str, *, spread: bool = True) -> str:
    """The table; what a column means stands behind its head, for pointer and reader alike.

    Args:
        table: What it holds.
        caption: Above it.
        spread: Deviations and intervals too.
    """
    heads = "".join(_head(one) for one in table.columns)
    winners = [table.winners(place) for place in range(len(table.columns))]
    lines = "".join(
        f"<tr><th scope='row'>{html.escape(row.name)}</th>"
        + "".join(
            _cell(one if spread else Figure(one.mean), column, bold=at in best)
            for one, column, best in zip(row.figures, table.columns, winners, strict=True)
        )
        + "</tr>"
        for at, row in enumerate(table.rows)
    )
    return (
        f"{_STYLE}<div class='lc-scroll' tabindex='0' role='region' "
        f"aria-label='{html.escape(caption, quote=True)}'><table class='lc-figures'>"
        f"<caption>{html.escape(caption)}</caption><thead><tr>"
        f"<th scope='col'>{html.escape(tr(table.head))}</th>{heads}</tr></thead>"
        f"<tbody>{lines}</tbody></table></div>"
    )


def figure_text(one: Figure, digits: int) -> str:
    """Mean and deviation; a dash for none."""
    if one.mean is None:
        return "–"
    mean = number(one.mean, f".{digits}f")
    return mean if one.std is None else f"{mean} ± {number(one.std, f'.{digits + 1}f')}"


def interval_text(one: Figure, digits: int) -> str:
    """Its ends; empty where there is none."""
    if one.low is None or one.high is None:
        return ""
    ends = (number(end, f".{digits}f") for end in (one.low, one.high))
    return tr(" to ").join(ends)


def _head(column: FigureColumn) -> str:
    meaning, name = html.escape(tr(column.meaning), quote=True), html.escape(tr(column.name))
    told = f"<abbr title='{meaning}'>{name}</abbr>" if meaning else name
    return f"<th scope='col'>{told}</th>"


def _cell(one: Figure, column: FigureColumn, *, bold: bool) -> str:
    text = html.escape(figure_text(one, column.digits))
    if bold:
        text = f"<b>{text}</b>"
    interval = interval_text(one, column.digits)
    return f"<td>{text}{f'<small>{interval}</small>' if interval else ''}</td>"


_STYLE = """<style>
.lc-scroll { overflow-x: auto; }
.lc-figures { border-collapse: collapse; font-size: 1rem; line-height: 1.3; min-width: 50%;
  border-top: 2px solid; border-bottom: 2px solid; font-variant-numeric: tabular-nums; }
.lc-figures caption { text-align: left; padding: 0 0 .4rem; font-size: 1rem; }
.lc-figures th, .lc-figures td { padding: .3rem .55rem; text-align: right; white-space: nowrap;
  font-weight: 400; vertical-align: top; }
.lc-figures thead th { border-bottom: 1px solid; font-weight: 600; white-space: normal;
  vertical-align: bottom; }
.lc-figures th:first-child { text-align: left; padding-left: .2rem; white-space: normal;
  min-width: 9rem; }
.lc-figures abbr { text-decoration: underline dotted; text-underline-offset: 3px; cursor: help; }
.lc-figures small { display: block; font-size: .9rem; }
</style>"""
