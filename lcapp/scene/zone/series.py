"""The series over a zone: each window gets its own part of it."""

from dataclasses import dataclass
from pathlib import Path

from lcapp.errors import SceneError
from lcapp.scene.arrays import StoredArray, load_array
from lcapp.scene.dates import Acquisitions, read_acquisitions
from lcapp.scene.names import named
from lcapp.scene.rasters.formats import RASTERS
from lcapp.scene.series import (
    BAND_SETS,
    assemble,
    centred_grid,
    check_shapes,
    crop_around,
)
from lcapp.scene.units.masks import MaskUnit, mask_unit
from lcapp.scene.units.series import SeriesUnit, sampled, series_unit
from lcapp.scene.zone.series_tif import SeriesTif, open_series_tif
from lcapp.types import AUTOMATIC, Grid, Series, Units

_NOT_PLACED = "The series has no georeference: it is taken as centred on the aerial image."


@dataclass(frozen=True, eq=False)
class ZoneSeries:
    """A series in its file.

    Attributes:
        when: Dates.
        masks: T 2 H W, snow and cloud, in their file.
        covered: Their unit.
        values: T C H W, in a .npy; or the GeoTIFF.
        unit: Of the values.
        grid: Of an array; a GeoTIFF has its own.
        files: All files it is made of, the series first.
    """

    when: Acquisitions
    masks: StoredArray | None
    covered: MaskUnit | None
    values: StoredArray | SeriesTif
    unit: SeriesUnit
    grid: Grid | None
    files: tuple[Path, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """How its numbers are taken, in every window."""
        return (*self.unit.notes, *(() if self.covered is None else self.covered.notes))

    def around(self, tile: Grid) -> tuple[Series, tuple[str, ...]]:
        """The series around a window of the zone, and what was assumed.

        Raises:
            SceneError: It cannot be read, or does not cover the window.
        """
        if isinstance(self.values, SeriesTif):
            return self.values.around(tile, self.masks, self.covered)
        assert self.grid is not None
        path = self.files[0]
        grid, (rows, cols) = crop_around(self.grid, tile, path)
        series, notes = assemble(
            self.values[:, :, rows, cols],
            BAND_SETS[self.values.shape[1]],
            self.when,
            grid,
            None if self.masks is None else self.masks[:, :, rows, cols],
            path,
            self.unit,
            self.covered,
        )
        return series, (_NOT_PLACED, *notes)


def open_series(
    path: Path,
    dates: str | Path | None,
    masks: str | Path | None,
    zone: Grid,
    units: Units = AUTOMATIC,
) -> ZoneSeries:
    """Check that a series covers a zone; of its values a sample is read, which tells their unit.

    Args:
        path: .npy, T C H W, 10 m, centred on the zone; or a GeoTIFF of T x C bands.
        dates: Text, one date or product name a line; needed for a .npy.
        masks: .npy, T 2 H W, snow and cloud, in percent or of 0 to 1.
        zone: Grid of the zone.
        units: What is stated by hand.

    Raises:
        SceneError: Unreadable, no dates, shapes that do not agree, another place, or values that
            fit no unit.
    """
    files = tuple(named(one) for one in (path, dates, masks) if one is not None)
    when = None if dates is None else read_acquisitions(named(dates))
    mask_array = None if masks is None else load_array(named(masks), "biuf")
    if path.suffix.lower() in RASTERS:
        tif = open_series_tif(path, when, mask_array, units.series)
        covered = None if mask_array is None else mask_unit(mask_array, path, units.masks)
        opened = ZoneSeries(tif.layers.when, mask_array, covered, tif, tif.unit, None, files)
        for row, col in ((0, 0), (zone.height - 1, zone.width - 1)):
            # Every check of the file, at the price of two small reads.
            opened.around(zone.cut(slice(row, row + 1), slice(col, col + 1)))
        return opened
    if when is None:
        raise SceneError(
            "has no dates",
            where=path,
            expected="a text file with one date a line",
            advice="name one with --dates, or write NAME_dates.txt beside it",
        )
    values = load_array(path)
    check_shapes(values, len(when.dates), mask_array, path, tuple(BAND_SETS))
    grid = centred_grid(zone, *values.shape[2:])
    crop_around(grid, zone, path)
    unit = series_unit(sampled(values), path, units.series)
    covered = None if mask_array is None else mask_unit(mask_array, path, units.masks)
    return ZoneSeries(when, mask_array, covered, values, unit, grid, files)
