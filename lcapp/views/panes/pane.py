"""A pane: a picture, where it lies, and the numbers behind its colours, packed for a page."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from lcapp.types import Floats, Grid
from lcapp.views.imagery import RGBA, png_uri, shrunk

PICTURE_SIDE = 512
"""Pixels: a larger picture is averaged down to it. As PNG it takes 1.4 MB at the most."""

MOST_VALUES = 262_144
"""Of a pane: beyond it every second, third, ... pixel keeps its values. 0.7 MB at the most."""

_NONE = 65_535
"""The code of a pixel without a value."""


@dataclass(frozen=True, eq=False)
class Values:
    """The numbers behind a picture, which the pointer reads.

    Attributes:
        numbers: C H W, NaN where there is none; with `classes` the first of C are ids of those.
        names: Of C.
        unit: Of the numbers, behind them; empty for none.
        digits: After the point.
        shown: Which of C the picture shows: a difference is taken of those.
        reach: A difference that is drawn in full colour.
        classes: Names of classes, where the first numbers are ids; others may be probabilities.
    """

    numbers: Floats
    names: tuple[str, ...]
    unit: str = ""
    digits: int = 3
    shown: tuple[int, ...] = (0,)
    reach: float = 0.1
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Pane:
    """One of the pictures that are compared.

    Attributes:
        id: In the address; letters, digits and `-`.
        title: Over the picture.
        rgba: H W 4.
        grid: Where it lies, in the CRS of the place.
        note: How to read its colours.
        values: What the pointer reads; None for nothing.
    """

    id: str
    title: str
    rgba: RGBA
    grid: Grid
    note: str = ""
    values: Values | None = None


def packed(panes: Sequence[Pane], place: Grid) -> list[dict[str, Any]]:
    """Panes as plain data for the page's component.

    Pictures are PNG; values are 16-bit codes on the range of each band, so that what is read is
    within 1/131,068 of that range. Both are bounded, see `PICTURE_SIDE` and `MOST_VALUES`.

    Args:
        panes: What is compared, all in one CRS.
        place: Its upper left corner is where metres are counted from, to the right and down.
    """
    return [_packed(pane, place) for pane in panes]


@lru_cache(maxsize=24)  # 2 MB each at the most: a page that runs again has most panes again
def _packed(pane: Pane, place: Grid) -> dict[str, Any]:
    west, _, _, north = place.bounds
    left, bottom, right, top = pane.grid.bounds
    told: dict[str, Any] = {
        "id": pane.id,
        "title": pane.title,
        "note": pane.note,
        "picture": png_uri(shrunk(pane.rgba, PICTURE_SIDE)),
        # Metres from the corner of the place: left, top, width, height.
        "box": [left - west, north - top, right - left, top - bottom],
    }
    if pane.values is not None:
        told["values"] = _codes(pane.values)
    return told


def _codes(values: Values) -> dict[str, Any]:
    numbers = values.numbers
    stride = 1
    while numbers[:, ::stride, ::stride].size > MOST_VALUES:
        stride += 1
    thin = numbers[:, ::stride, ::stride].astype(np.float64)  # C h w
    height, width = numbers.shape[1:]
    codes = np.full(thin.shape, _NONE, "<u2")
    ranges = []
    for place, (band, code) in enumerate(zip(thin, codes, strict=True)):
        known = np.isfinite(band)
        low, high = (float(band[known].min()), float(band[known].max())) if known.any() else (0, 0)
        ids = bool(values.classes) and place == 0
        step = 1.0 if ids else (high - low) / (_NONE - 1) or 1.0
        code[known] = np.round((band[known] - low) / step)
        ranges.append([low, step])
    return {
        "codes": base64.b64encode(codes.tobytes()).decode("ascii"),
        "size": [*thin.shape],
        # How much of the picture the thinned pixels cover, which may end beyond it.
        "cover": [thin.shape[2] * stride / width, thin.shape[1] * stride / height],
        "ranges": ranges,
        "names": list(values.names),
        "unit": values.unit,
        "digits": values.digits,
        "shown": list(values.shown),
        "reach": values.reach,
        "classes": list(values.classes),
    }
