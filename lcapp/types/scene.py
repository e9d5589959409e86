"""What was observed of a place, each image and series under the name of its modality."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcapp.classes import LPIS1, LPIS2, LPIS3, ClassTable
from lcapp.errors import SceneError
from lcapp.sensors import AERIAL, ELEVATION, HISTORICAL, NDSM_IMAGE, SENTINEL2, SPOT
from lcapp.types.arrays import Bools, Bytes, Floats
from lcapp.types.grids import Grid

_CROPS = frozenset({LPIS1.name, LPIS2.name, LPIS3.name})

LEADING = (AERIAL, SPOT, HISTORICAL)
"""The first of these that a scene has tells where there is anything to classify."""


@dataclass(frozen=True, eq=False)
class Image:
    """An image of one date.

    Attributes:
        pixels: C H W: bytes of an aerial image, metres of an elevation; of SPOT reflectance x
            10000.
        bands: Names, one per channel.
        grid: Of H and W.
        date: Its day, where known.
        source: The file it came from, for messages; "" where there is none.
        seen: H W, where it has pixels; None: everywhere, or as its scene says. Elsewhere it is 0.
    """

    pixels: NDArray[Any]
    bands: tuple[str, ...]
    grid: Grid
    date: dt.date | None = None
    source: str = ""
    seen: Bools | None = None

    @property
    def planes(self) -> dict[str, NDArray[Any]]:
        """Band to H W."""
        return dict(zip(self.bands, self.pixels, strict=True))


@dataclass(frozen=True, eq=False)
class Series:
    """Images of many dates as acquired, before any filter.

    Attributes:
        values: T C H W, float32, in the unit of the modality; NaN where there is no datum.
            Sentinel-2: digital numbers, reflectance x 10000 plus `offsets`.
        bands: Names, one per channel.
        dates: Day of each acquisition, ascending not required.
        offsets: T, what to subtract from the values (0 or 1000).
        grid: In the CRS of the scene; need not share its pixel edges.
        cloud: T H W cloud probability in percent, where there is a mask.
        snow: T H W snow probability in percent, where there is a mask.
        source: The file it came from, for messages; "" where there is none.
    """

    values: Floats
    bands: tuple[str, ...]
    dates: tuple[dt.date, ...]
    offsets: Floats
    grid: Grid
    cloud: Floats | None = None
    snow: Floats | None = None
    source: str = ""


@dataclass(frozen=True, eq=False)
class Reference:
    """Reference labels on the scene's grid: H W, uint8, indices into `table`."""

    labels: Bytes
    table: ClassTable


@dataclass(frozen=True, eq=False)
class Scene:
    """What is known of one place; what is not there has no name, and nothing is made up for it.

    Attributes:
        id: Unique in its collection.
        collection: Name of the collection.
        grid: 0.2 m; of the labels and of the maps.
        images: Modality (`lcapp.sensors`) to its image.
        series: Modality to its images of many dates.
        references: Name of a class table to labels.
        simulated: True for a scene of `lcapp.simulate`; said wherever it is shown.
        notes: What the reader had to assume, one sentence each.
        seen: H W, where there is anything to classify; None: everywhere. Elsewhere images are 0.
    """

    id: str
    collection: str
    grid: Grid
    images: Mapping[str, Image] = field(default_factory=dict)
    series: Mapping[str, Series] = field(default_factory=dict)
    references: Mapping[str, Reference] = field(default_factory=dict)
    simulated: bool = False
    notes: tuple[str, ...] = ()
    seen: Bools | None = None

    @property
    def holds(self) -> frozenset[str]:
        """The modalities."""
        return frozenset(self.images) | frozenset(self.series)

    @property
    def sources(self) -> tuple[str, ...]:
        """The files that its images and series came from."""
        parts: tuple[Image | Series, ...] = (*self.images.values(), *self.series.values())
        return tuple(dict.fromkeys(one.source for one in parts if one.source))

    @property
    def aerial(self) -> Image:
        """The aerial image (SceneError where there is none)."""
        return self.only([AERIAL]).images[AERIAL]

    @property
    def sentinel2(self) -> Series | None:
        """The Sentinel-2 series."""
        return self.series.get(SENTINEL2)

    @property
    def ndsm(self) -> Floats | None:
        """Height above ground, H W in metres: its own image, or surface minus terrain.

        Raises:
            SceneError: Surface or terrain has gaps.
        """
        if NDSM_IMAGE in self.images:
            own: Floats = self.images[NDSM_IMAGE].pixels[0]
            return own
        if ELEVATION not in self.images:
            return None
        surface, terrain = self.images[ELEVATION].pixels.astype(np.float32)
        heights: Floats = surface - terrain
        if self.seen is not None:
            heights[~self.seen] = 0
        gaps = ~np.isfinite(heights)
        if gaps.any():
            raise SceneError(
                f"{ELEVATION} has no height in {gaps.sum()} of {gaps.size} pixels",
                where=self.images[ELEVATION].source or self.id,
                expected="surface and terrain in metres in every pixel",
                advice="fill the gaps (gdal_fillnodata.py) or leave the file out",
            )
        return heights

    @property
    def reference(self) -> Reference | None:
        """The labels of land cover; crops are none."""
        return next((one for name, one in self.references.items() if name not in _CROPS), None)

    def only(self, names: Iterable[str]) -> "Scene":
        """The scene with these modalities and no others.

        Raises:
            SceneError: One of them is not there.
        """
        wanted = tuple(names)
        for name in wanted:
            if name not in self.holds:
                raise SceneError(
                    f"there is no {name}",
                    where=self.id,
                    expected=f"a scene with {', '.join(wanted)}",
                    advice="add the file, or use a model that does without this modality",
                )
        images = {name: one for name, one in self.images.items() if name in wanted}
        series = {name: one for name, one in self.series.items() if name in wanted}
        same = _leading(images) in (None, _leading(self.images))
        seen = self.seen if same else seen_by(images, self.grid)
        return replace(self, images=images, series=series, seen=seen)


def _leading(images: Iterable[str]) -> str | None:
    there = set(images)
    return next((name for name in LEADING if name in there), None)


def seen_by(images: Mapping[str, Image], grid: Grid) -> Bools | None:
    """H W of a scene's grid, where its leading image has pixels; None: everywhere."""
    name = _leading(images)
    seen = None if name is None else images[name].seen
    if seen is None:
        return None
    whole: Bools = seen.repeat(grid.height // len(seen), axis=0)
    return whole.repeat(grid.width // seen.shape[1], axis=1)
