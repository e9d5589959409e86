"""IoU of each class as bars, one colour and one pattern a method."""

from typing import Any

import plotly.graph_objects as go

from lcapp.types.figures import FigureTable

_STYLES = (
    ("#2a84d8", ""),
    ("#c46a00", "/"),
    ("#00897c", "."),
    ("#9a62c4", "x"),
    ("#8a7000", "-"),
    ("#808080", "+"),
)
"""Seen on white and on near black; told apart by patterns as well."""


def class_bars(table: FigureTable, dark: bool = False) -> Any:
    """Horizontal bars, the first class on top.

    Args:
        table: From `tables.shown.class_table`: per cent; the meaning of a column is its class.
        dark: The page is dark.
    """
    ink = "#eef1f5" if dark else "#1b1f24"
    figure = go.Figure()
    names = [column.meaning for column in table.columns]
    for place, row in enumerate(table.rows):
        colour, pattern = _STYLES[place % len(_STYLES)]
        ends = [
            (0.0, 0.0)
            if one.mean is None or one.low is None or one.high is None
            else (one.high - one.mean, one.mean - one.low)
            for one in row.figures
        ]
        figure.add_trace(
            go.Bar(
                y=names,
                x=[one.mean for one in row.figures],
                name=row.name,
                orientation="h",
                marker={
                    "color": colour,
                    "pattern": {
                        "shape": pattern,
                        "fgcolor": "#ffffff",
                        "fgopacity": 0.75,
                        "fillmode": "overlay",
                        "size": 7,
                    },
                },
                error_x={
                    "array": [above for above, _ in ends],
                    "arrayminus": [below for _, below in ends],
                    "color": ink,
                    "visible": any(end != (0.0, 0.0) for end in ends),
                },
                hovertemplate="%{y}: %{x:.1f} %<extra>%{fullData.name}</extra>",
            )
        )
    font = {"size": 14, "color": ink}
    figure.update_layout(
        barmode="group",
        bargap=0.3,
        height=110 + len(names) * max(30, 17 * len(table.rows)),
        margin={"l": 8, "r": 16, "t": 30, "b": 40},
        xaxis={
            "range": [0, 103],
            "ticksuffix": " %",
            "title": {"text": "IoU", "font": font},
            "tickfont": font,
        },
        yaxis={"autorange": "reversed", "tickfont": font, "automargin": True},
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1,
            "yanchor": "bottom",
            "font": font,
            "traceorder": "normal",
        },
    )
    return figure
