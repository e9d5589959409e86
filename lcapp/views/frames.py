"""Sentinel-2, bicubic, guided and super-resolved side by side, at one zoom and one stretch."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lcapp.types import Bools, Grid, Image, SuperResolved
from lcapp.views.imagery import RGBA, aerial_rgba, png_uri, series_rgba
from lcapp.views.months import MONTH_NAMES


def month_figure(
    sr: SuperResolved,
    month: int,
    aerial: Image | None,
    composite: str = "true colour",
    seen: Bools | None = None,
) -> Any:
    """LR, bicubic, guided, SR and the aerial image of one present month, on axes in metres.

    Args:
        sr: The series.
        month: 1..12; must be present.
        aerial: For comparison, at its own resolution and radiometry; None where there is none.
        composite: Key of `imagery.COMPOSITES`.
        seen: Where the aerial image has pixels; None: everywhere.
    """
    index = month - 1
    panels = [
        ("Sentinel-2, 10 m", series_rgba(sr.monthly[index], sr.bands, composite), sr.lr_grid),
        ("bicubic, 1.6 m", series_rgba(sr.bicubic[index], sr.bands, composite), sr.sr_grid),
        ("guided, 1.6 m", series_rgba(sr.guided[index], sr.bands, composite), sr.sr_grid),
        (
            "super-resolved, 1.6 m",
            series_rgba(sr.reflectance[index], sr.bands, composite),
            sr.sr_grid,
        ),
    ]
    if aerial is not None:
        panels.append(("aerial image, 0.2 m", aerial_rgba(aerial, composite, seen), aerial.grid))
    tile = sr.sr_grid if aerial is None else aerial.grid
    figure = make_subplots(
        cols=len(panels),
        rows=1,
        subplot_titles=[title for title, _, _ in panels],
        horizontal_spacing=0.02,
    )
    west, south, east, north = tile.bounds
    for col, (title, rgba, grid) in enumerate(panels, start=1):
        figure.add_trace(_image(rgba, grid, tile, title), row=1, col=col)
        figure.update_xaxes(
            range=[0, east - west], constrain="domain", ticksuffix=" m", nticks=3, row=1, col=col
        )
        figure.update_yaxes(
            range=[north - south, 0],
            scaleanchor="x" if col == 1 else f"x{col}",
            constrain="domain",
            constraintoward="top",
            showticklabels=False,
            row=1,
            col=col,
        )
    date = sr.months[index].date
    when = f"{MONTH_NAMES[index]} {date.year}" if date else MONTH_NAMES[index]
    figure.update_annotations(font={"size": 15})
    figure.update_layout(
        title={"text": f"{when}, {composite}"},
        height=410,
        margin={"l": 8, "r": 8, "t": 76, "b": 28},
    )
    return figure


def _image(rgba: RGBA, grid: Grid, tile: Grid, name: str) -> go.Image:
    """An image in metres from the tile's upper left corner; plotly places pixel centres."""
    west, _, _, north = tile.bounds
    left, top = grid.bounds[0] - west, north - grid.bounds[3]
    return go.Image(
        source=png_uri(np.ascontiguousarray(rgba)),
        x0=left + grid.gsd / 2,
        dx=grid.gsd,
        y0=top + grid.gsd / 2,
        dy=grid.gsd,
        name=name,
        hoverinfo="skip",
    )
