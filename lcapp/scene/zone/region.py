"""A FLAIR-HUB region of interest as one zone: windows across the borders of its patches.

Images are joined pixel by pixel. A series is joined from its pixels of 10.24 m, on the days that
all patches of the window were seen: neighbours may have other dates, and a network has to be told
one date for each image. A window that lies on a single patch has every date of that patch.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from affine import Affine

from lcapp.errors import SceneError
from lcapp.scene.collection import Collection
from lcapp.scene.flairhub.patches import patch, rois
from lcapp.scene.flairhub.raster import PIXELS
from lcapp.scene.flairhub.reader import FlairHub, key_of
from lcapp.scene.zone.image import Zone, fingerprint
from lcapp.scene.zone.joined import Position, joined_image, joined_series, scene_of, shared, touched
from lcapp.scene.zone.mosaic import place
from lcapp.sensors import SPECTRAL_AERIAL_BANDS
from lcapp.types import Bools, Grid, Scene
from lcapp.types.patch import MODALITIES, PATCH_METRES, SERIES, SNOW_CLOUD, Patch

_LATTICE_TOLERANCE = 0.1
"""Metres by which a patch may be off its row and column."""

_KEPT_PATCHES = 4
"""Read patches that stay in memory: as many as one window touches."""

_SERIES = tuple(one.name for one in SERIES)


@dataclass(frozen=True, eq=False)
class RoiZone:
    """The patches of a region of interest; their pixels stay in their files.

    Attributes:
        id: `DOMAIN/ROI`.
        collection: Name of its collection.
        grid: The smallest that holds all its patches, 0.2 m.
        modalities: What its windows hold, by FLAIR-HUB's names.
        patches: Ids by row and column from the north-west; there may be gaps.
        read: Reads a patch with the modalities.
        prints: `fingerprints()`.
        simulated: No sensor has seen it.
        notes: What had to be assumed, one sentence each.
    """

    id: str
    collection: str
    grid: Grid
    modalities: tuple[str, ...]
    patches: dict[Position, str]
    read: Callable[[str], Patch]
    prints: dict[str, str]
    simulated: bool
    notes: tuple[str, ...]

    def fingerprints(self) -> dict[str, str]:
        """For each modality a short hash of all its files, and of the dates of each series."""
        return self.prints

    def seen(self, rows: slice, cols: slice) -> Bools:
        """Where a window has patches, h w."""
        seen = np.zeros((rows.stop - rows.start, cols.stop - cols.start), np.bool_)
        for at in touched(rows, cols):
            if at in self.patches:
                seen[shared(at, rows, cols, PIXELS)[1]] = True
        return seen

    def patch(self, rows: slice, cols: slice) -> Patch | None:
        """A window as a patch of its own; images are 0 where there is no patch.

        Args:
            rows: 512 rows of the zone, which begin with a pixel of each modality.
            cols: 512 columns likewise.

        Returns:
            None where the modalities hold a series and the window shows a gap between patches,
            or patches that have no day in common.

        Raises:
            SceneError: A file cannot be read, or a series has another number of dates.
            ValueError: Another size, or rows and columns that cut through pixels.
        """
        if any(one not in self.patches for one in touched(rows, cols)) and self._dated:
            return None
        parts = {
            at: self.read(self.patches[at]) for at in touched(rows, cols) if at in self.patches
        }
        first = next(iter(parts.values()))
        images = {name: joined_image(parts, name, rows, cols) for name in first.images}
        series = {name: joined_series(parts, name, rows, cols) for name in first.series}
        if not all(one.dates for one in series.values()):
            return None
        # A date that not all of its patches have is no date of the window.
        dates = set.intersection(*(set(one.dates.items()) for one in parts.values()))
        return Patch(
            id=f"{self.id}, window at row {rows.start}, column {cols.start}",
            grid=place(self.grid, rows, cols),
            images=images,
            series=series,
            references={},
            dates=dict(dates),
            files=first.files,
            simulated=self.simulated,
        )

    def scene(self, rows: slice, cols: slice) -> Scene | None:
        """A window as a scene: aerial image, Sentinel-2, and heights where the zone has them.

        Args:
            rows: As `patch` takes them.
            cols: Likewise.

        Returns:
            None where `patch` gives None.

        Raises:
            SceneError: A file cannot be read, or a height is missing.
        """
        patch = self.patch(rows, cols)
        return None if patch is None else scene_of(patch, self.collection, self.notes)

    @property
    def _dated(self) -> bool:
        return any(MODALITIES[name].dated for name in self.modalities)


def open_roi(collection: Collection, roi: str, modalities: Sequence[str]) -> RoiZone:
    """Open all patches of a region of interest as one zone; only headers are read.

    Args:
        collection: A FLAIR-HUB collection.
        roi: `DOMAIN/ROI`, for instance `D012-2019/AF-S1-27`.
        modalities: What its windows are to hold, by FLAIR-HUB's names. SENTINEL2_TS brings its
            masks along.

    Raises:
        SceneError: No such region; a patch lacks a modality or its dates, or does not lie on the
            others' lattice of 102.4 m.
    """
    known = rois(collection)
    if roi not in known:
        shown = ", ".join(list(known)[:5]) + (", ..." if len(known) > 5 else "")
        raise SceneError(
            f"has no region of interest {roi!r}", where=collection.path, expected=f"one of {shown}"
        )
    reader = collection.reader
    assert isinstance(reader, FlairHub)
    wanted = [MODALITIES[name] for name in modalities]
    needed = [*wanted, *([SNOW_CLOUD] if "SENTINEL2_TS" in modalities else [])]
    for scene_id in known[roi]:
        for modality in needed:
            if not (file := reader.file(scene_id, modality)).is_file():
                raise SceneError(
                    f"the patch {scene_id} has no {modality.name}",
                    where=file,
                    expected="every modality of the model in every patch of the region",
                    advice="add the file, or use a model that does without this modality",
                )
    prints = {
        one.name: _digest(fingerprint(reader.file(scene_id, one)) for scene_id in known[roi])
        for one in needed
    }
    for one in wanted:
        if one.name in _SERIES:
            prints[f"{one.sensor} dates"] = _digest(
                str(reader.metadata.series_dates(one.sensor, key_of(scene_id)))
                for scene_id in known[roi]
            )
    grids = {scene_id: reader.grid(scene_id, wanted) for scene_id in known[roi]}
    grid, patches = _lattice(grids, roi)
    simulated = collection.simulated
    return RoiZone(
        id=roi,
        collection=collection.name,
        grid=grid,
        modalities=tuple(modalities),
        patches=patches,
        read=lru_cache(_KEPT_PATCHES)(lambda scene_id: patch(collection, scene_id, modalities)),
        prints=prints,
        simulated=simulated,
        notes=("The patches are simulated.",) if simulated else (),
    )


def is_everywhere(collection: Collection, roi: str, modality: str) -> bool:
    """Every patch of a known region has a modality."""
    reader = collection.reader
    assert isinstance(reader, FlairHub)
    one = MODALITIES[modality]
    return all(reader.file(scene_id, one).is_file() for scene_id in rois(collection).get(roi, ()))


def aerial_patch(zone: Zone, rows: slice, cols: slice) -> Patch:
    """A window of any aerial image as a patch with AERIAL_RGBI alone.

    Args:
        zone: From `scene.zone.open_zone`.
        rows: At most 512 rows.
        cols: At most 512 columns.

    Returns:
        4 512 512; 0 in bands that the zone has not, where it has no image, and beyond the window.

    Raises:
        SceneError: A file cannot be read.
    """
    pixels, _ = zone.read(rows, cols)
    image = np.zeros((len(SPECTRAL_AERIAL_BANDS), PIXELS, PIXELS), np.uint8)
    for band, values in zip(zone.bands, pixels, strict=True):
        height, width = values.shape
        image[SPECTRAL_AERIAL_BANDS.index(band), :height, :width] = values
    return Patch(
        id=f"{zone.id}, window at row {rows.start}, column {cols.start}",
        grid=place(zone.grid, rows, cols),
        images={"AERIAL_RGBI": image},
        series={},
        references={},
        dates={},
        files={"AERIAL_RGBI": zone.sheets[0].path},
    )


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
        if grid.crs != first.crs or off > _LATTICE_TOLERANCE or (row, col) in patches:
            raise SceneError(
                f"the patch {scene_id} does not lie beside the others, {PATCH_METRES} m apart",
                where=roi,
                expected="patches in rows and columns",
                advice="predict its patches one by one",
            )
        patches[row, col] = scene_id
    gsd = PATCH_METRES / PIXELS
    height, width = (PIXELS * (1 + max(along)) for along in zip(*patches, strict=True))
    return Grid(first.crs, Affine(gsd, 0.0, west, 0.0, -gsd, north), height, width), patches


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
