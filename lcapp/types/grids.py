"""Where pixels lie, and how one grid maps onto another."""

import math
from dataclasses import dataclass

from affine import Affine

from lcapp.sensors import SR_FACTOR
from lcapp.types.arrays import Floats


@dataclass(frozen=True)
class Grid:
    """Where pixels lie: north-up, square or nearly square pixels.

    Attributes:
        crs: `EPSG:n` where it has a code, else WKT.
        transform: Pixel corner (column, row) to map coordinates, metres.
        height: Rows.
        width: Columns.
    """

    crs: str
    transform: Affine
    height: int
    width: int

    @property
    def gsd(self) -> float:
        """Ground sampling distance in map units (metres)."""
        return float(self.transform.a)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in map units."""
        west, north = self.transform.c, self.transform.f
        east = west + self.transform.a * self.width
        south = north + self.transform.e * self.height
        return west, south, east, north

    def cut(self, rows: slice, cols: slice) -> "Grid":
        """The grid of a window of this one; both slices have a start and a stop."""
        return Grid(
            self.crs,
            self.transform @ Affine.translation(cols.start, rows.start),
            rows.stop - rows.start,
            cols.stop - cols.start,
        )

    def divided(self, pixels: int) -> "Grid":
        """The same square place in so many rows and columns."""
        scale = Affine.scale(self.width / pixels)
        return Grid(self.crs, self.transform @ scale, pixels, pixels)

    def coarser(self, factor: int = SR_FACTOR) -> "Grid":
        """The grid of pixels `factor` times as wide from the same upper left corner.

        Sizes are rounded up, so the coarser grid covers this one.
        """
        return Grid(
            crs=self.crs,
            transform=self.transform @ Affine.scale(factor),
            height=math.ceil(self.height / factor),
            width=math.ceil(self.width / factor),
        )


@dataclass(frozen=True, eq=False)
class Window:
    """A separable resampling: output = rows @ image @ cols.T.

    Attributes:
        rows: H_out x H_in; C of them where the bands of an image are not resampled alike.
        cols: W_out x W_in, likewise.
    """

    rows: Floats
    cols: Floats


@dataclass(frozen=True, eq=False)
class Windows:
    """How the LR crop and the SR grid map onto each other (METHOD.md section 1).

    Attributes:
        levels: For levels 0, 1, 2 of the conditioning encoder: from that level's pixels over the
            whole LR crop to the denoiser's stage of the same index over the footprint. Level 0
            also gives x_u, the bicubic series on the SR grid.
        down: D(.), what the satellite would measure of an image on the SR grid: to those LR pixels
            of the crop that lie inside the footprint, by the point spread of each band.
        up: From these LR pixels back to the SR grid, bicubic, the edge pixels repeated.
        inside: Row and column slices of these pixels in the LR crop.
    """

    levels: tuple[Window, ...]
    down: Window
    up: Window
    inside: tuple[slice, slice]
