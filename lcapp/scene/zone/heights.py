"""Heights above ground over a zone: each window gets its own part of them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rasterio.windows import Window

from lcapp.errors import SceneError
from lcapp.scene.rasters.aerial import opened, refuse_result
from lcapp.scene.rasters.companions import check_companion
from lcapp.scene.rasters.heights import HeightUnit, height_unit, heights_in
from lcapp.types import Bools, Floats, Grid


@dataclass(frozen=True)
class ZoneHeights:
    """Heights above ground in their file.

    Attributes:
        path: GeoTIFF or JPEG 2000, on the grid of the zone.
        unit: Of its values.
    """

    path: Path
    unit: HeightUnit

    def read(self, rows: slice, cols: slice, valid: Bools) -> Floats:
        """Heights of a window, h w in metres; 0 where there is no aerial image.

        Raises:
            SceneError: They cannot be read, or have a gap where there is an image.
        """
        with opened(self.path) as dataset:
            window = Window.from_slices(rows, cols)
            found, fill = heights_in(dataset, [0], self.unit, window)
        values = found[0]
        gaps = np.isnan(values)
        values[gaps] = 0.0
        if (gaps & valid).any():
            such = "" if fill is None else f" ({fill:g} is none, though no tag declares it)"
            raise SceneError(
                f"has no height in {(gaps & valid).sum()} of {gaps.size} pixels from row "
                f"{rows.start}, column {cols.start} on{such}",
                where=self.path,
                expected="a height above ground, in metres, wherever there is an aerial image",
                advice="fill the gaps (gdal_fillnodata.py) or leave the file out",
            )
        return values


def open_heights(path: Path, grid: Grid, stated: str) -> ZoneHeights:
    """Check that heights lie on a zone; their values are not read.

    Args:
        path: The file.
        grid: Of the zone.
        stated: Unit, as `rasters.heights.height_unit` takes it.

    Raises:
        SceneError: Unreadable, another place, or a unit that is not known.
    """
    with opened(path) as dataset:
        refuse_result(dataset, path)
        check_companion(dataset, path, grid)
        return ZoneHeights(path, height_unit(dataset, path, stated))
