"""Pictures, curves and points that move together beneath one slider: made here, drawn elsewhere.

All stops of a slider go to the page at once, so that dragging it asks nobody.
"""

import base64
import itertools
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from lcapp.types import Floats
from lcapp.views.imagery import RGBA, png_uri, shrunk
from lcapp.views.learn.drawing import Curves, curves_svg, place_of

PICTURE_SIDE = 512
"""Pixels: a larger picture is averaged down to it."""

MOST_POINTS, FOLLOWED = 160, 9
"""Of a cloud: how many are drawn, and how many of those draw their path behind them."""

REACH = 2.1
"""Half of the side of the square in which a cloud is drawn."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """A picture for each stop, or one that stays.

    Attributes:
        title: Over it.
        images: H W 4 each.
        notes: Under it: one for each stop, one that stays, or none.
    """

    title: str
    images: tuple[RGBA, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Chart:
    """Curves, and where on them each stop lies.

    Attributes:
        title: Over it.
        curves: They.
        at: x of each stop.
        notes: As of `Pictures`.
    """

    title: str
    curves: Curves
    at: tuple[float, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Cloud:
    """Points in a plane on their way, over those that they should end among.

    Attributes:
        title: Over it.
        places: S N 2, where the points are after each of their steps.
        step: Which of S each stop shows.
        data: n 2, what stays, in the background.
        whole: s N 2, the way that they should have gone; None without.
        notes: As of `Pictures`.
        followed: How many of them draw their path behind them.
    """

    title: str
    places: Floats
    step: tuple[int, ...]
    data: Floats
    whole: Floats | None = None
    notes: tuple[str, ...] = ()
    followed: int = FOLLOWED


Panel = Pictures | Chart | Cloud


@dataclass(frozen=True, eq=False)
class Slides:
    """Panels beneath one slider.

    Attributes:
        label: What the slider moves.
        stops: What each place of the slider is called.
        panels: At least one.
        milliseconds: Between two stops, when they are played.
        loops: Played, it begins again at its end: a year does, a denoising does not.
    """

    label: str
    stops: tuple[str, ...]
    panels: tuple[Panel, ...] = field(default=())
    milliseconds: int = 220
    loops: bool = False


_NUMBERS = itertools.count()


@lru_cache(maxsize=12)  # 2 MB each at the most: a page that runs again shows the same again
def packed(slides: Slides) -> dict[str, Any]:
    """Slides as plain data for the page's component, numbered: others have another number."""
    return {
        "shown": next(_NUMBERS),
        "label": slides.label,
        "stops": list(slides.stops),
        "panels": [{**_panel(one), "title": one.title} for one in slides.panels],
        "milliseconds": slides.milliseconds,
        "loops": slides.loops,
    }


def note_at(panel: Panel, stop: int) -> str:
    """What stands under a panel at a stop."""
    return panel.notes[min(stop, len(panel.notes) - 1)] if panel.notes else ""


def nearest_stop(values: tuple[int, ...], wanted: int | None, otherwise: int) -> int:
    """The stop whose value is nearest to the one that is wanted; `otherwise` where none is."""
    if wanted is None:
        return otherwise
    return int(np.abs(np.array(values) - wanted).argmin())


def _panel(panel: Panel) -> dict[str, Any]:
    told: dict[str, Any] = {"notes": list(panel.notes)}
    match panel:
        case Pictures():
            height, width = panel.images[0].shape[:2]
            images = [png_uri(shrunk(one, PICTURE_SIDE)) for one in panel.images]
            told |= {"kind": "pictures", "images": images, "shape": width / height}
        case Chart():
            at = [place_of(panel.curves, x) for x in panel.at]
            told |= {"kind": "chart", "svg": curves_svg(panel.curves), "at": at}
        case Cloud():
            told |= {
                "kind": "cloud",
                "places": _codes(panel.places[:, :MOST_POINTS]),
                "step": list(panel.step),
                "data": _codes(panel.data[None]),
                "whole": None if panel.whole is None else _codes(panel.whole[:, : panel.followed]),
                "followed": min(panel.followed, panel.places.shape[1]),
            }
    return told


def _codes(places: Floats) -> dict[str, Any]:
    """S N 2 as 16-bit codes of the square that is drawn, its lower left corner 0."""
    codes = np.round((places / REACH + 1) / 2 * 60_000).clip(0, 65_535).astype("<u2")
    text = base64.b64encode(codes.tobytes()).decode("ascii")
    return {"codes": text, "size": list(places.shape[:2])}
