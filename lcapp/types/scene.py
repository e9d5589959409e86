"""What was observed of a place."""

import datetime as dt
from dataclasses import dataclass

from lcapp.classes import ClassTable
from lcapp.types.arrays import Bytes, Floats
from lcapp.types.grids import Grid


@dataclass(frozen=True, eq=False)
class Aerial:
    """One aerial image.

    Attributes:
        pixels: C H W, uint8, 0..255.
        bands: Names from `sensors.SPECTRAL_AERIAL_BANDS`, one per channel.
        grid: About 0.2 m.
        date: Day of the flight, where known.
    """

    pixels: Bytes
    bands: tuple[str, ...]
    grid: Grid
    date: dt.date | None


@dataclass(frozen=True, eq=False)
class Series:
    """A Sentinel-2 series as acquired, before any filter.

    Attributes:
        digital_numbers: T C H W, float32; NaN where there is no datum.
        bands: Sentinel-2 band names, one per channel.
        dates: Day of each acquisition, ascending not required.
        offsets: T, what to subtract from the digital numbers (0 or 1000).
        grid: 10 m, in the CRS of the aerial image; need not share its pixel edges.
        cloud: T H W cloud probability in percent, where there is a mask.
        snow: T H W snow probability in percent, where there is a mask.
    """

    digital_numbers: Floats
    bands: tuple[str, ...]
    dates: tuple[dt.date, ...]
    offsets: Floats
    grid: Grid
    cloud: Floats | None
    snow: Floats | None


@dataclass(frozen=True, eq=False)
class Reference:
    """Reference labels on the aerial grid: H W, uint8, indices into `table`."""

    labels: Bytes
    table: ClassTable


@dataclass(frozen=True, eq=False)
class Scene:
    """What is known of one place: an aerial image and, where there are, its companions.

    A missing companion is None; nothing is made up for it here.

    Attributes:
        id: Unique in its collection.
        collection: Name of the collection.
        aerial: The aerial image.
        series: The Sentinel-2 series.
        ndsm: H W, float32, metres above ground, on the aerial grid.
        reference: Labels.
        simulated: True for a scene of `lcapp.simulate`; said wherever it is shown.
        notes: What the reader had to assume, one sentence each.
    """

    id: str
    collection: str
    aerial: Aerial
    series: Series | None = None
    ndsm: Floats | None = None
    reference: Reference | None = None
    simulated: bool = False
    notes: tuple[str, ...] = ()
