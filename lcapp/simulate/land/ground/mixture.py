"""The ground as cells of mixed surfaces, to be averaged before the day is known."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from lcapp.simulate.land.ground.surface import Doubles
from lcapp.simulate.land.landscape import Landscape
from lcapp.simulate.land.texture import patches
from lcapp.types import Bools, Floats

Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Mixture:
    """E portions of ground, each of one surface and within one square cell.

    Attributes:
        x: E, metres from the plan's corner to the east, the cell's centre.
        y: E, likewise to the south.
        cell: E, number of the cell, row by row.
        surface: E, index into the landscape's surfaces.
        area: E, square metres.
        light: E, square metres times tone.
        patch: E, about -1..1: richer or poorer ground (`texture.patches`).
    """

    x: Floats
    y: Floats
    cell: Indices
    surface: Indices
    area: Doubles
    light: Doubles
    patch: Floats

    def outside(self, box: tuple[float, float, float, float]) -> "Mixture":
        """What lies outside west, north, east and south."""
        west, north, east, south = box
        inside = (self.x > west) & (self.x < east) & (self.y > north) & (self.y < south)
        return self._only(~inside)

    def _only(self, kept: Bools) -> "Mixture":
        return Mixture(*(getattr(self, one.name)[kept] for one in fields(self)))


def joined(mixtures: Sequence[Mixture]) -> Mixture:
    """All portions; cell numbers are those that each had."""
    return Mixture(
        *(
            np.concatenate([getattr(mixture, one.name) for mixture in mixtures])
            for one in fields(Mixture)
        )
    )


def mixture(place: Landscape, factor: int, key: int) -> Mixture:
    """Gather a landscape's pixels into cells.

    Args:
        place: On its grid; pixels at the right and bottom that fill no cell are left out.
        factor: Pixels along a cell.
        key: Of the place's random fields.
    """
    rows, cols = len(place.y) // factor, len(place.x) // factor
    inner = (slice(rows * factor), slice(cols * factor))
    count = len(place.surfaces)
    cell = np.repeat(np.arange(rows), factor)[:, None] * cols + np.repeat(np.arange(cols), factor)
    keys, portion, pixels = np.unique(
        (cell * count + place.index[inner]).ravel(), return_inverse=True, return_counts=True
    )
    pixel_area = gsd_of(place) ** 2
    tone = np.bincount(portion.ravel(), weights=place.tone[inner].ravel()).astype(np.float64)
    x = place.x[inner[1]].reshape(cols, factor).mean(axis=1)
    y = place.y[inner[0]].reshape(rows, factor).mean(axis=1)
    at = keys // count
    return Mixture(
        x=x[at % cols],
        y=y[at // cols],
        cell=at,
        surface=keys % count,
        area=pixels * pixel_area,
        light=tone * pixel_area,
        patch=patches(x, y, key).ravel()[at],
    )


def gsd_of(place: Landscape) -> float:
    """Metres from one of its pixels to the next."""
    return float(place.x[-1] - place.x[0]) / (len(place.x) - 1)


@dataclass(frozen=True, eq=False)
class Footprints:
    """What each pixel of a coarse sensor averages.

    Attributes:
        usual: P N, share of each surface in the signal, times tone.
        patchy: P N, the same, times the patch.
        size: Rows and columns of the P pixels.
    """

    usual: Doubles
    patchy: Doubles
    size: tuple[int, int]

    def reflectance(self, spectra: Doubles, contrasts: Doubles) -> Doubles:
        """T C H W, from the surfaces' spectra and contrasts, T N C each."""
        seen = self.usual @ spectra + self.patchy @ contrasts  # T P C
        days, _, bands = seen.shape
        return seen.transpose(0, 2, 1).reshape(days, bands, *self.size)

    def average(self, values: Doubles) -> Doubles:
        """H W, the mean of a number that each of N surfaces has."""
        shares = self.usual / self.usual.sum(axis=1, keepdims=True)
        mean: Doubles = (shares @ values).reshape(self.size)
        return mean


def footprints(
    ground: Mixture,
    count: int,
    corner: tuple[float, float],
    size: tuple[int, int],
    pixel: float,
    blur: float,
) -> Footprints:
    """Weigh portions of ground by a Gaussian point spread around each pixel's centre.

    Args:
        ground: Cells that are small beside the blur.
        count: N, surfaces there are.
        corner: Left and top of the pixels' grid, metres in the plan.
        size: Rows and columns of it.
        pixel: Metres.
        blur: Standard deviation of the point spread in metres.

    Raises:
        ValueError: Some pixel sees no ground at all.
    """
    rows, cols = size
    right, down = (ground.x - corner[0]) / pixel, (ground.y - corner[1]) / pixel
    col, row = np.floor(right).astype(np.intp), np.floor(down).astype(np.intp)
    usual, patchy = np.zeros((2, rows * cols * count))
    area = np.zeros(rows * cols)
    # At four standard deviations and more the weight is below 1 in 2000.
    reach = math.ceil(4.0 * blur / pixel + 0.5)
    for below in range(-reach, reach + 1):
        tall = _weight(down - row - below - 0.5, pixel, blur)
        for beside in range(-reach, reach + 1):
            i, j = row + below, col + beside
            seen = (i >= 0) & (i < rows) & (j >= 0) & (j < cols)
            weight = tall[seen] * _weight(right - col - beside - 0.5, pixel, blur)[seen]
            at = (i * cols + j)[seen]
            place = at * count + ground.surface[seen]
            light = weight * ground.light[seen]
            np.add.at(usual, place, light)
            np.add.at(patchy, place, light * ground.patch[seen])
            np.add.at(area, at, weight * ground.area[seen])
    if not area.all():
        raise ValueError("expected ground under every pixel")
    shape = (rows * cols, count)
    return Footprints(
        usual.reshape(shape) / area[:, None], patchy.reshape(shape) / area[:, None], size
    )


def _weight(pixels_away: Floats, pixel: float, blur: float) -> Floats:
    weight: Floats = np.exp(-0.5 * (pixels_away * (pixel / blur)) ** 2)
    return weight
