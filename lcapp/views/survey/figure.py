"""The numbers of a survey as a figure."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lcapp.classes import FLAIR2
from lcapp.views.months import MONTH_NAMES
from lcapp.views.survey.numbers import COVERS, FLAIR2_SHARES, GRADIENT_STEP, Survey, mean_gradient

_TITLES = (
    "Class shares, percent of the pixels",
    "NDVI of pure 10 m pixels: mean, and 10th to 90th percentile",
    "Gradient magnitude of the aerial image, grey levels a pixel",
)
_GREYS = ("#5b6b7b", "#b4bfca")


def survey_figure(survey: Survey, title: str, beside: str = "") -> go.Figure:
    """Class shares (those of FLAIR #2 beside them), the year of covers, how sharp the images are.

    Args:
        survey: Of one collection.
        title: Its name.
        beside: Name of the collection whose gradients are shown for comparison.
    """
    figure = make_subplots(
        rows=2,
        cols=2,
        specs=[[{"rowspan": 2}, {}], [None, {}]],
        subplot_titles=_TITLES,
        column_widths=[0.42, 0.58],
        horizontal_spacing=0.08,
        vertical_spacing=0.14,
    )
    _draw_shares(figure, survey, title)
    _draw_curves(figure, survey)
    _draw_gradients(figure, survey, title, beside)
    figure.update_layout(
        title={"text": f"{title}: {survey.scenes} scenes"},
        height=760,
        width=1250,
        barmode="group",
        template="plotly_white",
        legend={"orientation": "h", "y": -0.06},
    )
    return figure


def _draw_shares(figure: go.Figure, survey: Survey, title: str) -> None:
    if survey.table is None:
        return
    classes = survey.table.classes[::-1]
    names, own = [entry.en for entry in classes], [entry.colour for entry in classes]
    columns = [(title, [survey.shares[name] for name in names], own)]
    if survey.table is FLAIR2:
        for part, grey in enumerate(_GREYS):
            shares = [FLAIR2_SHARES[name][part] for name in names]
            columns.append((f"FLAIR #2, {('train', 'test')[part]}", shares, [grey] * len(names)))
    for label, values, colours in reversed(columns):
        bars = go.Bar(x=values, y=names, orientation="h", name=label, marker={"color": colours})
        figure.add_trace(bars, row=1, col=1)


def _draw_curves(figure: go.Figure, survey: Survey) -> None:
    months = list(MONTH_NAMES)
    for name, curve in survey.curves.items():
        colour = FLAIR2.classes[FLAIR2.index(COVERS[name])].colour
        there = ~np.isnan(curve.mean)
        around = [month for month, known in zip(months, there, strict=True) if known]
        red, green, blue = bytes.fromhex(colour.removeprefix("#"))
        band = go.Scatter(
            x=around + around[::-1],
            y=np.concatenate([curve.high[there], curve.low[there][::-1]]),
            fill="toself",
            fillcolor=f"rgba({red},{green},{blue},0.13)",
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
        )
        line = go.Scatter(
            x=months, y=curve.mean, name=name, mode="lines+markers", line={"color": colour}
        )
        figure.add_trace(band, row=1, col=2)
        figure.add_trace(line, row=1, col=2)
    figure.update_xaxes(categoryorder="array", categoryarray=months, row=1, col=2)
    figure.update_yaxes(range=[-0.1, 1.0], row=1, col=2)


def _draw_gradients(figure: go.Figure, survey: Survey, title: str, beside: str) -> None:
    middles = (np.arange(len(survey.gradients)) + 0.5) * GRADIENT_STEP
    lines = [(title, survey.gradients, "#db0e9a")]
    if survey.beside is not None:
        lines.append((beside, survey.beside, "#1b1f24"))
    for name, shares, colour in lines:
        told = f"{name} (mean {mean_gradient(shares):.1f})"
        curve = go.Scatter(x=middles, y=shares, name=told, mode="lines", line={"color": colour})
        figure.add_trace(curve, row=2, col=2)
    figure.update_yaxes(type="log", range=[-5, 0], row=2, col=2)
