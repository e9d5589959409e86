"""FLAIR-HUB folders: `DOMAIN_SENSOR_DATATYPE/ROI/DOMAIN_SENSOR_DATATYPE_ROI_row-col.tif`.

Garioud et al., FLAIR-HUB (2025), section III and Table V. Two views of a patch: an ordinary
`Scene`, so that everything that runs on a scene runs on it, and a `Patch` with all its modalities.
The series covers the patch and nothing around it: 10 x 10 pixels of 10.24 m.
"""

import datetime as dt
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from lcapp.errors import SceneError
from lcapp.scene.flairhub.metadata import SPLIT, Metadata
from lcapp.scene.flairhub.raster import patch_grid, read_modality, references
from lcapp.scene.reader import SceneHeader
from lcapp.scene.series import Acquisitions, assemble
from lcapp.sensors import SENTINEL2_BANDS, SPECTRAL_AERIAL_BANDS
from lcapp.types import Aerial, Floats, Grid, Reference, Scene, Series
from lcapp.types.patch import (
    IMAGES,
    LAND_COVER,
    MODALITIES,
    SERIES,
    SNOW_CLOUD,
    Modality,
    Patch,
    PatchSeries,
)

Bounds = tuple[float, float, float, float]

_POSITION = re.compile(r"(\d+)-(\d+)\.tif")

AERIAL, HISTORICAL, ELEVATION, SPOT = IMAGES
SENTINEL2 = SERIES[0]

_LISTED = (AERIAL, SPOT, *SERIES, ELEVATION)
"""The folders that may list a domain's patches, the usual one first."""

_SPLITS: dict[str, Literal["train", "validation", "test"]] = {
    "train": "train",
    "valid": "validation",
    "test": "test",
}


class FlairHub:
    """The patches of a FLAIR-HUB root; any modality may be missing.

    An id is `DOMAIN/ROI/row-col`, for instance `D012-2019/AF-S1-27/5-10`. A domain without
    aerial images is listed by another of its modalities: its patches can be read, but are no
    scenes.

    Attributes:
        path: The root.
        ids: By domain, ROI, row and column.
        metadata: Its GeoPackages.
        extents: `DOMAIN/ROI` to west, south, east, north, as far as it was looked up.
    """

    kind = "flairhub"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.metadata = Metadata(path)
        folders: dict[str, Path] = {}
        for modality in _LISTED:
            for folder in path.glob(f"D*_{modality.name}"):
                folders.setdefault(folder.name.removesuffix(f"_{modality.name}"), folder)
        found = [
            (domain, roi.name, row_col, position)
            for domain, folder in folders.items()
            for roi in folder.iterdir()
            if roi.is_dir()
            for row_col, position in _positions(roi, f"{folder.name}_{roi.name}_")
        ]
        self.ids = tuple(f"{domain}/{roi}/{text}" for domain, roi, _, text in sorted(found))
        self.extents: dict[str, Bounds] = {}

    def header(self, scene_id: str) -> SceneHeader:
        """The aerial image, opened but not read."""
        grid = patch_grid(self.file(scene_id, AERIAL), AERIAL)
        has_reference = self.file(scene_id, LAND_COVER).is_file()
        has_ndsm = self.file(scene_id, ELEVATION).is_file()
        return SceneHeader(scene_id, grid, has_reference, has_ndsm, False)

    def scene(self, scene_id: str) -> Scene:
        """Aerial image, Sentinel-2 series, heights (DSM - DTM) and land cover."""
        path = self.file(scene_id, AERIAL)
        grid = patch_grid(path, AERIAL)
        labelled = self.file(scene_id, LAND_COVER).is_file()
        labels = self._references(scene_id, LAND_COVER, grid) if labelled else {}
        date, date_notes = self._aerial_date(scene_id)
        series, series_notes = self._scene_series(scene_id, grid)
        return Scene(
            id=scene_id,
            collection=self.path.name,
            aerial=Aerial(read_modality(path, AERIAL, grid), SPECTRAL_AERIAL_BANDS, grid, date),
            series=series,
            ndsm=self._heights(scene_id, grid),
            reference=labels.get("cosia"),
            notes=(*date_notes, *series_notes),
        )

    def tree(self, scene_id: str) -> Literal["train", "validation", "test"] | None:
        """The official split of the published figures; None where no table tells it."""
        return _SPLITS.get(self.split(scene_id) or "")

    def split(self, scene_id: str, column: str = SPLIT) -> str | None:
        """An official split in the data set's own words (`Metadata.split`)."""
        return self.metadata.split(key_of(scene_id), column)

    def patch(self, scene_id: str, modalities: Sequence[str] | None = None) -> Patch:
        """Read a known patch.

        Args:
            scene_id: The patch.
            modalities: What to read, by FLAIR-HUB's names; what is missing is an error then.
                None: whatever there is. SENTINEL2_TS brings its masks along.

        Raises:
            SceneError: A modality that is missing, unreadable or mis-shaped; a series without
                dates, or with another number of them.
        """
        files = {name: self.file(scene_id, one) for name, one in MODALITIES.items()}
        wanted = self._wanted(files, modalities)
        grid = self.grid(scene_id, wanted)
        images: dict[str, NDArray[Any]] = {}
        series: dict[str, PatchSeries] = {}
        labels: dict[str, Reference] = {}
        for one in wanted:
            if one in IMAGES:
                images[one.name] = read_modality(files[one.name], one, grid)
            elif one in SERIES:
                series[one.name] = self._patch_series(scene_id, one, grid)
            elif one is SNOW_CLOUD:
                # SENTINEL2_TS brings its values along; here it only has to be there.
                patch_grid(files[one.name], one)
            else:
                labels |= self._references(scene_id, one, grid)
        return Patch(scene_id, grid, images, series, labels, self._image_dates(scene_id), files)

    def grid(self, scene_id: str, first: Sequence[Modality] = ()) -> Grid:
        """Where a known patch lies: by the first of these modalities, or of all, that is there.

        Raises:
            SceneError: A file that is no patch; or none is there, in the words of the aerial one.
        """
        for modality in (*first, *_LISTED):
            path = self.file(scene_id, modality)
            if modality in _LISTED and path.is_file():
                return patch_grid(path, modality)
        return patch_grid(self.file(scene_id, AERIAL), AERIAL)

    def file(self, scene_id: str, modality: Modality) -> Path:
        """Where a modality of a patch lies, or would."""
        domain, roi, position = scene_id.split("/")
        if modality is HISTORICAL:
            domain = historical_domain(domain)
        kind = f"{domain}_{modality.name}"
        return self.path / kind / roi / f"{kind}_{roi}_{position}.tif"

    def _wanted(
        self, files: dict[str, Path], modalities: Sequence[str] | None
    ) -> tuple[Modality, ...]:
        if modalities is None:
            return tuple(MODALITIES[name] for name, path in files.items() if path.is_file())
        unknown = [name for name in modalities if name not in MODALITIES]
        if unknown:
            raise SceneError(
                f"FLAIR-HUB has no modality {unknown[0]!r}",
                where=self.path,
                expected=f"some of {', '.join(MODALITIES)}",
            )
        return tuple(MODALITIES[name] for name in modalities)

    def _patch_series(self, scene_id: str, modality: Modality, grid: Grid) -> PatchSeries:
        values, dates = self._dated(scene_id, modality, grid)
        snow, cloud = None, None
        masks = self._masks(scene_id, len(dates), grid) if modality is SENTINEL2 else None
        if masks is not None:
            snow, cloud = masks[:, 0].astype(np.float32), masks[:, 1].astype(np.float32)  # T H W
        return PatchSeries(values.astype(np.float32), dates, snow, cloud)

    def _dated(
        self, scene_id: str, modality: Modality, grid: Grid
    ) -> tuple[NDArray[Any], tuple[dt.date, ...]]:
        """T C H W and its T dates."""
        path = self.file(scene_id, modality)
        values = read_modality(path, modality, grid)
        dates = self.metadata.series_dates(modality.sensor, key_of(scene_id))
        if len(values) != len(dates):
            raise SceneError(
                f"{modality.name} has {len(values)} images for {len(dates)} dates",
                where=path,
                expected="one date for each image, in the same order",
            )
        return values, dates

    def _masks(self, scene_id: str, dates: int, grid: Grid) -> NDArray[Any] | None:
        """T 2 H W, snow and cloud; None where the file is not there."""
        path = self.file(scene_id, SNOW_CLOUD)
        if not path.is_file():
            return None
        masks = read_modality(path, SNOW_CLOUD, grid)
        if len(masks) != dates:
            raise SceneError(
                f"{SNOW_CLOUD.name} has {len(masks)} masks for {dates} images",
                where=path,
                expected="one for each image of SENTINEL2_TS",
            )
        return masks

    def _scene_series(self, scene_id: str, grid: Grid) -> tuple[Series | None, tuple[str, ...]]:
        path = self.file(scene_id, SENTINEL2)
        if not path.is_file():
            return None, ("There is no series of the patch.",)
        values, dates = self._dated(scene_id, SENTINEL2, grid)
        when = Acquisitions(dates, np.zeros(len(dates), np.float32), named=False)
        masks = self._masks(scene_id, len(dates), grid)
        return assemble(values, SENTINEL2_BANDS, when, series_grid(grid), masks, path)

    def _heights(self, scene_id: str, grid: Grid) -> Floats | None:
        path = self.file(scene_id, ELEVATION)
        if not path.is_file():
            return None
        surface, terrain = read_modality(path, ELEVATION, grid).astype(np.float32)
        heights: Floats = surface - terrain
        gaps = ~np.isfinite(heights)
        if gaps.any():
            raise SceneError(
                f"{ELEVATION.name} has no height in {gaps.sum()} of {gaps.size} pixels",
                where=path,
                expected="surface and terrain in metres in every pixel",
                advice="fill the gaps (gdal_fillnodata.py) or leave the file out",
            )
        return heights

    def _references(self, scene_id: str, modality: Modality, grid: Grid) -> dict[str, Reference]:
        path = self.file(scene_id, modality)
        return references(read_modality(path, modality, grid), path, modality)

    def _aerial_date(self, scene_id: str) -> tuple[dt.date | None, tuple[str, ...]]:
        date = self.metadata.image_date(AERIAL.sensor, key_of(scene_id))
        if date is None:
            return None, ("The metadata give no flight date of the aerial image.",)
        return date, ()

    def _image_dates(self, scene_id: str) -> dict[str, dt.date]:
        key = key_of(scene_id)
        domain = scene_id.partition("/")[0]
        keys = {AERIAL: key, SPOT: key, HISTORICAL: key.replace(domain, historical_domain(domain))}
        told = {
            modality.sensor: self.metadata.image_date(modality.sensor, of)
            for modality, of in keys.items()
        }
        return {sensor: date for sensor, date in told.items() if date is not None}


def key_of(scene_id: str) -> str:
    """The id as the metadata tables spell it, `DOMAIN_ROI_row-col`."""
    return scene_id.replace("/", "_")


def historical_domain(domain: str) -> str:
    """The domain of the 1950s' images, which two years of one department share."""
    return f"{domain.partition('-')[0]}-195X"


def series_grid(patch: Grid) -> Grid:
    """The ten pixels of 10.24 m on which the Sentinel series lie."""
    scale = Affine.scale(patch.width / SENTINEL2.pixels)
    return Grid(patch.crs, patch.transform @ scale, SENTINEL2.pixels, SENTINEL2.pixels)


def _positions(roi: Path, stem: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Row and column of each patch of a folder, and as written there.

    By names only, as there are 241 100 of them.
    """
    for name in os.listdir(roi):
        found = _POSITION.fullmatch(name.removeprefix(stem))
        if found and name.startswith(stem):
            yield (int(found[1]), int(found[2])), found[0].removesuffix(".tif")
