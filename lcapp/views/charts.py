"""Charts of one pixel and of the year, and the legend."""

import html
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lcapp.classes import ClassTable
from lcapp.evaluate import ClassArea
from lcapp.types import LandCover, Month, SuperResolved
from lcapp.views.imagery import ndvi

MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def probabilities_figure(cover: LandCover, row: int, col: int, safe: bool = False) -> Any:
    """Class probabilities of one pixel, most likely on top."""
    chances = cover.probabilities[:, row, col]
    order = np.argsort(chances)
    colours = cover.table.colours(safe=safe)
    figure = go.Figure(
        go.Bar(
            x=chances[order],
            y=[cover.table.names[index] for index in order],
            orientation="h",
            marker={
                "color": [f"rgb({r},{g},{b})" for r, g, b in colours[order]],
                "line": {"color": "#555", "width": 0.5},
            },
            text=[f"{chance:.0%}" for chance in chances[order]],
            textposition="outside",
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    )
    figure.update_layout(
        title={"text": f"Class probabilities at row {row}, column {col}"},
        height=400,
        margin={"l": 8, "r": 24, "t": 44, "b": 36},
        xaxis={"title": "probability", "range": [0, 1.12], "tickformat": ".0%"},
    )
    return figure


def year_figure(sr: SuperResolved, row: int, col: int, aerial_gsd: float) -> Any:
    """NDVI over the year at one aerial pixel, before and after super-resolution.

    Args:
        sr: The series.
        row: Row in the aerial image.
        col: Column in the aerial image.
        aerial_gsd: Metres of an aerial pixel.
    """
    factor = sr.sr_grid.gsd / aerial_gsd
    at = (..., int(row / factor), int(col / factor))
    red, nir = sr.bands.index("B4"), sr.bands.index("B8")
    figure = go.Figure()
    for name, series, dash in (
        ("bicubic", sr.bicubic, "dot"),
        ("super-resolved", sr.reflectance, "solid"),
    ):
        figure.add_trace(
            go.Scatter(
                x=MONTH_NAMES,
                y=ndvi(series[:, red][at], series[:, nir][at]),
                name=name,
                mode="lines+markers",
                line={"dash": dash},
                connectgaps=False,
            )
        )
    figure.update_layout(
        title={"text": "NDVI over the year; gaps are absent months"},
        height=400,
        margin={"l": 8, "r": 8, "t": 44, "b": 36},
        yaxis={"title": "NDVI", "range": [-0.2, 1.0]},
        legend={"orientation": "h", "y": -0.15},
    )
    return figure


def month_label(month: Month) -> str:
    """Short name of a month; absent ones carry a sign that is no colour."""
    return MONTH_NAMES[month.month - 1] if month.present else f"{MONTH_NAMES[month.month - 1]} ∅"


def legend_html(
    areas: tuple[ClassArea, ...], table: ClassTable, safe: bool = False, french: bool = False
) -> str:
    """The classes with their colour, share and area, largest first; absent classes in grey."""
    rows = []
    colours = table.colours(safe=safe)
    for index in sorted(range(len(table)), key=lambda one: -areas[one].share):
        red, green, blue = colours[index]
        one = table.classes[index]
        area = areas[index]
        dim = "" if area.share else ' style="opacity:.45"'
        rows.append(
            f"<tr{dim}><td><span class='lc-swatch' style='background:rgb({red},{green},{blue})'>"
            f"</span></td><td>{html.escape(one.fr if french else one.en)}</td>"
            f"<td class='lc-n'>{100 * area.share:.1f} %</td>"
            f"<td class='lc-n'>{area.m2:,.0f} m²</td></tr>"
        )
    return (
        "<style>.lc-legend{width:100%;border-collapse:collapse;font-size:.92rem}"
        ".lc-legend td{padding:.12rem .35rem;border:0}.lc-n{text-align:right;"
        "font-variant-numeric:tabular-nums}.lc-swatch{display:inline-block;width:1.1rem;"
        "height:1.1rem;border:1px solid #777;border-radius:3px;vertical-align:middle}</style>"
        f"<table class='lc-legend'>{''.join(rows)}</table>"
    )
