"""What a map takes each class for: the confusion matrix in shares of the reference."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from lcapp.language import tr
from lcapp.types import Floats

_SCALES = {
    False: ((0.0, "#ffffff"), (0.5, "#7fb2e5"), (1.0, "#0b3f78")),
    True: ((0.0, "#0e1117"), (0.5, "#2f6ea8"), (1.0, "#cfe6ff")),
}
"""Of a light and of a dark page."""

_LEAST_TOLD = 0.005
"""Smaller shares stay without a number."""


def shares(matrix: Sequence[Sequence[int]]) -> tuple[NDArray[np.intp], Floats]:
    """Which classes occur, and what became of each.

    Args:
        matrix: K K pixels, rows the reference.

    Returns:
        The C ids that reference or map hold; C C, each row over its sum, NaN for a class that the
        reference does not hold.
    """
    counts = np.array(matrix, np.float64).reshape(len(matrix), -1)
    there = np.flatnonzero(counts.sum(0) + counts.sum(1))
    counts = counts[np.ix_(there, there)]
    total = counts.sum(1, keepdims=True)
    found = np.divide(counts, total, out=np.full_like(counts, np.nan), where=total > 0)
    return there, found.astype(np.float32)


def mistakes(matrix: Sequence[Sequence[int]], names: Sequence[str], count: int) -> tuple[str, ...]:
    """The commonest mistakes in words, the most pixels first."""
    counts = np.array(matrix, np.int64).reshape(len(matrix), -1)
    total = int(counts.sum())
    np.fill_diagonal(counts, 0)
    told = []
    for at in np.argsort(-counts, axis=None, kind="stable")[:count]:
        row, col = (int(one) for one in np.unravel_index(at, counts.shape))
        if counts[row, col] == 0:
            break
        share = counts[row, col] / total
        told.append(
            tr(
                "{there} taken for {said}: {share:.1%} of all pixels",
                there=names[row],
                said=names[col],
                share=share,
            )
        )
    return tuple(told)


def confusion_figure(
    matrix: Sequence[Sequence[int]], names: Sequence[str], dark: bool = False
) -> Any:
    """Rows are what is there, columns what the map says.

    Args:
        matrix: K K pixels.
        names: Of the K classes.
        dark: The page is dark.
    """
    ink = "#eef1f5" if dark else "#1b1f24"
    there, found = shares(matrix)
    shown = [names[one] for one in there]
    font = {"size": 14, "color": ink}
    texts = [
        ["" if not share >= _LEAST_TOLD else f"{100 * share:.0f}" for share in row]
        for row in found.tolist()
    ]
    figure = go.Figure(
        go.Heatmap(
            z=found,
            x=shown,
            y=shown,
            zmin=0,
            zmax=1,
            colorscale=_SCALES[dark],
            text=texts,
            texttemplate="%{text}",
            textfont={"size": 14},
            hovertemplate=tr(
                "{there} taken for {said}: {share}", there="%{y}", said="%{x}", share="%{z:.1%}"
            )
            + "<extra></extra>",
            colorbar={"tickformat": ".0%", "tickfont": font, "thickness": 14},
            xgap=1,
            ygap=1,
        )
    )
    figure.update_layout(
        title={
            "text": tr("Of each class in the reference, what the map says [%]"),
            "font": {"size": 17, "color": ink},
        },
        height=190 + 34 * len(shown),
        margin={"l": 8, "r": 8, "t": 60, "b": 8},
        xaxis={
            "title": {"text": tr("map"), "font": font},
            "tickfont": font,
            "tickangle": -40,
            "automargin": True,
        },
        yaxis={
            "title": {"text": tr("reference"), "font": font},
            "autorange": "reversed",
            "tickfont": font,
            "automargin": True,
        },
    )
    return figure
