"""The series over a zone: each window gets its own part of it."""

from dataclasses import dataclass
from pathlib import Path

from lcapp.errors import SceneError
from lcapp.scene.arrays import StoredArray, load_array
from lcapp.scene.dates import Acquisitions, read_acquisitions
from lcapp.scene.names import named
from lcapp.scene.series import (
    BAND_SETS,
    assemble,
    centred_grid,
    check_shapes,
    crop_around,
)
from lcapp.scene.zone.series_tif import read_series_tif
from lcapp.types import Grid, Series

_NOT_PLACED = "The series has no georeference: it is taken as centred on the aerial image."


@dataclass(frozen=True, eq=False)
class ZoneSeries:
    """A series in its file.

    Attributes:
        path: GeoTIFF or .npy.
        when: Dates, where a file gives them.
        masks: T 2 H W, snow and cloud in percent, in their file.
        values: T C H W in a .npy; None for a GeoTIFF.
        grid: Of `values`.
        files: All files it is made of.
    """

    path: Path
    when: Acquisitions | None
    masks: StoredArray | None
    values: StoredArray | None
    grid: Grid | None
    files: tuple[Path, ...]

    def around(self, tile: Grid) -> tuple[Series, tuple[str, ...]]:
        """The series around a window of the zone, and what was assumed.

        Raises:
            SceneError: It cannot be read, or does not cover the window.
        """
        if self.values is None:
            return read_series_tif(self.path, tile, self.when, self.masks)
        assert self.when is not None
        assert self.grid is not None
        grid, (rows, cols) = crop_around(self.grid, tile, self.path)
        series, notes = assemble(
            self.values[:, :, rows, cols],
            BAND_SETS[self.values.shape[1]],
            self.when,
            grid,
            None if self.masks is None else self.masks[:, :, rows, cols],
            self.path,
        )
        return series, (_NOT_PLACED, *notes)


def open_series(
    path: Path, dates: str | Path | None, masks: str | Path | None, zone: Grid
) -> ZoneSeries:
    """Check that a series covers a zone; its values are not read.

    Args:
        path: .npy, T C H W, 10 m, centred on the zone; or a GeoTIFF of T x C bands.
        dates: Text, one date or product name a line; needed for a .npy.
        masks: .npy, T 2 H W, snow and cloud in percent.
        zone: Grid of the zone.

    Raises:
        SceneError: Unreadable, no dates, shapes that do not agree, or another place.
    """
    files = tuple(named(one) for one in (path, dates, masks) if one is not None)
    when = None if dates is None else read_acquisitions(named(dates))
    mask_array = None if masks is None else load_array(named(masks))
    if path.suffix.lower() in (".tif", ".tiff"):
        opened = ZoneSeries(path, when, mask_array, None, None, files)
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
    return ZoneSeries(path, when, mask_array, values, grid, files)
