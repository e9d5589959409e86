"""The panes about a pixel: the image, where it looked over a month, and what the series changed."""

from collections.abc import Sequence

import numpy as np

from lcapp.language import month_name, tr
from lcapp.types import Explanation, Floats, LandCover, Occlusion, Scene, SuperResolved
from lcapp.views.attention.asked import worth_of_series
from lcapp.views.attention.looks import Look, spread_over
from lcapp.views.imagery import RGBA, aerial_rgba, series_rgba
from lcapp.views.panes import Pane, Values
from lcapp.views.panes.classes import class_pane

HIDDEN = ("month", "without", "worth")
"""Ids of panes that are not shown until they are asked for."""

_REACH, _MONTH_REACH = 0.5, 0.1
"""Changes of probability that are drawn in full colour: by the whole series, by a month."""

_HEAT_AT = np.array([0.0, 0.35, 0.7, 1.0])
_HEAT = np.array([[90, 10, 110], [215, 45, 95], [255, 150, 40], [255, 250, 170]], float)
_LESS, _NONE, _MORE = (5, 80, 160), (246, 246, 242), (180, 75, 0)


def still_panes(
    scene: Scene, cover: LandCover, explanation: Explanation, safe: bool = False
) -> tuple[Pane, ...]:
    """Those that are the same for every pixel: image, map, map without the series, its worth."""
    without = explanation.without_series
    lost = worth_of_series(cover, explanation)
    note = tr(
        "What the series is worth: orange where it speaks for the class of the map, blue where "
        "against it, full colour from {reach:.0%} of probability on.",
        reach=_REACH,
    )
    points = _points(lost, _REACH)
    return (
        Pane("aerial", tr("Aerial image"), aerial_rgba(scene.aerial, seen=scene.seen), scene.grid),
        class_pane("map", tr("Class map"), cover, safe),
        class_pane("without", tr("Without the series (never trained so)"), without, safe),
        Pane("worth", tr("Worth of the series"), _signed(lost, _REACH), cover.grid, note, points),
    )


def look_panes(
    found: Sequence[Look], sr: SuperResolved, month: int, look: str = "true colour"
) -> tuple[Pane, ...]:
    """The month, and over it each of the looks.

    Args:
        found: From `looks`.
        sr: The series.
        month: 1..12; of an absent one there is a grey ground.
        look: Key of `imagery.LOOKS`.
    """
    described, name = sr.months[month - 1], month_name(month)
    if described.present:
        ground = series_rgba(sr.reflectance[month - 1], sr.bands, look)
        over = tr("Attention over {month}", month=name)
        title = tr("{month}, super-resolved", month=name)
        month_pane = [Pane("month", title, ground, sr.sr_grid)]
    else:
        ground = np.full((sr.sr_grid.height, sr.sr_grid.width, 4), 255, np.uint8)
        ground[..., :3] = 120
        over, month_pane = tr("Attention ({month} is absent)", month=name), []
    panes = []
    for one in found:
        weights = spread_over(one.weights, one.level, sr.sr_grid)  # Hs Ws
        values = Values(100 * weights[None], (tr("attention"),), "%", 2, reach=100 * one.peak)
        title = tr("Stage {stage}, {heads}", stage=one.stage, heads=one.name)
        name = "look" if one.head is None else f"head-{one.head}"
        note = tr(
            "{over}: bright where most, each picture by its own most; "
            "a pixel of level {level} is {metres:g} m wide.",
            over=over,
            level=one.level,
            metres=sr.sr_grid.gsd * 2**one.level,
        )
        rgba = heated(ground, weights / one.peak)
        panes.append(Pane(name, title, rgba, sr.sr_grid, note, values))
    return (*month_pane, *panes)


def month_worth(occlusion: Occlusion, cover: LandCover, month: int) -> Pane | None:
    """What leaving out a month changed; None of an absent one."""
    change = occlusion.change[month - 1]
    if not np.isfinite(change).any():
        return None
    name = month_name(month)
    note = tr(
        "What {month} is worth: orange where the class of the map loses probability without it, "
        "blue where it gains, full colour from {reach:.0%} on.",
        month=name,
        reach=_MONTH_REACH,
    )
    title, values = tr("Worth of {month}", month=name), _points(-change, _MONTH_REACH)
    return Pane("month-worth", title, _signed(-change, _MONTH_REACH), cover.grid, note, values)


def heated(ground: RGBA, share: Floats) -> RGBA:
    """A picture under a glow (H W, 0..1): the ground is dimmed, and shows where share is low."""
    share = np.sqrt(np.clip(share, 0, 1))
    glow = np.stack([np.interp(share, _HEAT_AT, _HEAT[:, band]) for band in range(3)], axis=-1)
    grey = 0.5 * (ground[..., :3] + ground[..., :3].mean(-1, keepdims=True)) * 0.8  # H W 3
    cover = np.clip(1.25 * share - 0.1, 0, 0.92)[..., None]
    mixed = ground.copy()
    mixed[..., :3] = (grey + cover * (glow - grey)).round().astype(np.uint8)
    return mixed


def _points(change: Floats, reach: float) -> Values:
    return Values(100 * change[None], (tr("change"),), tr("points"), 1, reach=100 * reach)


def _signed(change: Floats, reach: float) -> RGBA:
    """Change of a probability, H W: orange above 0, blue below, clear without a class."""
    strength = np.nan_to_num(np.abs(change) / reach).clip(0, 1)[..., None]
    end = np.where((change < 0)[..., None], np.array(_LESS), np.array(_MORE))
    rgb = np.array(_NONE) + strength * (end - np.array(_NONE))
    alpha = np.where(np.isfinite(change), 255, 0)[..., None]
    return np.concatenate([rgb.round(), alpha], axis=-1).astype(np.uint8)
