"""One modality of one FLAIR-HUB patch, read and checked against Table V of the paper."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.io import DatasetReader

from lcapp.classes import TABLES
from lcapp.errors import SceneError
from lcapp.scene.coordinates import crs_text, is_same_crs
from lcapp.scene.rasters.aerial import opened, share_without_image, without_image
from lcapp.scene.rasters.bands import check_order, told
from lcapp.scene.rasters.collar import BLACK, margin_of
from lcapp.scene.rasters.formats import check_read
from lcapp.scene.rasters.georeference import read_grid
from lcapp.scene.rasters.masks import absent_in, masked_by, seen_in, unmasked_in
from lcapp.scene.units.heights import height_unit, heights_in
from lcapp.scene.units.series import Tags, sampled, series_unit, tags_of
from lcapp.sensors import (
    AERIAL,
    CROPS,
    HISTORICAL,
    LAND_COVER,
    PATCH_METRES,
    PATCH_PIXELS,
    Modality,
)
from lcapp.types import Bools, Bytes, Floats, Grid, Reference

_BYTES = (AERIAL, HISTORICAL, LAND_COVER, CROPS)
"""What has to be uint8; the others may be any number."""


def patch_grid(path: Path, modality: Modality) -> Grid:
    """The 0.2 m grid of a patch, from the place of any of its modalities.

    Raises:
        SceneError: Unreadable, mis-shaped, no usable georeference, or not 102.4 m wide.
    """
    with _opened(path, modality) as dataset:
        grid, _ = read_grid(dataset, path)
    west, south, east, north = grid.bounds
    gsd = PATCH_METRES / PATCH_PIXELS
    if max(abs(east - west - PATCH_METRES), abs(north - south - PATCH_METRES)) > gsd / 2:
        raise SceneError(
            f"{modality.name} covers {east - west:g} m x {north - south:g} m",
            where=path,
            expected=f"a patch of {PATCH_METRES} m x {PATCH_METRES} m",
        )
    return Grid(grid.crs, Affine(gsd, 0.0, west, 0.0, -gsd, north), PATCH_PIXELS, PATCH_PIXELS)


def read_modality(path: Path, modality: Modality, patch: Grid) -> NDArray[Any]:
    """C H W as stored; T C H W where the modality has many dates.

    Raises:
        SceneError: Not there, truncated, another size, number of bands or type than Table V
            says, or another place than the patch.
    """
    with _opened(path, modality) as dataset:
        _check_georeference(dataset, path, modality, patch)
        check_read(dataset, dataset.count)
        values: NDArray[Any] = dataset.read()
    if modality.dated:
        return values.reshape(-1, len(modality.bands), *values.shape[1:])  # T*C H W -> T C H W
    return values


def read_image(
    path: Path, modality: Modality, patch: Grid
) -> tuple[NDArray[Any], Bools | None, tuple[str, ...]]:
    """A modality of one date, C H W, and 0 where a mask or no-data value says so.

    Bytes are as stored; SPOT is in digital numbers, and what cannot be measured is no pixel of it.

    Returns:
        The pixels; where there are any, H W, None: everywhere; and notes.

    Raises:
        SceneError: As `read_modality`; bands that are described in another order; values that fit
            no unit.
    """
    values = read_modality(path, modality, patch)
    with _opened(path, modality) as dataset:
        bands = range(dataset.count)
        check_order(told(dataset, path), modality.bands, path, "FLAIR-HUB")
        seen, by = seen_in(dataset, values, bands), masked_by(dataset, bands)
        tags = tags_of(dataset, np.arange(dataset.count)[None])  # 1 C
    notes = [] if seen.all() else [without_image(by, modality.name)]
    # Historical images are left as their networks were trained on them: they tell of no class.
    aerial = modality.name == AERIAL and not by
    if aerial and (margin := margin_of(values.max(axis=0))) is not None:
        seen, notes = ~margin, [BLACK]
    if modality.name not in _BYTES:
        numbers, said = _numbers(values, path, modality, tags, seen)
        finite: Bools = np.logical_and.reduce(np.isfinite(numbers))
        values, seen, notes = numbers, finite, [*notes, *said]
    if seen.all():
        return values, None, tuple(notes)
    notes.append(share_without_image(seen, modality.name))
    return np.where(seen, values, 0), seen, tuple(notes)


def _numbers(
    values: NDArray[Any], path: Path, modality: Modality, tags: Tags, seen: Bools
) -> tuple[Floats, tuple[str, ...]]:
    """Reflectance x 10000 of an image, C H W, NaN where there is none; and notes."""
    absent = np.broadcast_to(~seen, values.shape)[None]  # 1 C H W
    sample, gaps = sampled(values[None]), sampled(absent)
    unit = series_unit(sample, path, "auto", tags, gaps, what=modality.name)
    return unit.numbers(values[None], absent)[0], unit.notes


def read_series(
    path: Path, modality: Modality, patch: Grid
) -> tuple[NDArray[Any], Bools | None, Tags]:
    """A series as stored, T C H W; where the file says that there is no datum; its tags.

    A no-data value counts where all bands of a date hold it: the networks of the data set were
    trained on a single band of 0 as it is.

    Raises:
        SceneError: As `read_modality`.
    """
    values = read_modality(path, modality, patch)
    with _opened(path, modality) as dataset:
        layers = np.arange(dataset.count).reshape(-1, len(modality.bands))  # T C
        places = list(range(dataset.count))
        absent = absent_in(dataset, values.reshape(-1, *values.shape[2:]), places)
        there, tags = unmasked_in(dataset, places), tags_of(dataset, layers)
    if absent is not None:
        absent = absent.reshape(values.shape)
        absent = absent & absent.all(axis=1, keepdims=True)
    if there is not None:
        gaps = ~there.reshape(values.shape)
        absent = gaps if absent is None else absent | gaps
    return values, absent, tags


def read_heights(
    path: Path, modality: Modality, patch: Grid, stated: str
) -> tuple[Floats, tuple[str, ...]]:
    """Surface and terrain in metres, C H W, NaN where there is none; and notes.

    Raises:
        SceneError: As `read_modality`; a unit that is not known.
    """
    with _opened(path, modality) as dataset:
        _check_georeference(dataset, path, modality, patch)
        unit = height_unit(dataset, path, stated)
        heights, fill = heights_in(dataset, range(dataset.count), unit)
    notes = unit.notes
    if fill is not None:
        notes += (f"{modality.name} holds {fill:g}, which is no height: left out.",)
    return heights, notes


def references(values: NDArray[Any], path: Path, modality: Modality) -> dict[str, Reference]:
    """Labels by the class table of their band (LPIS: band 1 is the coarsest level).

    Args:
        values: C H W, uint8: class ids, counted from 0.
        path: Their file.
        modality: `LAND_COVER` or `CROPS`.

    Raises:
        SceneError: A value that is no class of its table.
    """
    found = {}
    for name, band in zip(modality.bands, values, strict=True):
        table = TABLES[name]
        outside = band >= len(table)
        if outside.any():
            raise SceneError(
                f"{modality.name} holds the label value {band[outside][0]} "
                f"({outside.sum()} pixels out of range)",
                where=path,
                expected=f"values 0 to {len(table) - 1} ({name})",
            )
        labels: Bytes = band.astype(np.uint8)
        found[name] = Reference(labels, table)
    return found


@contextmanager
def _opened(path: Path, modality: Modality) -> Iterator[DatasetReader]:
    """A raster of the modality's shape; whatever is wrong with it names the modality."""
    try:
        with opened(path) as dataset:
            _check_shape(dataset, path, modality)
            yield dataset
    except SceneError as error:
        if error.what.startswith(modality.name):
            raise
        raise SceneError(
            f"{modality.name} {error.what}",
            where=error.where,
            expected=error.expected,
            advice=error.advice,
        ) from error


def _check_shape(dataset: DatasetReader, path: Path, modality: Modality) -> None:
    if (dataset.height, dataset.width) != (modality.pixels, modality.pixels):
        raise SceneError(
            f"{modality.name} is {dataset.height} x {dataset.width} pixels",
            where=path,
            expected=f"{modality.pixels} x {modality.pixels}",
        )
    bands = len(modality.bands)
    if dataset.count != bands and not (modality.dated and dataset.count % bands == 0):
        each = "a multiple of " if modality.dated else ""
        raise SceneError(
            f"{modality.name} has {dataset.count} bands",
            where=path,
            expected=f"{each}{bands} ({', '.join(modality.bands)})",
        )
    if modality.name in _BYTES and set(dataset.dtypes) != {"uint8"}:
        raise SceneError(
            f"{modality.name} holds {', '.join(sorted(set(dataset.dtypes)))} values",
            where=path,
            expected="bytes, 0 to 255",
        )


def _check_georeference(
    dataset: DatasetReader, path: Path, modality: Modality, patch: Grid
) -> None:
    # Some files come without a georeference; size is then all there is to compare.
    if dataset.crs is not None:
        _check_place(read_grid(dataset, path)[0], patch, path, modality)


def _check_place(grid: Grid, patch: Grid, path: Path, modality: Modality) -> None:
    shift = max(abs(a - b) for a, b in zip(grid.bounds, patch.bounds, strict=True))
    if not is_same_crs(grid.crs, patch.crs, grid.bounds) or shift > modality.gsd / 2:
        raise SceneError(
            f"{modality.name} does not lie where its patch lies: "
            f"{crs_text(grid.crs)} {', '.join(f'{edge:.1f}' for edge in grid.bounds)}",
            where=path,
            expected=f"{crs_text(patch.crs)} {', '.join(f'{edge:.1f}' for edge in patch.bounds)}",
        )
