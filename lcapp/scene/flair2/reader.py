"""FLAIR #2 folders: tiles of an area share one series of a larger super-area (FLAIR.md)."""

import datetime as dt
import os
from collections.abc import Collection as Names
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from lcapp.errors import SceneError
from lcapp.files import Stamps, stamps
from lcapp.limits import parse_json, read_text
from lcapp.scene.arrays import load_array
from lcapp.scene.coordinates import is_same_crs
from lcapp.scene.dates import parse_day, read_acquisitions
from lcapp.scene.flair2.area_units import AreaUnits
from lcapp.scene.flair2.superarea import Corner, solve
from lcapp.scene.flair2.truth import FOLDER, file_name, read_truth
from lcapp.scene.names import composed, listed, on_disk, one_of, plain
from lcapp.scene.rasters.aerial import AerialFile, inspect_aerial, read_aerial
from lcapp.scene.rasters.bands import check_order
from lcapp.scene.rasters.companions import read_reference
from lcapp.scene.reader import FolderReader, Ids, SceneHeader
from lcapp.scene.series import (
    assemble,
    check_shapes,
    crop_around,
    grid_at,
)
from lcapp.sensors import (
    AERIAL,
    FLAIR2_METRES_PER_ELEVATION_UNIT,
    NDSM,
    NDSM_IMAGE,
    SENTINEL2,
    SENTINEL2_BANDS,
    SPECTRAL_AERIAL_BANDS,
)
from lcapp.types import Image, Scene, Series, Truth

CENTROIDS = "flair-2_centroids_sp_to_patch.json"
METADATA = "flair-2_metadata_aerial.json"
_DATA = "_data.npy"
_CHANNELS = (3, 4, 5)
"""Red, green, blue; near infrared; elevation."""


class Flair2(FolderReader):
    """The train and test folders of a FLAIR #2 root; any of them may be missing.

    An id is the tile's place in the tree, without `img` and the ending:
    `D004_2021/Z1_NN/IMG_000001`.
    """

    kind = "flair2"
    looks = "FLAIR #2 (flair_aerial_train/D004_2021/Z1_NN/img/IMG_000001.tif, flair_sen_train/...)"

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self._tiles = {
            composed(f"{images.parts[-3]}/{images.parts[-2]}/{tile.removesuffix('.tif')}"): (
                images / names[0]
            )
            for images in self.path.glob("flair*_aerial_*/*/*/img")
            for tile, names in listed(images).items()
            if tile.startswith("IMG_") and tile.endswith(".tif")
        }
        self.ids = Ids(sorted(self._tiles))
        self._areas: dict[Path, list[str]] = {}
        for scene_id in self.ids:
            self._areas.setdefault(self._tiles[scene_id].parents[1], []).append(scene_id)
        # What was found out holds as long as the files stay as they are.
        self._files: dict[str, tuple[Stamps, AerialFile]] = {}
        self._corners: dict[Path, tuple[Stamps, Corner | None]] = {}
        self._tables: dict[Path, tuple[Stamps, dict[str, Any]]] = {}
        self._units = AreaUnits()

    def header(self, scene_id: str) -> SceneHeader:
        """The aerial image, opened but not read."""
        file = self._inspect(scene_id)
        holds = {AERIAL, *([NDSM_IMAGE] if file.channels == 5 else [])}
        holds |= {SENTINEL2} if self._found_series(scene_id) else set()
        has_reference = self._labels(scene_id).is_file()
        return SceneHeader(scene_id, file.grid, frozenset(holds), has_reference)

    def scene(self, scene_id: str, names: Names[str] | None = None) -> Scene:
        """Aerial image, heights, labels and the part of the super-area's series around the tile."""
        tile = read_aerial(self._image(scene_id), len(SPECTRAL_AERIAL_BANDS))
        file, pixels = tile.file, tile.pixels
        _check_channels(file)
        date, notes = self._date(scene_id)
        spectral, source = SPECTRAL_AERIAL_BANDS[: file.channels], str(file.path)
        images = {AERIAL: Image(pixels[: len(spectral)], spectral, file.grid, date, source)}
        if file.channels == 5:
            heights = pixels[4:] * np.float32(FLAIR2_METRES_PER_ELEVATION_UNIT)
            images[NDSM_IMAGE] = Image(heights, (NDSM,), file.grid, date, source)
        asked = names is None or SENTINEL2 in names
        series, told = self._series(scene_id, file) if asked else (None, ())
        return Scene(
            id=scene_id,
            collection=self.path.name,
            grid=file.grid,
            images=images,
            series={} if series is None else {SENTINEL2: series},
            references=self.labels(scene_id).references,
            notes=(*file.notes, *notes, *told),
            seen=tile.seen,
        )

    def labels(self, scene_id: str) -> Scene:
        """Of the aerial image the header alone."""
        file, labels = self._inspect(scene_id), self._labels(scene_id)
        found = [read_reference(labels, file.grid)] if labels.is_file() else []
        references = {one.table.name: one for one in found}
        return Scene(scene_id, self.path.name, file.grid, references=references)

    def files(self, scene_id: str) -> Sequence[Path]:
        """The tile, its labels, the series of its area and what places it."""
        series = [
            on_disk(path.with_name(path.name.replace(_DATA, ending)))
            for path in self._found_series(scene_id)
            for ending in (_DATA, "_masks.npy", "_products.txt")
        ]
        tables = [self.path / CENTROIDS, self.path.parent / CENTROIDS]
        tables += [self.path / METADATA, self.path.parent / METADATA]
        paths = (self._tiles[scene_id], self._labels(scene_id), *series, *tables)
        return tuple(path for path in paths if path.is_file())

    def truth(self, scene_id: str) -> Truth | None:
        """The twelve months of a simulated tile."""
        area, _, tile = scene_id.rpartition("/")
        path = on_disk(self.path / FOLDER / area / file_name(tile))
        return read_truth(path) if path.is_file() else None

    def tree(self, scene_id: str) -> Literal["train", "test"]:
        """Training and test domains lie in trees of their own."""
        return "test" if self._tiles[scene_id].parents[3].name.endswith("_test") else "train"

    def _inspect(self, scene_id: str) -> AerialFile:
        """One look per tile: lists, and the placing of an area's series, share it."""
        path = self._image(scene_id)
        seen, known = stamps([path]), self._files.get(scene_id)
        if known is None or known[0] != seen:
            file = inspect_aerial(path)
            _check_channels(file)
            known = self._files[scene_id] = seen, file
        return known[1]

    def _image(self, scene_id: str) -> Path:
        path = self._tiles[scene_id]
        return one_of(path.parent, plain(path.name)) or path

    def _beside(self, scene_id: str, kind: str, folder: str) -> Path:
        """The tile's area in another tree: `kind` for `aerial`, `folder` for `img`."""
        area = self._tiles[scene_id].parents[1]
        tree = area.parents[1]
        return tree.with_name(tree.name.replace("_aerial_", f"_{kind}_")).joinpath(
            area.parent.name, area.name, folder
        )

    def _labels(self, scene_id: str) -> Path:
        name = f"{scene_id.rpartition('/')[2].replace('IMG_', 'MSK_')}.tif"
        return on_disk(self._beside(scene_id, "labels", "msk") / name)

    def _found_series(self, scene_id: str) -> list[Path]:
        """By plain names (`names.plain`), from which those of masks and dates follow."""
        folder = self._beside(scene_id, "sen", "sen")
        names = listed(folder) if folder.is_dir() else {}
        return [folder / name for name in names if name.endswith(_DATA)]

    def _date(self, scene_id: str) -> tuple[dt.date | None, tuple[str, ...]]:
        try:
            entry = self._metadata[self._tiles[scene_id].stem]
            return parse_day(entry["date"]), ()
        except (KeyError, TypeError, ValueError, AttributeError):
            return None, (f"{METADATA} gives no flight date of the aerial image.",)

    def _series(self, scene_id: str, file: AerialFile) -> tuple[Series | None, tuple[str, ...]]:
        found = self._found_series(scene_id)
        if not found:
            return None, ("There is no series of the area.",)
        if len(found) > 1:
            raise SceneError(
                f"holds {len(found)} series",
                where=found[0].parent,
                expected="one *_data.npy of the area",
            )
        path = found[0]
        stem = path.name.removesuffix(_DATA)
        masks_path = on_disk(path.with_name(f"{stem}_masks.npy"))
        values = load_array(path)
        masks = load_array(masks_path) if masks_path.is_file() else None
        when = read_acquisitions(path.with_name(f"{stem}_products.txt"))
        check_shapes(values, len(when.dates), masks, path, (len(SENTINEL2_BANDS),))
        corner, placing = self._corner(scene_id, file)
        whole = grid_at(file.grid, corner.left, corner.top, *values.shape[2:])
        grid, (rows, cols) = crop_around(whole, file.grid, path)
        series, notes = assemble(
            values[:, :, rows, cols],
            SENTINEL2_BANDS,
            when,
            grid,
            None if masks is None else masks[:, :, rows, cols],
            path,
            *self._units.of(path, values, masks, self.units),
        )
        return series, (*placing, *notes)

    def _corner(self, scene_id: str, file: AerialFile) -> tuple[Corner, tuple[str, ...]]:
        """Where the super-area begins: solved from all tiles of the area, else from this one."""
        tile = self._tiles[scene_id]
        own = solve(np.array([_centre(file)]), np.array([self._centroid(plain(tile.name))]))
        area = tile.parents[1]
        tables = (self.path / CENTROIDS, self.path.parent / CENTROIDS)
        seen = stamps((*tables, *(self._tiles[one] for one in self._areas[area])))
        if self._corners.get(area, ((), None))[0] != seen:
            self._corners[area] = seen, self._solve(area, file.grid.crs)
        solved = self._corners[area][1]
        if solved is None or solved.tiles == 1:
            return own, (own.note,)
        if solved.holds:
            return solved, (solved.note,)
        disagree = (
            f"The {solved.tiles} tiles of the area disagree with their centroids by "
            f"{solved.residual:.2f} pixels, more than rounding explains."
        )
        return own, (disagree, own.note)

    def _solve(self, area: Path, crs: str) -> Corner | None:
        centres, centroids = [], []
        for scene_id in self._areas[area]:
            try:
                file = self._inspect(scene_id)
                centroid = self._centroid(plain(self._tiles[scene_id].name))
            except SceneError:
                # A neighbour's fault must not take this tile away; its own reading will say it.
                continue
            if is_same_crs(file.grid.crs, crs, file.grid.bounds):
                centres.append(_centre(file))
                centroids.append(centroid)
        return solve(np.array(centres), np.array(centroids)) if centres else None

    def _centroid(self, name: str) -> tuple[float, float]:
        """Row and column of the tile's centre in the super-area, pixel edges counting from 0."""
        table = self._centroids
        found = table.get(name) or table.get(name.removesuffix(".tif")) or ()
        try:
            row, col = (float(one) for one in found)
            # A centroid of NaN or infinity is no place either (OverflowError, ValueError).
            round(row), round(col)
        except (TypeError, ValueError, OverflowError) as error:
            raise SceneError(
                f"{CENTROIDS} does not place {name}",
                where=self.path,
                expected="the tile's row and column in the series of its area",
                advice="put the file of the data set into this folder or the one above",
            ) from error
        return row, col

    @property
    def _centroids(self) -> dict[str, Any]:
        return self._table(CENTROIDS)

    @property
    def _metadata(self) -> dict[str, Any]:
        return self._table(METADATA)

    def _table(self, name: str) -> dict[str, Any]:
        """A JSON object from the root or the folder above; empty where there is none."""
        for folder in (self.path, self.path.parent):
            path = on_disk(folder / name)
            if not os.path.lexists(path):
                continue
            seen, known = stamps([path]), self._tables.get(path)
            if known is not None and known[0] == seen:
                return known[1]
            try:
                table = parse_json(read_text(path, SceneError, "the JSON file of the data set"))
            except ValueError as error:
                raise SceneError(
                    "cannot be read: it is truncated or no JSON", where=path
                ) from error
            if not isinstance(table, dict):
                raise SceneError("is no JSON object", where=path, expected="tile to value")
            self._tables[path] = seen, table
            return table
        return {}


def _check_channels(file: AerialFile) -> None:
    if file.channels not in _CHANNELS:
        raise SceneError(
            f"has {file.channels} bands",
            where=file.path,
            expected="red, green, blue, near infrared and elevation",
        )
    check_order(file.told, (*SPECTRAL_AERIAL_BANDS, NDSM), file.path, "FLAIR #2")


def _centre(file: AerialFile) -> tuple[float, float]:
    west, south, east, north = file.grid.bounds
    return (west + east) / 2, (south + north) / 2
