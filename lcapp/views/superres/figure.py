"""Figures of the months as small multiples, the worst month of each marked; and as a table."""

import html
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from lcapp.language import message, month_letters, number, short_months, tr
from lcapp.types.metrics import MonthMetric

_STYLES = (
    ("#2a84d8", "solid", "diamond", "◆ ───"),
    ("#c46a00", "dot", "circle-open", "○ ····"),
    ("#8a7000", "dashdot", "triangle-up-open", "△ ─·─"),
    ("#00897c", "dash", "square-open", "□ ─ ─"),
    ("#9a62c4", "longdash", "x-thin-open", "× ── ──"),
    ("#808080", "solid", "star", "★ ───"),
)
"""Seen on white and on near black; told apart by dashes and markers as well."""

WIDTH = 320
"""Pixels of a chart: as many stand side by side as the page has room for."""

_HEIGHT = 235
_BEST = {
    "high": message("higher is better"),
    "low": message("lower is better"),
    "one": message("1 is best"),
}


def multiples(metrics: Sequence[MonthMetric], line: str, dark: bool = False) -> tuple[Any, ...]:
    """One small chart a figure, with one line a way.

    Args:
        metrics: What is known.
        line: The way whose worst month is marked, where a figure has it.
        dark: The page is dark.
    """
    ways = _ways(metrics)
    return tuple(_chart(one, ways, line, dark) for one in metrics)


def multiples_legend(metrics: Sequence[MonthMetric]) -> str:
    """The ways with their signs, once for all charts."""
    parts = [
        f"<span><b style='color:{colour}'>{sign}</b> {html.escape(tr(way))}</span>"
        for way, (colour, _, _, sign) in zip(_ways(metrics), _STYLES, strict=False)
    ]
    mark = f"<span><b style='color:#d6006c'>◯</b> {html.escape(tr('worst month'))}</span>"
    style = "display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;font-size:.95rem"
    return f"<div class='lc-ways' style='{style}'>{''.join(parts)}{mark}</div>"


def _ways(metrics: Sequence[MonthMetric]) -> list[str]:
    return list(dict.fromkeys(way for one in metrics for way in one.lines))


def _chart(one: MonthMetric, ways: Sequence[str], line: str, dark: bool) -> Any:
    ink = "#eef1f5" if dark else "#1b1f24"
    figure = go.Figure()
    for way, values in one.lines.items():
        colour, dash, symbol, _ = _STYLES[ways.index(way) % len(_STYLES)]
        figure.add_trace(
            go.Scatter(
                x=list(range(1, 13)),
                y=values,
                name=tr(way),
                mode="lines+markers",
                connectgaps=False,
                line={"color": colour, "dash": dash, "width": 2.2},
                marker={"symbol": symbol, "size": 7},
                customdata=short_months(),
                hovertemplate=f"%{{customdata}}: %{{y:.{one.digits}f}}<extra>{tr(way)}</extra>",
            )
        )
    marked = line if line in one.lines else next(iter(one.lines))
    worst = one.worst(marked)
    if worst is not None:
        figure.add_trace(
            go.Scatter(
                x=[worst],
                y=[one.lines[marked][worst - 1]],
                name=tr("worst month"),
                mode="markers",
                marker={"symbol": "circle-open", "size": 16, "color": "#d6006c", "line_width": 3},
                hoverinfo="skip",
                cliponaxis=False,
            )
        )
    unit = f", {tr(one.unit)}" if one.unit else ""
    best = f"<span style='font-size:.9em'>{tr(_BEST[one.best])}</span>"
    title = f"{tr(one.name)}{unit}<br>{best}"
    font = {"size": 14, "color": ink}
    figure.update_layout(
        title={"text": title, "font": {"size": 16, "color": ink}, "y": 0.93},
        width=WIDTH,
        height=_HEIGHT,
        margin={"l": 8, "r": 8, "t": 56, "b": 24},
        showlegend=False,
        xaxis={
            "tickvals": list(range(1, 13)),
            "ticktext": list(month_letters()),
            "range": [0.4, 12.6],
            "tickfont": font,
        },
        yaxis={"nticks": 5, "tickfont": font},
    )
    return figure


def metrics_rows(metrics: Sequence[MonthMetric]) -> list[dict[str, str]]:
    """The same as a table: a row a figure and way, a column a month, and the year.

    The worst month of each row carries a sign.
    """

    def told(value: float | None, digits: int) -> str:
        return "" if value is None else number(value, f".{digits}f")

    rows = []
    for one in metrics:
        for way, values in one.lines.items():
            worst = one.worst(way)
            cells = {
                name: told(value, one.digits) + (" ▼" if place == worst else "")
                for place, (name, value) in enumerate(zip(short_months(), values, strict=True), 1)
            }
            unit = f" ({tr(one.unit)})" if one.unit else ""
            named = {tr("figure"): f"{tr(one.name)}{unit}", tr("of"): tr(way)}
            rows.append({**named, **cells, tr("year"): told(one.year[way], one.digits)})
    return rows
