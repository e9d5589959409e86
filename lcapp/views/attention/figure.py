"""The months at a pixel: how they weigh, and beneath it what each is worth."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lcapp.language import short_months, tr
from lcapp.types import Bools, Floats, LandCover, Occlusion

_STYLES = (("#1f77c8", "solid", "circle"), ("#c46a00", "dash", "diamond"), ("#00857a", "dot", "x"))
"""Of the levels: readable on white and on near black, told apart by dashes and markers as well."""

_LOSS, _GAIN = "#c46a00", "#1f77c8"
"""As in the pictures: orange where the month speaks for the class."""


def months_figure(
    weights: Floats,
    month: int,
    sr_gsd: float,
    occlusion: Occlusion | None = None,
    at: tuple[LandCover, int, int] | None = None,
    dark: bool = False,
) -> Any:
    """Weights of the months at a pixel; where months were left out, what that did to its class.

    Args:
        weights: levels x M, from `months_at`; all 0 where a month is absent.
        month: 1..12, the one that is looked at: a band behind it.
        sr_gsd: Metres of a pixel of level 0.
        occlusion: None where nobody has asked.
        at: The map, row and column; goes with `occlusion`.
        dark: The page is dark.
    """
    ink = "#eef1f5" if dark else "#1b1f24"
    months = short_months()
    present: Bools = weights.max(axis=0) > 0  # M
    titles = [tr("How the months weigh here (share of attention)")]
    if occlusion is not None and at is not None:
        chosen = at[0].table.spoken[at[0].class_map[at[1], at[2]]]
        titles.append(
            tr("Month left out: change of the probability of “{name}”, points", name=chosen)
        )
    rows = len(titles)
    figure = make_subplots(
        rows=rows, cols=1, shared_xaxes=True, subplot_titles=titles, vertical_spacing=0.16
    )
    for level, of in enumerate(weights):
        colour, dash, symbol = _STYLES[level % len(_STYLES)]
        name = tr("level {level}, {metres:g} m", level=level, metres=sr_gsd * 2**level)
        figure.add_trace(
            go.Scatter(
                x=list(range(1, 13)),
                y=np.where(present, of, np.nan),
                name=name,
                mode="lines+markers",
                connectgaps=False,
                line={"color": colour, "dash": dash, "width": 2.4},
                marker={"symbol": symbol, "size": 8},
                customdata=months,
                hovertemplate="%{customdata}: %{y:.1%}<extra>" + name + "</extra>",
            ),
            row=1,
            col=1,
        )
    even = 1 / max(1, int(present.sum()))
    figure.add_hline(
        even,
        line={"color": ink, "width": 1, "dash": "dot"},
        annotation={  # beside the lines, whose last points it would cover
            "text": tr("all alike: {even:.1%}", even=even).replace(": ", "<br>"),
            "font": {"size": 14, "color": ink},
            "x": 1,
            "xanchor": "left",
            "yanchor": "middle",
            "align": "left",
        },
        row=1,
        col=1,
    )
    if occlusion is not None and at is not None:
        _bars(figure, occlusion, *at, ink)
    figure.add_vrect(x0=month - 0.5, x1=month + 0.5, fillcolor="#808080", opacity=0.2, line_width=0)
    ticks = [name if there else f"{name} ∅" for name, there in zip(months, present, strict=True)]
    figure.update_annotations(font={"size": 15, "color": ink})
    figure.update_xaxes(
        tickvals=list(range(1, 13)),
        ticktext=ticks,
        range=[0.4, 12.6],
        tickfont={"size": 14, "color": ink},
        showticklabels=True,
    )
    figure.update_yaxes(tickfont={"size": 14, "color": ink}, nticks=5)
    figure.update_yaxes(tickformat=".0%", rangemode="tozero", row=1, col=1)
    figure.update_layout(
        height=110 + 210 * rows,
        margin={"l": 8, "r": 104, "t": 70, "b": 24},
        bargap=0.35,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1,
            "yanchor": "top",
            "yref": "container",
            "font": {"size": 14, "color": ink},
        },
    )
    return figure


def _bars(
    figure: Any, occlusion: Occlusion, cover: LandCover, row: int, col: int, ink: str
) -> None:
    change = 100 * occlusion.change[:, row, col]  # M
    classes = occlusion.class_maps[:, row, col]
    names = cover.table.spoken
    flips = [
        f"→ {names[one]}" if np.isfinite(move) and one != cover.class_map[row, col] else ""
        for one, move in zip(classes, change, strict=True)
    ]
    figure.add_trace(
        go.Bar(
            x=list(range(1, 13)),
            y=change,
            marker={"color": [_LOSS if move < 0 else _GAIN for move in change]},
            text=flips,
            textposition="outside",
            textfont={"size": 14, "color": ink},
            cliponaxis=False,
            customdata=short_months(),
            hovertemplate=tr(
                "without {month}: {change} points", month="%{customdata}", change="%{y:+.1f}"
            )
            + "<extra></extra>",
            showlegend=False,
        ),
        row=2,
        col=1,
    )
    figure.add_hline(0, line={"color": ink, "width": 1}, row=2, col=1)
    known = change[np.isfinite(change)]
    reach = max(1.0, float(np.abs(known).max(initial=0)))  # no noise drawn as if it were much
    low, high = min(known.min(initial=0), -0.1 * reach), max(known.max(initial=0), 0.1 * reach)
    room = 0.15 * max(high - low, reach)
    figure.update_yaxes(range=[low - room, high + room], row=2, col=1)
