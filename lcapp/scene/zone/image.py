"""A zone: an aerial GeoTIFF, or a mosaic of them, that may be larger than what a network sees.

Nothing is read but headers until a window is asked for, so a zone may be larger than memory.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from rasterio.windows import Window

from lcapp.errors import SceneError
from lcapp.files import fingerprint
from lcapp.limits import check_extent
from lcapp.reasons import door
from lcapp.scene.names import listed, named, plain
from lcapp.scene.rasters.aerial import (
    AerialFile,
    IsResult,
    inspect_aerial,
    opened,
    without_image,
)
from lcapp.scene.rasters.collar import BLACK, collar_of
from lcapp.scene.rasters.masks import seen_in
from lcapp.scene.zone.bands import channels_of
from lcapp.scene.zone.heights import ZoneHeights, open_heights
from lcapp.scene.zone.mosaic import Sheet, mosaic
from lcapp.scene.zone.series import ZoneSeries, open_series
from lcapp.sensors import AERIAL, NDSM, NDSM_IMAGE, SENTINEL2
from lcapp.types import AUTOMATIC, Bools, Bytes, Grid, Image, Scene, Units


@dataclass(frozen=True, eq=False)
class Zone:
    """A large place (`zone.area`); its pixels stay in their files.

    Attributes:
        id: Name of the file or folder.
        collection: Name of the folder it lies in.
        grid: Of the whole zone; of a mosaic, the smallest that holds all its files.
        bands: Spectral bands of the aerial image.
        channels: Where they are in the files.
        alpha: Channel that is 0 where there is nothing, where there is one.
        sheets: The files, in the order of their names: of two that overlap the first counts.
        series: The Sentinel-2 series over the zone.
        ndsm: Heights above ground, on `grid`.
        units: What was stated by hand.
        notes: What had to be assumed, one sentence each.
        folder: Of which every sheet is read, where one was named.
        day: Of the flight, where all files tell the same.
    """

    id: str
    collection: str
    grid: Grid
    bands: tuple[str, ...]
    channels: tuple[int, ...]
    alpha: int | None
    sheets: tuple[Sheet, ...]
    series: ZoneSeries | None
    ndsm: ZoneHeights | None
    units: Units
    notes: tuple[str, ...]
    folder: Path | None = None
    day: dt.date | None = None
    simulated = False
    """A file alone does not tell."""

    @property
    def holds(self) -> frozenset[str]:
        """Names of what its windows have."""
        held = ((AERIAL, True), (SENTINEL2, self.series), (NDSM_IMAGE, self.ndsm))
        return frozenset(name for name, there in held if there)

    def step(self, names: Collection[str]) -> int:
        """A window has its part of the series wherever it begins."""
        return 1

    def read(self, rows: slice, cols: slice) -> tuple[Bytes, Bools]:
        """Pixels of a window, C h w, and where there are any, h w.

        Raises:
            SceneError: A file cannot be read.
        """
        height, width = rows.stop - rows.start, cols.stop - cols.start
        check_extent((len(self.channels), height, width), self.sheets[0].path, SceneError)
        pixels = np.zeros((len(self.channels), height, width), np.uint8)
        valid = np.zeros((height, width), np.bool_)
        for sheet in self.sheets:
            top, bottom = max(rows.start, sheet.rows.start), min(rows.stop, sheet.rows.stop)
            left, right = max(cols.start, sheet.cols.start), min(cols.stop, sheet.cols.stop)
            if top >= bottom or left >= right:
                continue
            window = Window(
                left - sheet.cols.start, top - sheet.rows.start, right - left, bottom - top
            )
            with opened(sheet.path) as dataset:
                found = dataset.read([one + 1 for one in self.channels], window=window)
                seen = seen_in(dataset, found, self.channels, self.alpha, window)
            if sheet.collar is not None:
                seen &= ~sheet.collar.within(window, found)
            part = np.s_[
                top - rows.start : bottom - rows.start, left - cols.start : right - cols.start
            ]
            fresh = seen & ~valid[part]
            pixels[:, *part][:, fresh] = found[:, fresh]
            valid[part] |= seen
        return pixels, valid

    def scene(self, rows: slice, cols: slice, names: Collection[str] | None = None) -> Scene | None:
        """A window (`Area.scene`).

        Raises:
            SceneError: A file cannot be read, heights have gaps, or a name is not there.
        """
        pixels, valid = self.read(rows, cols)
        if not valid.any():
            return None
        tile = self.grid.cut(rows, cols)
        source = str(self.sheets[0].path)
        images = {AERIAL: Image(pixels, self.bands, tile, self.day, source)}
        series, notes = {}, self.notes
        if self.ndsm is not None and (names is None or NDSM_IMAGE in names):
            heights = self.ndsm.read(rows, cols, valid)[None]
            images[NDSM_IMAGE] = Image(heights, (NDSM,), tile, source=str(self.ndsm.path))
        if self.series is not None and (names is None or SENTINEL2 in names):
            series[SENTINEL2], series_notes = self.series.around(tile)
            notes += series_notes
        scene = Scene(
            id=f"{self.id}/{rows.start}-{cols.start}",
            collection=self.collection,
            grid=tile,
            images=images,
            series=series,
            notes=notes,
            seen=None if valid.all() else valid,
        )
        return scene if names is None else scene.only(names)

    def files(self) -> list[Path]:
        """All that it is read from."""
        paths = [sheet.path for sheet in self.sheets]
        if self.series is not None:
            paths += self.series.files
        if self.ndsm is not None:
            paths.append(self.ndsm.path)
        return paths

    def sources(self) -> list[Path]:
        """Its files, and the folder of its sheets where that was named."""
        return self.files() if self.folder is None else [*self.files(), self.folder]

    def fingerprints(self) -> dict[str, str]:
        """For each file `files.fingerprint`, by its name and as many folders as tell it apart."""
        paths = self.files()
        stated = {} if self.units == AUTOMATIC else {"units": str(self.units)}
        return {_apart(path, paths): fingerprint(path) for path in paths} | stated


def open_zone(
    aerial: str | Path | Sequence[str | Path],
    series: str | Path | None = None,
    dates: str | Path | None = None,
    masks: str | Path | None = None,
    ndsm: str | Path | None = None,
    units: Units = AUTOMATIC,
) -> Zone:
    """Open a zone; only headers are read, and of a file with a black corner where it is black.

    Args:
        aerial: A GeoTIFF, uint8, 0.2 m, with bands as `pairs.read_pair` takes them; or several
            of one lattice and one set of bands, for instance the patches of a FLAIR-HUB ROI; or
            a folder with them.
        series: A .npy (T C H W, 10 m, centred on the zone) or a GeoTIFF of T x C bands.
        dates: Text, one date or Sentinel-2 product name a line.
        masks: .npy, T 2 H W, snow and cloud, in percent or of 0 to 1.
        ndsm: GeoTIFF on the grid of the zone, metres above ground.
        units: Of series, masks and heights, where they are stated by hand.

    Raises:
        SceneError: Whatever cannot be used, with its file.
    """
    name, paths, folder = _paths(aerial)
    files, passed_over = _images(paths, folder)
    grid, sheets = mosaic(files)
    channels = channels_of(files)
    if channels.alpha is None:
        sheets = tuple(map(partial(_with_collar, channels=channels.places), files, sheets))
    notes = [*(note for file in files for note in file.notes), *channels.notes]
    tells = [*({file.masked for file in files} - {""})]
    tells += ["its alpha channel"] * (channels.alpha is not None)
    notes += [without_image(" and ".join(sorted(tells)))] * bool(tells)
    notes += [BLACK] * any(sheet.collar is not None for sheet in sheets)
    days = {file.day for file in files}
    day = days.pop() if len(days) == 1 else None
    if day is None:
        notes.append("The file names no flight date of the aerial image.")
    if series is None:
        notes.append("There is no series beside the aerial image.")
    found = None if series is None else open_series(named(series), dates, masks, grid, units)
    heights = None if ndsm is None else open_heights(named(ndsm), grid, units.heights)
    notes += [] if heights is None else heights.unit.notes
    notes += [] if found is None else found.notes
    if day is not None and found is not None:
        notes += _years_apart(day, found.when.dates)
    return Zone(
        id=name,
        collection=paths[0].absolute().parent.name,
        grid=grid,
        bands=channels.names,
        channels=channels.places,
        alpha=channels.alpha,
        sheets=sheets,
        series=found,
        ndsm=heights,
        units=units,
        notes=tuple(dict.fromkeys((*notes, *passed_over))),
        folder=folder,
        day=day,
    )


def _with_collar(file: AerialFile, sheet: Sheet, channels: Sequence[int]) -> Sheet:
    """Nothing is looked for in a file that says where it has pixels."""
    if file.masked:
        return sheet
    with opened(file.path) as dataset:
        return replace(sheet, collar=collar_of(dataset, channels))


def _years_apart(day: dt.date, dates: Sequence[dt.date]) -> list[str]:
    """What is said of an aerial image that was not flown in a year of the series."""
    years = sorted({date.year for date in dates})
    if not years or day.year in years:
        return []
    span = f"{years[0]}" if len(years) == 1 else f"{years[0]} to {years[-1]}"
    return [f"The aerial image was flown on {day}, the series is of {span}: land may have changed."]


def _images(paths: Sequence[Path], folder: Path | None) -> tuple[list[AerialFile], tuple[str, ...]]:
    """The files, inspected; in a folder, what lcapp has written is passed over and said."""
    files, results = [], []
    for path in paths:
        try:
            files.append(inspect_aerial(path))
        except IsResult:
            if folder is None or (path == paths[-1] and not files):
                raise
            results.append(path.name)
    names = ", ".join(results)
    return files, ((f"Passed over as results of lcapp: {names}.",) if results else ())


def _paths(aerial: str | Path | Sequence[str | Path]) -> tuple[str, list[Path], Path | None]:
    """Name of the zone, its files, and the folder where one was named."""
    if isinstance(aerial, str | Path):
        one = named(aerial)
        with door():
            if not one.is_dir():
                return _stem(one), [one], None
            found = listed(one)
        paths = [one / each for name in found if name.endswith(".tif") for each in found[name]]
        if not paths:
            raise SceneError("holds no GeoTIFF", where=one, expected="NAME.tif files of one zone")
        return one.name, paths, one
    paths = sorted(named(path) for path in aerial)
    if not paths:
        raise SceneError("the zone has no file", expected="at least one GeoTIFF")
    several = len(paths) > 1
    return (paths[0].absolute().parent.name if several else _stem(paths[0])), paths, None


def _apart(path: Path, others: Sequence[Path]) -> str:
    """The end of a path that none of the others has."""
    parts, whole = 1, path.absolute()
    same = {one.absolute() for one in others} - {whole}
    while any(one.parts[-parts:] == whole.parts[-parts:] for one in same):
        parts += 1
    return str(Path(*whole.parts[-parts:]))


def _stem(path: Path) -> str:
    return Path(plain(path.name)).stem
