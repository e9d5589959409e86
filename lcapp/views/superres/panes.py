"""The panes of one month: as measured, upsampled, super-resolved, and what it should be."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lcapp.errors import LcappError
from lcapp.language import tr
from lcapp.prepare import InputSpec, aerial_at_sr
from lcapp.sensors import BANDS_IN_WORDS, COMMON_BANDS
from lcapp.types import Floats, Grid, Image, Scene, SuperResolved
from lcapp.views.imagery import (
    LOOKS,
    RGBA,
    STRETCH,
    aerial_rgba,
    amount_rgba,
    ndvi,
    series_rgba,
)
from lcapp.views.panes import Arrangement, Pane, Values

_ERROR_REACH, _SPREAD_REACH, _NDVI_REACH = 0.1, 0.05, 0.4
"""What is drawn in full colour: reflectance, reflectance, NDVI."""

_SPOT_SCALE = 10_000
"""SPOT's numbers are reflectance times this."""


@dataclass(frozen=True, eq=False)
class Known:
    """What a month may be compared with, beside what the run itself has made.

    Attributes:
        scene: For its aerial image.
        truth: M C Hs Ws, reflectance, in the order of the series' bands; None where unknown.
        spot: SPOT's image; None without.
        mean: M C Hs Ws, mean of samples; None where none were asked for.
        deviation: M C Hs Ws, their standard deviation.
        samples: How many.
    """

    scene: Scene
    truth: Floats | None = None
    spot: Image | None = None
    mean: Floats | None = None
    deviation: Floats | None = None
    samples: int = 0


def month_panes(
    sr: SuperResolved, month: int, known: Known, look: str, own: bool = False
) -> tuple[Pane, ...]:
    """All panes of a present month, those that are compared first in front.

    Args:
        sr: The series.
        month: 1..12.
        known: What else there is.
        look: Key of `LOOKS`.
        own: Each pane has its own stretch.
    """
    index = month - 1
    draw = Drawing(sr.bands, look, own)
    monthly, lr_grid = _over(sr.monthly[index], sr.lr_grid, sr.sr_grid)
    panes = [
        draw.series("lr", tr("Sentinel-2, 10 m"), monthly, lr_grid),
        draw.series("bicubic", tr("Bicubic"), sr.bicubic[index], sr.sr_grid),
        draw.series("guided", tr("Guided upsampling"), sr.guided[index], sr.sr_grid),
        draw.series("sr", tr("Super-resolved"), sr.reflectance[index], sr.sr_grid),
    ]
    if known.mean is not None:
        title = tr("Mean of {n} seeds", n=known.samples)
        panes.append(draw.series("mean", title, known.mean[index], sr.sr_grid))
    if known.truth is not None:
        truth = known.truth[index]
        panes.append(draw.series("truth", tr("Truth (simulated)"), truth, sr.sr_grid))
    panes += draw.aerial(known.scene, sr)
    if known.spot is not None:
        panes.append(draw.spot(known.spot))
    if known.truth is not None:
        error = sr.reflectance[index] - known.truth[index]
        panes.append(draw.error(error, sr))
    if known.deviation is not None:
        panes.append(draw.spread(known.deviation[index], known.samples, sr))
    return tuple(panes)


def arranged_at_first(panes: Sequence[Pane]) -> Arrangement:
    """Four pictures side by side, the others hidden; of two bicubic and super-resolved.

    With samples the spread over them takes the place of what was measured: it was asked for.
    """
    reference = next((one for one in ("truth", "spot", "aerial") if one in _ids(panes)), "guided")
    shown = {"spread" if "spread" in _ids(panes) else "lr", "bicubic", "sr", reference}
    hidden = tuple(one.id for one in panes if one.id not in shown)
    return Arrangement(first="bicubic", second="sr", hidden=hidden)


def stretch_told(look: str, own: bool) -> str:
    """How reflectance is drawn, in half a sentence."""
    if look == "NDVI":
        return tr("NDVI from −0.2 (blue) over 0.3 (yellow) to 0.9 (dark green)")
    return tr("each picture between its own 2nd and 98th percentile") if own else tr(STRETCH)


def _ids(panes: Sequence[Pane]) -> set[str]:
    return {one.id for one in panes}


@dataclass(frozen=True)
class Drawing:
    """How the panes of a month are drawn.

    Attributes:
        bands: Sentinel-2 names.
        look: Key of `LOOKS`.
        own: Each pane has its own stretch.
    """

    bands: tuple[str, ...]
    look: str
    own: bool

    @property
    def shown(self) -> tuple[int, ...]:
        """Which of the bands, or NDVI behind them, the picture shows."""
        if self.look == "NDVI":
            return (len(self.bands),)
        return tuple(self.bands.index(COMMON_BANDS[name]) for name in LOOKS[self.look])

    def series(self, name: str, title: str, image: Floats, grid: Grid) -> Pane:
        """Reflectance, C H W."""
        rgba = series_rgba(image, self.bands, self.look, self.own)
        return Pane(name, title, rgba, grid, values=self.values(image))

    def values(self, image: Floats, reach: float = _ERROR_REACH) -> Values:
        """Its reflectance and its NDVI, under the pointer."""
        red, nir = (image[self.bands.index(band)] for band in ("B4", "B8"))
        return Values(
            np.concatenate([image, ndvi(red, nir)[None]]),  # C+1 H W
            (*self.bands, "NDVI"),
            shown=self.shown,
            reach=_NDVI_REACH if self.look == "NDVI" else reach,
        )

    def error(self, numbers: Floats, sr: SuperResolved) -> Pane:
        """The error of the super-resolved month, C H W."""
        pane = self.amount("error", numbers, sr, _ERROR_REACH)
        note = tr(
            "Error: mean amount over {bands}, pale 0, dark violet from {reach:g} reflectance on.",
            bands=pane.note,
            reach=_ERROR_REACH,
        )
        return replace(pane, title=tr("Error of super-resolved"), note=note)

    def spread(self, numbers: Floats, samples: int, sr: SuperResolved) -> Pane:
        """The standard deviation over samples, C H W."""
        pane = self.amount("spread", numbers, sr, _SPREAD_REACH)
        note = tr(
            "Spread: mean amount over {bands}, pale 0, dark violet from {reach:g} reflectance on.",
            bands=pane.note,
            reach=_SPREAD_REACH,
        )
        return replace(pane, title=tr("Spread over {n} seeds", n=samples), note=note)

    def amount(self, name: str, numbers: Floats, sr: SuperResolved, reach: float) -> Pane:
        """An amount of reflectance, of several bands their mean; its note names the bands."""
        bands = [band for band in self.shown if band < len(numbers)]
        bands = bands or [self.bands.index("B4"), self.bands.index("B8")]  # what NDVI is made of
        amount = np.abs(numbers[bands]).mean(axis=0)
        of = ", ".join(self.bands[band] for band in bands)
        values = Values(numbers, self.bands, "", 3, tuple(bands), reach)
        return Pane(name, "", amount_rgba(amount, reach), sr.sr_grid, of, values)

    def aerial(self, scene: Scene, sr: SuperResolved) -> list[Pane]:
        """The aerial image at 1.6 m, else as it is; none without one."""
        composite = self.look if self.look in LOOKS else "true colour"
        note = tr("The aerial image keeps its own day and radiometry: bytes, no reflectance.")
        bytes_of = self._coarse(scene, sr)
        if bytes_of is not None:
            names = {band: name for name, band in COMMON_BANDS.items()}
            planes = {names[band]: plane for band, plane in zip(sr.bands, bytes_of, strict=True)}
            image = Image(
                np.stack(list(planes.values())).round().astype(np.uint8),
                tuple(planes),
                sr.sr_grid,
            )
            words = tuple(tr("{band} byte", band=tr(BANDS_IN_WORDS[name])) for name in planes)
            values = Values(bytes_of, words, digits=0, reach=40)
            rgba = _aerial_rgba(image, composite)
            return [Pane("aerial", tr("Aerial image, 1.6 m"), rgba, sr.sr_grid, note, values)]
        try:
            aerial = scene.aerial
        except LcappError:
            return []
        rgba = _aerial_rgba(aerial, composite)
        return [Pane("aerial", tr("Aerial image"), rgba, aerial.grid, note)]

    def _coarse(self, scene: Scene, sr: SuperResolved) -> Floats | None:
        try:
            scaled = aerial_at_sr(scene, InputSpec(series_bands=sr.bands))  # C Hs Ws, -1..1
        except LcappError:  # of another size or with other bands
            return None
        bytes_of: Floats = (127.5 * (scaled + 1)).astype(np.float32)
        return bytes_of

    def spot(self, spot: Image) -> Pane:
        """SPOT's image as reflectance, on the same stretch."""
        planes = spot.planes
        names = {band: name for name, band in COMMON_BANDS.items()}
        image = np.stack([planes[names[band]] for band in self.bands]).astype(np.float32)
        pane = self.series("spot", tr("SPOT, 1.6 m"), image / np.float32(_SPOT_SCALE), spot.grid)
        if spot.date is None:
            return replace(pane, note=tr("SPOT: another day and another sensor."))
        note = tr("SPOT of {day:long}: another day and another sensor.", day=spot.date)
        return replace(pane, note=note)


def _aerial_rgba(image: Image, look: str) -> RGBA:
    names = LOOKS[look]
    if len(names) == 1 and names[0] in image.bands:
        plane = image.planes[names[0]]
        return np.stack([plane, plane, plane, np.full_like(plane, 255)], axis=-1)
    return aerial_rgba(image, look if look in ("colour infrared", "NDVI") else "true colour")


def _over(image: Floats, grid: Grid, place: Grid) -> tuple[Floats, Grid]:
    """The LR pixels that touch the place, and where they lie."""
    west, south, east, north = place.bounds
    left, _, _, top = grid.bounds
    rows = _touching((top - north) / grid.gsd, (top - south) / grid.gsd, grid.height)
    cols = _touching((west - left) / grid.gsd, (east - left) / grid.gsd, grid.width)
    return image[:, rows, cols], grid.cut(rows, cols)


def _touching(first: float, last: float, size: int) -> slice:
    """Pixels of an axis between two places in pixels."""
    return slice(max(0, math.floor(first + 1e-6)), min(size, math.ceil(last - 1e-6)))
