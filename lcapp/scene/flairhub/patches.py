"""The patches of a FLAIR-HUB root, each read with all its modalities or some of them."""

import datetime as dt
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcapp.errors import SceneError
from lcapp.scene.dates import Acquisitions
from lcapp.scene.flairhub.metadata import Metadata
from lcapp.scene.flairhub.raster import (
    patch_grid,
    read_heights,
    read_image,
    read_modality,
    read_series,
    references,
)
from lcapp.scene.names import on_disk
from lcapp.scene.series import assemble
from lcapp.scene.units.masks import mask_unit
from lcapp.scene.units.radar import backscatter
from lcapp.scene.units.series import sampled, series_unit
from lcapp.sensors import (
    AERIAL,
    ELEVATION,
    HISTORICAL,
    IMAGES,
    MODALITIES,
    SENTINEL2,
    SERIES,
    SNOW_CLOUD,
    SPOT,
)
from lcapp.types import AUTOMATIC, Grid, Image, Reference, Scene, Series, Units, seen_by

LISTED = (AERIAL, SPOT, *SERIES, ELEVATION)
"""The modalities whose folders may list a domain's patches, the usual one first."""


class Patches:
    """Patches by their ids, `DOMAIN/ROI/row-col`; nothing is looked at before it is asked for.

    Attributes:
        path: The root.
        metadata: Its GeoPackages.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.metadata = Metadata(path)

    def read(
        self,
        scene_id: str,
        names: Collection[str] | None,
        labels: Sequence[str],
        units: Units = AUTOMATIC,
    ) -> Scene:
        """The patch with its images and series, all or those that are named, and these labels.

        `units` are those that are stated by hand.

        Raises:
            SceneError: A modality that is named and missing, unreadable or mis-shaped; a series
                without dates, or with another number of them.
        """
        there = self.there(scene_id)
        wanted = [
            name for name in (*IMAGES, *SERIES) if name in (there if names is None else names)
        ]
        if unknown := [name for name in names or () if name not in wanted]:
            raise SceneError(
                f"FLAIR-HUB has no modality {unknown[0]!r}",
                where=self.path,
                expected=f"some of {', '.join((*IMAGES, *SERIES))}",
            )
        grid = self.grid(scene_id, wanted)
        images: dict[str, Image] = {}
        series: dict[str, Series] = {}
        found: dict[str, Reference] = {}
        notes: list[str] = []
        for name in wanted:
            if name in IMAGES:
                images[name], assumed = self._image(scene_id, name, grid, units)
                notes += assumed
            else:
                series[name], assumed = self._series(scene_id, name, grid, units)
                notes += assumed
        for name in labels:
            if name in there:
                found |= self._references(scene_id, name, grid)
        if AERIAL in images and images[AERIAL].date is None:
            notes.append("The metadata give no flight date of the aerial image.")
        if SENTINEL2 not in there:
            notes.append("There is no series of the patch.")
        name, told, seen = self.path.name, tuple(notes), seen_by(images, grid)
        return Scene(scene_id, name, grid, images, series, found, notes=told, seen=seen)

    def grid(self, scene_id: str, first: Sequence[str] = ()) -> Grid:
        """Where a patch lies: by the first of these modalities, or of all, that is there.

        Raises:
            SceneError: A file that is no patch; or none is there, in the words of the aerial one.
        """
        found = (name for name in (*first, *LISTED) if name in LISTED)
        name = next((name for name in found if self.file(scene_id, name).is_file()), AERIAL)
        return patch_grid(self.file(scene_id, name), MODALITIES[name])

    def file(self, scene_id: str, name: str) -> Path:
        """Where a modality of a patch lies, or would."""
        domain, roi, position = scene_id.split("/")
        kind = f"{_domain(domain, name)}_{name}"
        return on_disk(self.path / kind / roi / f"{kind}_{roi}_{position}.tif")

    def there(self, scene_id: str) -> dict[str, Path]:
        """The files of a patch: images, series, masks and labels."""
        files = {name: self.file(scene_id, name) for name in MODALITIES}
        return {name: path for name, path in files.items() if path.is_file()}

    def _image(
        self, scene_id: str, name: str, grid: Grid, units: Units
    ) -> tuple[Image, tuple[str, ...]]:
        """The image, and notes on it."""
        modality, path = MODALITIES[name], self.file(scene_id, name)
        domain, _, rest = key_of(scene_id).partition("_")
        date = None
        if name != ELEVATION:
            key = f"{_domain(domain, name)}_{rest}"
            date = self.metadata.image_date(modality.sensor, key)
        own = grid.divided(modality.pixels)
        if name == ELEVATION:
            heights, notes = read_heights(path, modality, grid, units.heights)
            return Image(heights, modality.bands, own, date, str(path)), notes
        pixels, seen, notes = read_image(path, modality, grid)
        return Image(pixels, modality.bands, own, date, str(path), seen), notes

    def _series(
        self, scene_id: str, name: str, grid: Grid, units: Units
    ) -> tuple[Series, tuple[str, ...]]:
        modality, path = MODALITIES[name], self.file(scene_id, name)
        values, absent, tags = read_series(path, modality, grid)  # T C H W
        dates = self.metadata.series_dates(modality.sensor, key_of(scene_id))
        if len(values) != len(dates):
            raise SceneError(
                f"{name} has {len(values)} images for {len(dates)} dates",
                where=path,
                expected="one date for each image, in the same order",
            )
        offsets, own = np.zeros(len(dates), np.float32), grid.divided(modality.pixels)
        if name != SENTINEL2:
            radar, notes = backscatter(values, tags, absent, name)
            return Series(radar, modality.bands, dates, offsets, own, source=str(path)), notes
        when, masks = Acquisitions(dates, offsets, named=False), self._masks(scene_id, dates, grid)
        gaps = None if absent is None else sampled(absent)
        unit = series_unit(sampled(values), path, units.series, tags, gaps)
        covered = None if masks is None else mask_unit(masks, path, units.masks)
        return assemble(values, modality.bands, when, own, masks, path, unit, covered, absent)

    def _masks(self, scene_id: str, dates: tuple[dt.date, ...], grid: Grid) -> NDArray[Any] | None:
        """T 2 H W, snow and cloud; None where the file is not there."""
        path = self.file(scene_id, SNOW_CLOUD)
        if not path.is_file():
            return None
        masks = read_modality(path, MODALITIES[SNOW_CLOUD], grid)
        if len(masks) != len(dates):
            raise SceneError(
                f"{SNOW_CLOUD} has {len(masks)} masks for {len(dates)} images",
                where=path,
                expected=f"one for each image of {SENTINEL2}",
            )
        return masks

    def _references(self, scene_id: str, name: str, grid: Grid) -> dict[str, Reference]:
        path, modality = self.file(scene_id, name), MODALITIES[name]
        return references(read_modality(path, modality, grid), path, modality)


def key_of(scene_id: str) -> str:
    """The id as the metadata tables spell it, `DOMAIN_ROI_row-col`."""
    return scene_id.replace("/", "_")


def _domain(domain: str, name: str) -> str:
    """That of the 1950s' images is shared by two years of one department."""
    return f"{domain.partition('-')[0]}-195X" if name == HISTORICAL else domain
