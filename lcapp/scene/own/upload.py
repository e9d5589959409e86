"""An aerial image and a series that somebody hands over, as a collection of one scene.

They go into a folder of their own under names that are given here, are checked as every other
file before anything is computed, and the folder goes with whoever made it, or, where that was
killed, with the next one.
"""

import os
import shutil
import weakref
from pathlib import Path
from typing import IO

from lcapp.errors import RunError, SceneError
from lcapp.files import cache_folder
from lcapp.reasons import door
from lcapp.scene.coordinates import WGS84, converted, utm
from lcapp.scene.own.archive import series_of
from lcapp.scene.pairs import read_pair
from lcapp.scene.rasters.aerial import inspect_aerial
from lcapp.scene.services.place import LARGEST, Place, parse_place
from lcapp.scratch import clear, fresh, hold, making
from lcapp.types import Grid, Scene

MOST_BYTES = 2**30
"""Of one file that is handed over."""

ENDINGS = {"aerial": ("tif", "tiff", "jp2"), "series": ("npy", "tif", "tiff", "zip")}
_NAME = "own"


class Upload:
    """A folder for the files of one session, removed with it.

    Attributes:
        folder: The collection; another one after each `take`.
    """

    def __init__(self) -> None:
        parent = cache_folder() / "uploads"
        with door(RunError, parent):
            parent.mkdir(parents=True, exist_ok=True)
            clear(parent)
            outer = fresh(parent)
            outer.mkdir(0o700)
            descriptor = hold(outer)
        self._outer, self._taken = outer, 0
        self.folder = self._next()
        self._end = weakref.finalize(self, _remove, outer, descriptor)

    def remove(self) -> None:
        """Remove the files now."""
        self._end()

    def take(
        self, aerial: IO[bytes], series: IO[bytes] | None = None, kind: str = "", dates: str = ""
    ) -> Scene:
        """Put files there in place of those before, and read them.

        Args:
            aerial: A GeoTIFF or JPEG 2000.
            series: Of the kind.
            kind: An ending of `ENDINGS["series"]`.
            dates: Of a series that does not tell them, one a line.

        Raises:
            SceneError: What is wrong with them; what was there before stays.
            RunError: The disk is full or refuses.
        """
        before, self.folder = self.folder, self._next()
        try:
            with door(RunError, self.folder):
                image = self.folder / f"{_NAME}_aerial.tif"
                _copy(aerial, image)
                if series is not None:
                    self._take_series(image, series, kind, dates)
            scene = self._read()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = before
            raise
        shutil.rmtree(before, ignore_errors=True)
        return scene

    def add_year(self, folder: Path) -> None:
        """Lay a series that was fetched beside an image that is here alone (RunError).

        Args:
            folder: With `series.tif` and `masks.npy`.
        """
        with door(RunError, self.folder):
            names = ("masks.npy", "series.tif")  # a series never stands there without its masks
            with making(self.folder) as beside:
                for name in names:
                    shutil.copyfile(folder / name, beside / name)
                for name in names:
                    (beside / name).replace(self.folder / f"{_NAME}_{name}")

    def _next(self) -> Path:
        self._taken += 1
        folder = self._outer / f"own-{self._taken}"
        folder.mkdir()
        return folder

    def _take_series(self, image: Path, series: IO[bytes], kind: str, dates: str) -> None:
        if kind == "zip":
            series_of(series, inspect_aerial(image).grid, self.folder / f"{_NAME}_series.tif")
            return
        if kind not in ENDINGS["series"]:
            raise SceneError(f"is of the kind {kind[:20]!r}", expected="npy, tif or zip")
        ending = "npy" if kind == "npy" else "tif"
        _copy(series, self.folder / f"{_NAME}_series.{ending}")
        if dates.strip():
            (self.folder / f"{_NAME}_dates.txt").write_text(dates[:1_000_000], encoding="utf-8")

    def _read(self) -> Scene:
        names = {one.name.removeprefix(f"{_NAME}_"): one for one in self.folder.iterdir()}
        return read_pair(
            names["aerial.tif"],
            names.get("series.npy", names.get("series.tif")),
            names.get("dates.txt"),
            names.get("masks.npy"),
        )


def place_of(grid: Grid, year: int) -> Place:
    """The place whose series belongs to an aerial image that is handed over alone.

    Args:
        grid: Of the image, in the UTM zone of its place.
        year: Of the series.

    Raises:
        SceneError: No service covers it, or its CRS is none in which the series comes.
    """
    west, south, east, north = grid.bounds
    lon, lat = converted((west + east) / 2, (south + north) / 2, grid.crs, WGS84)
    side = max(east - west, north - south)
    zone = utm(WGS84, lon, lat)
    if zone != grid.crs:
        raise SceneError(
            f"is in {grid.crs}",
            where="the aerial image",
            expected=f"{zone}, in which the series comes",
            advice=f"gdalwarp -t_srs {zone} -tr 0.2 0.2 -r cubic aerial.tif other.tif",
        )
    if side > LARGEST:
        raise SceneError(f"is {side:.0f} m wide", where="the aerial image", expected=f"{LARGEST:g}")
    place = parse_place(f"place:{lon:.7f},{lat:.7f},size={max(side + 3.2, 51.2):.1f},year={year}")
    assert place is not None
    return place


def _copy(source: IO[bytes], target: Path) -> None:
    source.seek(0)
    size = 0
    beside = fresh(target.parent)  # goes with the folder where this fails
    with beside.open("wb") as out:
        while piece := source.read(2**20):
            size += len(piece)
            if size > MOST_BYTES:
                raise SceneError(
                    f"has more than {MOST_BYTES / 1e6:,.0f} MB", where=target.name, expected="less"
                )
            out.write(piece)
    beside.replace(target)


def _remove(outer: Path, descriptor: int) -> None:
    shutil.rmtree(outer, ignore_errors=True)
    os.close(descriptor)
