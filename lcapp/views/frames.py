"""One month as it was measured and as it was made of that, at one zoom and one stretch."""

import html
from collections.abc import Mapping

import numpy as np

from lcapp.language import tr
from lcapp.types import Bools, Floats, Grid, Image, SuperResolved
from lcapp.views.imagery import RGBA, aerial_rgba, png_uri, series_rgba, shrunk

_SIDE = 512
"""Pixels of a picture, at most."""


def month_html(
    sr: SuperResolved,
    month: int,
    aerial: Image | None,
    composite: str = "true colour",
    seen: Bools | None = None,
    truth: Floats | None = None,
    figures: Mapping[str, str] | None = None,
) -> str:
    """LR, bicubic, guided, SR, the truth and the aerial image of one present month.

    Each shows the same ground; in a narrow page they stand in several lines.

    Args:
        sr: The series.
        month: 1..12; must be present.
        aerial: For comparison, at its own resolution and radiometry; None where there is none.
        composite: Key of `imagery.COMPOSITES`.
        seen: Where the aerial image has pixels; None: everywhere.
        truth: M C Hs Ws, what the land looked like; None where nobody knows.
        figures: A word on a picture, by `bicubic`, `guided` and `superres`: how it does.
    """
    at, said = month - 1, figures or {}

    def drawn(values: Floats) -> RGBA:
        return series_rgba(values, sr.bands, composite)

    monthly = on_grid(drawn(sr.monthly[at]), sr.lr_grid, sr.sr_grid)
    panels = [
        (tr("Sentinel-2, 10 m"), monthly, tr("as measured")),
        (tr("Bicubic, 1.6 m"), drawn(sr.bicubic[at]), said.get("bicubic", "")),
        (tr("Guided, 1.6 m"), drawn(sr.guided[at]), said.get("guided", tr("no network"))),
        (tr("Super-resolved, 1.6 m"), drawn(sr.reflectance[at]), said.get("superres", "")),
    ]
    if truth is not None:
        panels.append((tr("Truth, 1.6 m"), drawn(truth[at]), tr("simulated")))
    if aerial is not None:
        flown = tr("flown {day:long}", day=aerial.date) if aerial.date else ""
        name = tr("Aerial image, {gsd:g} m", gsd=aerial.grid.gsd)
        panels.append((name, aerial_rgba(aerial, composite, seen), flown))
    return f"{_STYLE}<div class='lc-frames'>{''.join(map(_figure, panels))}</div>"


def on_grid(rgba: RGBA, own: Grid, wanted: Grid) -> RGBA:
    """A picture on another grid of the same CRS, each pixel that under whose middle it lies.

    Clear where the picture does not reach.
    """
    west, _, _, north = wanted.bounds
    left, _, _, top = own.bounds
    cols = np.floor((west + (np.arange(wanted.width) + 0.5) * wanted.gsd - left) / own.gsd)
    rows = np.floor((top - north + (np.arange(wanted.height) + 0.5) * wanted.gsd) / own.gsd)
    inside = ((rows >= 0) & (rows < own.height))[:, None] & ((cols >= 0) & (cols < own.width))
    rows, cols = (
        np.clip(one, 0, size - 1).astype(int)
        for one, size in ((rows, own.height), (cols, own.width))
    )
    found = rgba[rows[:, None], cols]
    return np.where(inside[..., None], found, np.zeros(4, np.uint8)).astype(np.uint8)


def _figure(panel: tuple[str, RGBA, str]) -> str:
    title, rgba, said = panel
    name = html.escape(title)
    return (
        f"<figure><img alt='{name}' src='{png_uri(shrunk(rgba, _SIDE))}'><figcaption>"
        f"<b>{name}</b><span>{html.escape(said)}</span></figcaption></figure>"
    )


_STYLE = """<style>
.lc-frames { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.6rem, 1fr));
  gap: .7rem; }
.lc-frames figure { margin: 0; }
.lc-frames img { width: 100%; display: block; border-radius: .25rem; image-rendering: pixelated; }
.lc-frames figcaption { padding-top: .25rem; font-size: .95rem; line-height: 1.3; }
.lc-frames b, .lc-frames span { display: block; }
.lc-frames span { font-size: .88rem; opacity: .85; }
</style>"""
