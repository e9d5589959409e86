"""One pixel: how likely each class is, and its year of NDVI before and after super-resolution."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from lcapp.language import number, short_months, tr
from lcapp.types import LandCover, SuperResolved
from lcapp.views.imagery import ndvi

_HEIGHT = 380
_BICUBIC, _SUPER_RESOLVED = "#b26a00", "#0b5fa5"


def probabilities_figure(cover: LandCover, row: int, col: int, safe: bool = False) -> Any:
    """Class probabilities of one pixel, most likely on top.

    Args:
        cover: The prediction.
        row: Row in the aerial image.
        col: Column in the aerial image.
        safe: The palette for colour-blind readers, as on the map.
    """
    chances = cover.probabilities[:, row, col]
    if np.isnan(chances).any():
        title = tr("Row {row}, column {col} has no image, and so no class", row=row, col=col)
        return go.Figure().update_layout(title={"text": title}, height=_HEIGHT)
    order = np.argsort(chances, kind="stable")
    colours = cover.table.colours(safe=safe)
    figure = go.Figure(
        go.Bar(
            x=chances[order],
            y=[cover.table.spoken[index] for index in order],
            orientation="h",
            marker={
                "color": [f"rgb({r},{g},{b})" for r, g, b in colours[order]],
                "line": {"color": "#444", "width": 0.7},
            },
            text=[number(chance, ".1%") for chance in chances[order]],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    )
    figure.update_layout(
        title={"text": tr("Class probabilities, row {row}, column {col}", row=row, col=col)},
        height=_HEIGHT,
        margin={"l": 8, "r": 56, "t": 48, "b": 40},
        xaxis={
            "title": {"text": tr("probability")},
            "range": [0, 1.05 * float(chances.max())],
            "tickformat": ".0%",
        },
        yaxis={"tickfont": {"size": 13}},
        bargap=0.25,
    )
    return figure


def year_figure(sr: SuperResolved, row: int, col: int, aerial_gsd: float) -> Any:
    """NDVI over the year at one aerial pixel, before and after super-resolution.

    Absent months are gaps in both lines, not interpolated.

    Args:
        sr: The series, with B4 and B8.
        row: Row in the aerial image.
        col: Column in the aerial image.
        aerial_gsd: Metres of an aerial pixel.
    """
    factor = sr.sr_grid.gsd / aerial_gsd
    at = (..., int(row / factor), int(col / factor))
    red, nir = sr.bands.index("B4"), sr.bands.index("B8")
    lines = (
        (tr("bicubic, 1.6 m"), sr.bicubic, "dot", "circle-open", _BICUBIC),
        (tr("super-resolved, 1.6 m"), sr.reflectance, "solid", "diamond", _SUPER_RESOLVED),
    )
    years = [ndvi(series[:, red][at], series[:, nir][at]) for _, series, *_ in lines]
    lowest = float(np.nanmin(years, initial=0.0))
    months = list(short_months())
    figure = go.Figure(
        [
            go.Scatter(
                x=months,
                y=values,
                name=name,
                mode="lines+markers",
                line={"dash": dash, "width": 2.5, "color": colour},
                marker={"symbol": symbol, "size": 10},
                connectgaps=False,
                hovertemplate="%{x}: %{y:.2f}<extra>" + name + "</extra>",
            )
            for values, (name, _, dash, symbol, colour) in zip(years, lines, strict=True)
        ]
    )
    figure.update_layout(
        title={"text": tr("NDVI over the year at this pixel; gaps are absent months")},
        height=_HEIGHT,
        margin={"l": 8, "r": 8, "t": 76, "b": 40},
        # All twelve in calendar order, also when the first months are gaps.
        xaxis={"categoryorder": "array", "categoryarray": months, "range": [-0.5, 11.5]},
        yaxis={"title": {"text": tr("NDVI (no unit)")}, "range": [min(-0.2, lowest) - 0.05, 1.05]},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom"},
    )
    return figure


def series_figure(cover: LandCover, without: LandCover, row: int, col: int, dark: bool) -> Any:
    """Probabilities of the likely classes at a pixel, with the series and without it.

    Args:
        cover: The prediction.
        without: The same without what the series answered.
        row: Row in the aerial image.
        col: Column in the aerial image.
        dark: The page is dark.
    """
    ink = "#eef1f5" if dark else "#1b1f24"
    both = [one.probabilities[:, row, col] for one in (cover, without)]  # each K
    shown = np.max(both, axis=0).argsort()[::-1][:5][::-1]
    names = [cover.table.spoken[one] for one in shown]
    figure = go.Figure()
    kinds = (
        (both[1], tr("without the series"), "#c46a00", "/"),
        (both[0], tr("with the series"), "#1f77c8", ""),
    )
    for chances, name, colour, shape in kinds:
        figure.add_trace(
            go.Bar(
                x=chances[shown],
                y=names,
                name=name,
                orientation="h",
                marker={
                    "color": colour,
                    "pattern": {"shape": shape, "fillmode": "overlay", "fgcolor": "#ffffff"},
                },
                text=[tr("{chance:.0%}", chance=float(one)) for one in chances[shown]],
                textposition="outside",
                textfont={"size": 15, "color": ink},
                cliponaxis=False,
                hovertemplate="%{y}: %{x:.1%}<extra>" + name + "</extra>",
            )
        )
    figure.update_xaxes(range=[0, 1.15], tickformat=".0%", tickfont={"size": 14, "color": ink})
    figure.update_yaxes(tickfont={"size": 16, "color": ink})
    figure.update_layout(
        height=360,
        margin={"l": 8, "r": 8, "t": 44, "b": 24},
        legend={
            "orientation": "h",
            "traceorder": "reversed",
            "y": 1.0,
            "yanchor": "bottom",
            "x": 0,
            "font": {"size": 16, "color": ink},
        },
    )
    return figure
