"""The coarser scenes that patches side by side make together (`prepare.reduced`)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Collection as Names
from dataclasses import replace
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from lcapp.errors import NoClearDate, SceneError
from lcapp.prepare.prepared import DEFAULT_RULE
from lcapp.prepare.reduced import coarser_scale
from lcapp.scene.collection import Collection
from lcapp.scene.reader import Reader, SceneHeader
from lcapp.sensors import AERIAL, NDSM, NDSM_IMAGE, SENTINEL2
from lcapp.types import Floats, Grid, Image, Reference, Scene, Series, Truth

SIDES = (6, 5, 4)
"""Patches along a coarser scene."""

_OFF = 0.02
"""Pixels, and patches, by which one may be off the lattice of the others."""

Block = tuple[tuple[str, ...], ...]
"""Ids of patches that make a square, by row from the north-west."""


class Reduced(Reader):
    """The coarser scenes of a collection.

    Args:
        collection: Of scenes that lie side by side: FLAIR-HUB's regions, FLAIR #2's areas.
        patches: Ids of those that may be used.

    Raises:
        SceneError: Nowhere four by four of them lie side by side.
    """

    kind = "reduced"
    looks = "patches side by side"

    def __init__(self, collection: Collection, patches: Sequence[str]) -> None:
        self.collection, self.simulated = collection, collection.simulated
        blocks = _blocks(collection, frozenset(patches))
        if not blocks:
            raise SceneError(
                f"has nowhere {SIDES[-1]} x {SIDES[-1]} patches side by side",
                where=collection.source,
                expected="regions whose patches touch, for --targets reduced",
                advice="train with --targets paper",
            )
        self._blocks = {f"{one[0][0]} and {len(one) ** 2 - 1} beside it": one for one in blocks}
        self.ids = tuple(self._blocks)
        self._last: tuple[str, Scene, Truth] | None = None

    def header(self, scene_id: str) -> SceneHeader:
        """That of its first patch."""
        return replace(self.collection.header(self._blocks[scene_id][0][0]), id=scene_id)

    def scene(self, scene_id: str, names: Names[str] | None = None) -> Scene:
        """Patches read, joined and degraded (SceneError)."""
        return self._read(scene_id)[1]

    def truth(self, scene_id: str) -> Truth:
        """The months as measured (SceneError)."""
        return self._read(scene_id)[2]

    def _read(self, scene_id: str) -> tuple[str, Scene, Truth]:
        """A scene and its truth; the last one is kept, since both are asked for in turn."""
        last = self._last
        if last is None or last[0] != scene_id:
            block = self._blocks[scene_id]
            patches = [
                [self.collection.scene(one, (AERIAL, SENTINEL2), (NDSM_IMAGE,)) for one in row]
                for row in block
            ]
            whole = replace(joined(patches), id=scene_id)
            across = whole.grid.gsd * whole.grid.width / whole.series[SENTINEL2].grid.gsd
            pixels = 2 * (int(across + _OFF) // 2 - 1)  # its patches may begin within a pixel
            self._last = last = scene_id, *coarser_scale(whole, pixels, DEFAULT_RULE)
        return last


def reduced(collection: Collection, patches: Sequence[str]) -> Collection:
    """The coarser scenes of some patches, as a collection of their own.

    Raises:
        SceneError: There are none.
    """
    return Collection(collection.source, Reduced(collection, patches))


def _blocks(collection: Collection, patches: frozenset[str]) -> list[Block]:
    """Squares of patches, none of which is in two of them, all of the largest side there is."""
    regions = []
    for region, ids in collection.regions().items():
        if not patches.isdisjoint(ids):
            found = collection.footprints(region)
            regions.append(_places({one: at for one, at in found.items() if one in patches}))
    for side in SIDES:
        blocks = [block for places in regions for block in _squares(places, side)]
        if blocks:
            return blocks
    return []


def _places(grids: Mapping[str, Grid]) -> dict[tuple[int, int], str]:
    """Row and column to the patch that lies there, beside the first of them."""
    places: dict[tuple[int, int], str] = {}
    for scene_id, grid in grids.items():
        first = next(iter(grids.values()))
        (west, south, east, north), own = first.bounds, grid.bounds
        row, col = (north - own[3]) / (north - south), (own[0] - west) / (east - west)
        same = (grid.crs, grid.height, grid.width) == (first.crs, first.height, first.width)
        if same and max(abs(row - round(row)), abs(col - round(col))) < _OFF:
            places[round(row), round(col)] = scene_id
    return places


def _squares(places: Mapping[tuple[int, int], str], side: int) -> Iterator[Block]:
    free = dict(places)
    for row, col in sorted(places):
        square = [[(row + down, col + right) for right in range(side)] for down in range(side)]
        if all(at in free for line in square for at in line):
            yield tuple(tuple(free.pop(at) for at in line) for line in square)


def joined(patches: Sequence[Sequence[Scene]]) -> Scene:
    """Patches of a square as one scene; what one of them lacks, it lacks.

    Args:
        patches: By row, each beside the next, with series of one lattice.

    Raises:
        NoClearDate: Their series have no day in common.
        SceneError: Their series do not lie on one lattice.
    """
    every = [one for row in patches for one in row]
    first, side = every[0], len(patches)

    def whole(of: Callable[[Scene], NDArray[Any] | None]) -> NDArray[Any] | None:
        read: Any = [[of(one) for one in row] for row in patches]
        return None if any(one is None for row in read for one in row) else np.block(read)

    grid = replace(first.grid, height=side * first.grid.height, width=side * first.grid.width)
    images, references = {}, {}
    aerial, heights = whole(lambda one: one.aerial.pixels), whole(lambda one: one.ndsm)
    labels = whole(lambda one: None if one.reference is None else one.reference.labels)
    seen = whole(lambda one: one.seen if one.seen is not None else np.ones(_size(one), np.bool_))
    assert aerial is not None
    images[AERIAL] = Image(aerial, first.aerial.bands, grid, first.aerial.date)
    if heights is not None:
        images[NDSM_IMAGE] = Image(heights[None], (NDSM,), grid)
    if labels is not None and first.reference is not None:
        references[first.reference.table.name] = Reference(labels, first.reference.table)
    series = {SENTINEL2: _one_series([one.series[SENTINEL2] for one in every], first.id)}
    return replace(first, grid=grid, images=images, series=series, references=references, seen=seen)


def _size(scene: Scene) -> tuple[int, int]:
    return scene.grid.height, scene.grid.width


def _one_series(parts: Sequence[Series], where: str) -> Series:
    """The series of neighbours on the days that all of them have; NaN where none of them lies."""
    first, gsd = parts[0], parts[0].grid.gsd
    days = [day for day in dict.fromkeys(first.dates) if all(day in one.dates for one in parts)]
    corners = np.array([[one.grid.transform.f, one.grid.transform.c] for one in parts])
    north, west = float(corners[:, 0].max()), float(corners[:, 1].min())
    places = (corners - [north, west]) / [-gsd, gsd]  # N 2, rows and columns
    whole = np.rint(places).astype(int)
    if not days:
        raise NoClearDate("neighbours were not seen on any day in common", where=where)
    if np.abs(places - whole).max() > _OFF:
        raise SceneError(
            "series of neighbours do not lie on one lattice",
            where=where,
            expected="patches of one region",
            advice="leave its scenes out, or train with --targets paper",
        )
    sizes = np.array([[one.grid.height, one.grid.width] for one in parts])
    height, width = map(int, (whole + sizes).max(axis=0))

    def pasted(values: Sequence[Floats]) -> Floats:
        canvas = np.full((len(days), *values[0].shape[1:-2], height, width), np.nan, np.float32)
        for own, one, (row, col) in zip(values, parts, whole, strict=True):
            at = [one.dates.index(day) for day in days]
            canvas[..., row : row + one.grid.height, col : col + one.grid.width] = own[at]
        return canvas

    clouds = [one.cloud for one in parts if one.cloud is not None]
    snows = [one.snow for one in parts if one.snow is not None]
    return replace(
        first,
        values=pasted([one.values for one in parts]),
        dates=tuple(days),
        offsets=first.offsets[[first.dates.index(day) for day in days]],
        grid=Grid(first.grid.crs, Affine(gsd, 0, west, 0, -gsd, north), height, width),
        cloud=pasted(clouds) if len(clouds) == len(parts) else None,
        snow=pasted(snows) if len(snows) == len(parts) else None,
    )
