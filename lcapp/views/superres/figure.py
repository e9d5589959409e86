"""Figures of the months as small multiples, the worst month of each marked."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lcapp.types.metrics import MonthMetric
from lcapp.views.months import MONTH_NAMES

_STYLES = (
    ("#1f77c8", "solid", "diamond"),
    ("#c46a00", "dot", "circle-open"),
    ("#8a6d00", "dashdot", "triangle-up-open"),
    ("#00857a", "dash", "square-open"),
    ("#8e55b8", "longdash", "x-thin-open"),
)
"""Readable on white and on near black; told apart by dashes and markers as well."""

_LETTERS = tuple(name[0] for name in MONTH_NAMES)


def multiples_figure(
    metrics: Sequence[MonthMetric], month: int, line: str, columns: int = 3, dark: bool = False
) -> Any:
    """One small chart a figure, with one line a way.

    Args:
        metrics: What is known.
        month: 1..12, the one that is looked at: a band behind it.
        line: The way whose worst month is marked.
        columns: Charts side by side.
        dark: The page is dark.
    """
    ink = "#eef1f5" if dark else "#1b1f24"
    rows = -(-len(metrics) // columns)
    figure = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=[_title(one) for one in metrics],
        horizontal_spacing=0.07,
        vertical_spacing=0.5 / max(rows, 1) * 0.45 + 0.05,
    )
    ways = list(dict.fromkeys(way for one in metrics for way in one.lines))
    named: set[str] = set()
    for place, one in enumerate(metrics):
        at = {"row": place // columns + 1, "col": place % columns + 1}
        for way, values in one.lines.items():
            colour, dash, symbol = _STYLES[ways.index(way) % len(_STYLES)]
            figure.add_trace(
                go.Scatter(
                    x=list(range(1, 13)),
                    y=values,
                    name=way,
                    legendgroup=way,
                    showlegend=way not in named,
                    mode="lines+markers",
                    connectgaps=False,
                    line={"color": colour, "dash": dash, "width": 2.2},
                    marker={"symbol": symbol, "size": 7},
                    customdata=MONTH_NAMES,
                    hovertemplate=f"%{{customdata}}: %{{y:.{one.digits}f}}<extra>{way}</extra>",
                ),
                **at,
            )
            named.add(way)
        _mark(figure, one, line if line in one.lines else next(iter(one.lines)), at, ink)
        figure.add_vrect(
            x0=month - 0.5, x1=month + 0.5, fillcolor="#808080", opacity=0.2, line_width=0, **at
        )
    figure.update_annotations(font={"size": 15, "color": ink})
    figure.update_xaxes(tickfont={"size": 13, "color": ink})
    figure.update_yaxes(tickfont={"size": 13, "color": ink})
    figure.update_xaxes(tickvals=list(range(1, 13)), ticktext=_LETTERS, range=[0.4, 12.6])
    figure.update_yaxes(nticks=5)
    figure.update_layout(
        height=90 + 215 * rows,
        margin={"l": 8, "r": 8, "t": 90, "b": 24},
        legend={
            "orientation": "h",
            "x": 0,
            "y": 0.995,
            "yanchor": "top",
            "yref": "container",
            "font": {"size": 14, "color": ink},
        },
    )
    return figure


def _title(one: MonthMetric) -> str:
    good = {"high": "higher is better", "low": "lower is better", "one": "1 is best"}[one.best]
    unit = f", {one.unit}" if one.unit else ""
    return f"{one.name}{unit} ({good})"


def _mark(figure: Any, one: MonthMetric, line: str, at: dict[str, int], ink: str) -> None:
    worst = one.worst(line)
    if worst is None:
        return
    figure.add_trace(
        go.Scatter(
            x=[worst],
            y=[one.lines[line][worst - 1]],
            mode="markers+text",
            text=["worst"],
            textposition="top center" if one.best == "low" else "bottom center",
            textfont={"size": 13, "color": ink},
            marker={"symbol": "circle-open", "size": 15, "color": "#d6006c", "line": {"width": 3}},
            name="worst month",
            legendgroup="worst",
            showlegend=False,
            hoverinfo="skip",
            cliponaxis=False,
        ),
        **at,
    )


def metrics_rows(metrics: Sequence[MonthMetric]) -> list[dict[str, str]]:
    """The same as a table: a row a figure and way, a column a month, and the year.

    The worst month of each row carries a sign.
    """
    rows = []
    for one in metrics:
        for way, values in one.lines.items():
            worst = one.worst(way)
            cells = {
                name: ("" if value is None else f"{value:.{one.digits}f}")
                + (" ▼" if place == worst else "")
                for place, (name, value) in enumerate(zip(MONTH_NAMES, values, strict=True), 1)
            }
            year = one.year[way]
            told = "" if year is None else f"{year:.{one.digits}f}"
            unit = f" ({one.unit})" if one.unit else ""
            rows.append({"figure": f"{one.name}{unit}", "of": way, **cells, "year": told})
    return rows
