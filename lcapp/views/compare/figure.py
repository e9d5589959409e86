"""Figures of two maps: a confusion matrix, and the IoU of each class."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from lcapp.classes import ClassTable
from lcapp.language import number, tr
from lcapp.types.differing import A_RIGHT, B_RIGHT, Judged
from lcapp.views.chart import LEAST
from lcapp.views.compare.panes import COLOURS

_ROW, _HEAD = 34, 150
"""Pixels of a class, and of titles and axes."""

_SCALE = [[0.0, "#ffffff"], [0.5, "#7fb2dc"], [1.0, "#08417f"]]
_HATCH = {"fgcolor": "#ffffff", "size": 7, "solidity": 0.3}
"""Of the bars of B, that colour is not all that tells them."""

_DARK_CELL = 0.55
"""Share from which on the text of a cell is white."""


def confusion_figure(matrix: NDArray[np.int64], table: ClassTable, down: str, across: str) -> Any:
    """A confusion matrix as shares of its rows; classes that occur nowhere are left out.

    Args:
        matrix: K K pixels.
        table: The classes.
        down: What the rows are.
        across: What the columns are.
    """
    kept = np.flatnonzero(matrix.sum(0) + matrix.sum(1))
    pixels = matrix[np.ix_(kept, kept)]
    rows = pixels.sum(1, keepdims=True)
    share = pixels / np.maximum(1, rows)
    names = [table.spoken[index] for index in kept]
    figure = go.Figure(
        go.Heatmap(
            z=share,
            x=names,
            y=names,
            zmin=0,
            zmax=1,
            colorscale=_SCALE,
            showscale=False,
            xgap=1,
            ygap=1,
            customdata=pixels,
            hovertemplate=f"{down}: %{{y}}<br>{across}: %{{x}}<br>%{{z:.1%}} ({tr('of the row')}), "
            f"%{{customdata:,}} {tr('pixels')}<extra></extra>",
        )
    )
    for down_at, row in enumerate(share):
        for across_at, cell in enumerate(row):
            if pixels[down_at, across_at]:
                figure.add_annotation(
                    x=across_at,
                    y=down_at,
                    text=_percent(float(cell)),
                    showarrow=False,
                    font={"size": LEAST, "color": "#ffffff" if cell >= _DARK_CELL else "#10151b"},
                )
    axis = {"type": "category", "showgrid": False}
    figure.update_layout(
        height=_HEAD + _ROW * len(kept),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={**axis, "title": {"text": across}, "tickangle": -40, "side": "top"},
        yaxis={**axis, "title": {"text": down}, "autorange": "reversed"},
        plot_bgcolor="rgba(128,128,128,.12)",
    )
    return figure


def iou_figure(judged: Sequence[Judged], titles: Sequence[str]) -> Any:
    """IoU of each class that one of the maps has one of, the largest difference on top.

    Args:
        judged: A and B, in one table; or one of them.
        titles: Of each; they begin with its letter.
    """
    table = judged[0].table
    iou = np.stack([one.iou for one in judged])  # 2 K
    kept = np.flatnonzero(np.isfinite(iou).any(axis=0))
    apart = np.abs(np.nan_to_num(iou[0, kept]) - np.nan_to_num(iou[-1, kept]))
    kept = kept[np.argsort(apart, kind="stable")]  # the last is drawn on top
    names = [table.spoken[index] for index in kept]
    figure = go.Figure()
    styles = ((COLOURS[A_RIGHT], ""), (COLOURS[B_RIGHT], "/"))
    # Drawn from below: B first, so that A stands above it.
    for place in reversed(range(len(judged))):
        values, (colour, pattern) = iou[place, kept], styles[titles[place].startswith("B")]
        figure.add_trace(
            go.Bar(
                x=np.nan_to_num(values),
                y=names,
                name=titles[place],
                orientation="h",
                marker={
                    "color": colour,
                    "pattern": {"shape": pattern, "fillmode": "overlay", **_HATCH},
                    "line": {"color": "#808080", "width": 0.6},
                },
                text=["–" if np.isnan(value) else _percent(float(value)) for value in values],
                textposition="outside",
                textfont={"size": LEAST},
                cliponaxis=False,
                hovertemplate="%{y}: %{x:.1%}<extra>" + titles[place] + "</extra>",
            )
        )
    figure.update_layout(
        barmode="group",
        height=_HEAD - 40 + (_ROW + 6) * len(kept),
        margin={"l": 8, "r": 48, "t": 44, "b": 40},
        xaxis={
            "title": {"text": tr("IoU with the reference")},
            "range": [0, 1],
            "tickformat": ".0%",
        },
        yaxis={"automargin": True},
        legend={
            "orientation": "h",
            "y": 1.0,
            "yanchor": "bottom",
            "traceorder": "reversed",
            "font": {"size": LEAST},
        },
        bargap=0.3,
    )
    return figure


def _percent(share: float) -> str:
    if 0 < share < 0.005:
        return "<1"
    return number(100 * share, ".0f")
