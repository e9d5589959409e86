"""A georeferenced series: a GeoTIFF of T x C bands, all bands of the first date first."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rasterio.io import DatasetReader
from rasterio.windows import Window

from lcapp.errors import SceneError
from lcapp.scene.arrays import Array, StoredArray
from lcapp.scene.coordinates import crs_text, is_same_crs
from lcapp.scene.dates import Acquisitions
from lcapp.scene.rasters.aerial import opened, refuse_result
from lcapp.scene.rasters.credits import credit_notes
from lcapp.scene.rasters.formats import check_read
from lcapp.scene.rasters.georeference import read_grid
from lcapp.scene.rasters.masks import absent_in, unmasked_in
from lcapp.scene.series import assemble, check_masks, crop_around
from lcapp.scene.units.masks import MaskUnit
from lcapp.scene.units.series import SeriesUnit, series_unit, tags_of
from lcapp.scene.zone.layers import Layers, layers
from lcapp.sensors import SERIES_GSD
from lcapp.types import Bools, Grid, Series

_GSD_TOLERANCE = 0.1

_SAMPLES, _SAMPLED, _LARGEST_SIDE = 3, 2**20, 64
"""The unit is decided in 3 x 3 windows, in so many values, at most so many pixels a side."""


@dataclass(frozen=True, eq=False)
class SeriesTif:
    """A series in its GeoTIFF.

    Attributes:
        path: The file.
        layers: What its bands are.
        unit: Of its values.
    """

    path: Path
    layers: Layers
    unit: SeriesUnit

    def around(
        self, aerial: Grid, masks: StoredArray | None, covered: MaskUnit | None
    ) -> tuple[Series, tuple[str, ...]]:
        """Read the series around the aerial image.

        Args:
            aerial: The aerial grid; the series must share its CRS and cover it.
            masks: T 2 H W of the whole file, snow and cloud.
            covered: Their unit.

        Returns:
            The series, and notes.

        Raises:
            SceneError: Unreadable; another CRS, pixel size or place.
        """
        with opened(self.path) as dataset:
            grid, _ = read_grid(dataset, self.path)
            if not is_same_crs(grid.crs, aerial.crs, grid.bounds):
                raise SceneError(
                    f"is in {crs_text(grid.crs)}",
                    where=self.path,
                    expected=f"the CRS of the aerial image, {crs_text(aerial.crs)}",
                    advice=f"warp it with gdalwarp -t_srs {crs_text(aerial.crs)}",
                )
            grid = replace(grid, crs=aerial.crs)
            if abs(grid.gsd - SERIES_GSD) > _GSD_TOLERANCE * SERIES_GSD:
                raise SceneError(
                    f"has pixels of {grid.gsd:g} m", where=self.path, expected=f"{SERIES_GSD:g} m"
                )
            cropped, (rows, cols) = crop_around(grid, aerial, self.path)
            values, absent = _read(dataset, self.layers, Window.from_slices(rows, cols))
        series, notes = assemble(
            values,
            self.layers.bands,
            self.layers.when,
            cropped,
            None if masks is None else masks[:, :, rows, cols],
            self.path,
            self.unit,
            covered,
            absent,
        )
        return series, (*self.layers.notes, *notes)


def open_series_tif(
    path: Path, when: Acquisitions | None, masks: StoredArray | None, stated: str = "auto"
) -> SeriesTif:
    """Find out what the bands of a file are, and their unit; of its values a sample is read.

    Args:
        path: The GeoTIFF.
        when: Dates, where a file gives them; otherwise the bands are described as
            `2021-03-14 B4`.
        masks: T 2 H W, in the order of that file.
        stated: Unit, as `units.series_unit` takes it.

    Raises:
        SceneError: Unreadable; bands, dates and masks that do not agree; values that fit no unit.
    """
    with opened(path) as dataset:
        refuse_result(dataset, path)
        described = [(one or "").strip() for one in dataset.descriptions]
        found = layers(described, when, masks is not None, path)
        found = replace(found, notes=(*credit_notes(dataset), *found.notes))
        check_masks(masks, (len(found.order), dataset.height, dataset.width), path)
        read = [_read(dataset, found, window) for window in _samples(dataset)]
        sample = _side_by_side([values for values, _ in read])
        absent = _side_by_side([gaps for _, gaps in read if gaps is not None])
        tags = tags_of(dataset, np.array(found.order))
    unit = series_unit(sample, path, stated, tags, absent if absent.size else None)
    return SeriesTif(path, found, unit)


def _read(dataset: DatasetReader, found: Layers, window: Window) -> tuple[Array, Bools | None]:
    """Stored values, T C h w, and where the file says that there is no datum."""
    places = found.places
    check_read(dataset, len(places), window)
    stored = dataset.read([place + 1 for place in places], window=window)
    absent, there = absent_in(dataset, stored, places), unmasked_in(dataset, places, window)
    if there is not None:
        absent = ~there if absent is None else absent | ~there
    # (T C) h w -> T C h w
    shape = (len(found.order), len(found.bands), *stored.shape[1:])
    return stored.reshape(shape), None if absent is None else absent.reshape(shape)


def _side_by_side(parts: list[Array]) -> Array:
    """Windows T C h w as pixels T C n."""
    if not parts:
        return np.empty((0, 0, 0), np.bool_)
    return np.concatenate([one.reshape(*one.shape[:2], -1) for one in parts], axis=2)


def _samples(dataset: DatasetReader) -> Iterator[Window]:
    """Windows evenly over the file; all of a small one."""
    side = math.isqrt(_SAMPLED // (dataset.count * _SAMPLES**2)) or 1
    side = min(side, _LARGEST_SIDE)
    if max(dataset.height, dataset.width) <= _SAMPLES * side:
        yield Window(0, 0, dataset.width, dataset.height)
        return
    for row in np.linspace(0, max(dataset.height - side, 0), _SAMPLES).astype(int):
        for col in np.linspace(0, max(dataset.width - side, 0), _SAMPLES).astype(int):
            width, height = min(side, dataset.width), min(side, dataset.height)
            yield Window(int(col), int(row), width, height)
