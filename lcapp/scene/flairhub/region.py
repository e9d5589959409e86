"""A FLAIR-HUB region of interest as one zone: windows across the borders of its patches.

Images are joined pixel by pixel. A series is joined from its pixels of 10.24 m, on the days that
all patches of the window were seen: neighbours may have other dates, and a network has to be told
one date for each image. A window that lies on a single patch has every date of that patch.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import gcd
from pathlib import Path

import numpy as np
from affine import Affine

from lcapp.errors import SceneError
from lcapp.files import digest, fingerprint
from lcapp.scene.coordinates import is_same_crs
from lcapp.scene.flairhub.joined import Position, joined_image, joined_series, shared, touched
from lcapp.scene.flairhub.patches import Patches, key_of
from lcapp.sensors import (
    IMAGES,
    MODALITIES,
    PATCH_METRES,
    PATCH_PIXELS,
    SENTINEL2,
    SERIES,
    SNOW_CLOUD,
)
from lcapp.types import AUTOMATIC, Bools, Grid, Scene, Units

_LATTICE_TOLERANCE = 0.1
"""Metres by which a patch may be off its row and column."""

_KEPT_PATCHES = 4
"""Read patches that stay in memory: as many as one window touches."""


@dataclass(frozen=True, eq=False)
class RoiZone:
    """The patches of a region of interest (`zone.area`); their pixels stay in their files.

    Attributes:
        id: `DOMAIN/ROI`.
        collection: Name of its collection.
        grid: The smallest that holds all its patches, 0.2 m.
        names: The modalities of its windows.
        patches: Ids by row and column from the north-west; there may be gaps.
        read: Reads a patch with these modalities.
        prints: `fingerprints()`.
        simulated: No sensor has seen it.
        notes: What had to be assumed, one sentence each.
        files: Of the modalities.
    """

    id: str
    collection: str
    grid: Grid
    names: tuple[str, ...]
    patches: dict[Position, str]
    read: Callable[[str], Scene]
    prints: dict[str, str]
    simulated: bool
    notes: tuple[str, ...]
    files: tuple[Path, ...]

    @property
    def holds(self) -> frozenset[str]:
        """The modalities of its windows."""
        return frozenset(self.names)

    def fingerprints(self) -> dict[str, str]:
        """For each modality a short hash of all its files, and of the dates of each series."""
        return self.prints

    def sources(self) -> tuple[Path, ...]:
        """The files of its modalities."""
        return self.files

    def step(self, names: Collection[str]) -> int:
        """Windows begin with a pixel of each modality (`Area.step`)."""
        coarsest = (PATCH_PIXELS // gcd(PATCH_PIXELS, MODALITIES[name].pixels) for name in names)
        return max(coarsest, default=1)

    def seen(self, rows: slice, cols: slice) -> Bools:
        """Where a window has patches, h w."""
        seen = np.zeros((rows.stop - rows.start, cols.stop - cols.start), np.bool_)
        for at in touched(rows, cols):
            if at in self.patches:
                seen[shared(at, rows, cols, PATCH_PIXELS)[1]] = True
        return seen

    def scene(self, rows: slice, cols: slice, names: Collection[str] | None = None) -> Scene | None:
        """A window (`Area.scene`); images are 0 where there is no patch.

        Args:
            rows: 512 rows of the zone, which begin with a pixel of each modality.
            cols: 512 columns likewise.
            names: The modalities; None for all of the zone.

        Returns:
            None where there is no patch; with a series also where the window shows a gap between
            patches, or patches that have no day in common.

        Raises:
            SceneError: A file cannot be read, a series has another number of dates, or a name is
                not there.
            ValueError: Another size, or rows and columns that cut through pixels.
        """
        wanted = self.names if names is None else tuple(names)
        positions = list(touched(rows, cols))
        parts = {at: self.read(self.patches[at]) for at in positions if at in self.patches}
        dated = any(name in SERIES for name in wanted)
        if not parts or (dated and len(parts) < len(positions)):
            return None
        grid = self.grid.cut(rows, cols)
        parts = {at: one.only(wanted) for at, one in parts.items()}
        first = next(iter(parts.values()))
        seen = self.seen(rows, cols)
        for at, one in parts.items():
            if one.seen is not None:
                inside, there = shared(at, rows, cols, PATCH_PIXELS)
                seen[there] &= one.seen[inside]
        if not seen.any():
            return None
        series = {name: joined_series(parts, name, rows, cols, grid) for name in first.series}
        if not all(one.dates for one in series.values()):
            return None
        return Scene(
            id=f"{self.id}, window at row {rows.start}, column {cols.start}",
            collection=self.collection,
            grid=grid,
            images={name: joined_image(parts, name, rows, cols, grid) for name in first.images},
            series=series,
            simulated=self.simulated,
            seen=seen,
            notes=tuple(
                dict.fromkeys((*self.notes, *(n for p in parts.values() for n in p.notes)))
            ),
        )


def open_roi(
    known: Patches,
    ids: Sequence[str],
    roi: str,
    names: Collection[str] | None,
    uses: Collection[str],
    simulated: bool,
    units: Units = AUTOMATIC,
) -> RoiZone:
    """Open patches of a region of interest as one zone; only headers are read.

    Args:
        known: Of a FLAIR-HUB root.
        ids: The patches.
        roi: `DOMAIN/ROI`, for instance `D012-2019/AF-S1-27`.
        names: The modalities that its windows are to hold; None for those of every patch.
            SENTINEL2_TS brings its masks along.
        uses: Those that they are to hold where every patch has them.
        simulated: No sensor has seen them.
        units: Of series, masks and heights, where they are stated by hand.

    Raises:
        SceneError: A patch lacks a modality or its dates, or does not lie on the others' lattice
            of 102.4 m.
    """
    whole = frozenset.intersection(*(frozenset(known.there(one)) for one in ids))
    asked = whole if names is None else {*names, *whole.intersection(uses)}
    order = (*IMAGES, *SERIES)
    names = [name for name in order if name in asked] + sorted(set(names or ()).difference(order))
    files = {name: _files(known, ids, name) for name in names}
    if SENTINEL2 in names:
        files[SNOW_CLOUD] = _files(known, ids, SNOW_CLOUD)
    prints = {name: _digest(map(fingerprint, paths)) for name, paths in files.items()}
    for sensor in (MODALITIES[name].sensor for name in names if name in SERIES):
        prints[f"{sensor} dates"] = _digest(
            str(known.metadata.series_dates(sensor, key_of(one))) for one in ids
        )
    if units != AUTOMATIC:
        prints["units"] = str(units)
    grid, patches = _lattice({one: known.grid(one, names) for one in ids}, roi)
    return RoiZone(
        id=roi,
        collection=known.path.name,
        grid=grid,
        names=tuple(names),
        patches=patches,
        read=lru_cache(_KEPT_PATCHES)(lambda one: known.read(one, names, (), units)),
        prints=prints,
        simulated=simulated,
        notes=("The patches are simulated.",) if simulated else (),
        files=tuple(path for paths in files.values() for path in paths),
    )


def _files(known: Patches, ids: Iterable[str], name: str) -> list[Path]:
    """The files of a modality, all of them (SceneError)."""
    files = {one: known.file(one, name) for one in ids}
    for one, file in files.items():
        if not file.is_file():
            raise SceneError(
                f"the patch {one} has no {name}",
                where=file,
                expected="every modality of the model in every patch of the region",
                advice="add the file, or use a model that does without this modality",
            )
    return list(files.values())


def _lattice(grids: dict[str, Grid], roi: str) -> tuple[Grid, dict[Position, str]]:
    """The grid that holds all patches, and the row and column of each."""
    first = next(iter(grids.values()))
    west = min(grid.bounds[0] for grid in grids.values())
    north = max(grid.bounds[3] for grid in grids.values())
    patches: dict[Position, str] = {}
    for scene_id, grid in grids.items():
        row = round((north - grid.bounds[3]) / PATCH_METRES)
        col = round((grid.bounds[0] - west) / PATCH_METRES)
        off = max(
            abs(north - row * PATCH_METRES - grid.bounds[3]),
            abs(west + col * PATCH_METRES - grid.bounds[0]),
        )
        same = is_same_crs(grid.crs, first.crs, grid.bounds)
        if not same or off > _LATTICE_TOLERANCE or (row, col) in patches:
            raise SceneError(
                f"the patch {scene_id} does not lie beside the others, {PATCH_METRES} m apart",
                where=roi,
                expected="patches in rows and columns",
                advice="predict its patches one by one",
            )
        patches[row, col] = scene_id
    gsd = PATCH_METRES / PATCH_PIXELS
    height, width = (PATCH_PIXELS * (1 + max(along)) for along in zip(*patches, strict=True))
    return Grid(first.crs, Affine(gsd, 0.0, west, 0.0, -gsd, north), height, width), patches


def _digest(texts: Iterable[str]) -> str:
    return digest([("\n".join(texts)).encode()])
