"""How the LR crop and the SR grid map onto each other, to the fraction of a pixel.

METHOD.md section 1: the tile covers 10.24 LR pixels, not 10, and the pixel centres of the deeper
levels are those of stride-2 3x3 convolutions with padding 1: pixel j of level l lies on pixel
2^l j of level 0. The cubic convolution (a = -0.5; Keys, 1981) is written as a pair of 1-D
matrices, so that NumPy and torch give the same numbers; torch's own bicubic filters differ in a.
D(.) is no such filter: it blurs as the satellite does (`sensors.point_spread`), or what is measured
would disagree with the truth itself.
"""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcapp.sensors import COMMON_BANDS, SR_FACTOR, point_spread
from lcapp.types import Floats, Grid, Window, Windows

COMMON = tuple(COMMON_BANDS.values())
"""The bands that the aerial image has as well."""

_DEVIATIONS = 4.0
"""Where the point spread is cut off."""

_LOBES = 5
"""Of Lanczos' kernel, to either side."""

_TOLERANCE = 0.01
"""Share of an LR pixel by which it may lie outside the footprint and still count as inside."""


def cubic_convolution(distance: ArrayLike) -> NDArray[np.float64]:
    """Kernel with a = -0.5 at a distance in pixels; support 2."""
    x = np.abs(np.asarray(distance, dtype=np.float64))
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return np.where(x <= 1.0, near, np.where(x < 2.0, far, 0.0))


def resampling_matrix(n_in: int, centres: ArrayLike, scale: float = 1.0) -> Floats:
    """One axis of a resampling by cubic convolution, with the edge pixels repeated.

    Args:
        n_in: Pixels of the input axis; pixel i has its centre at i.
        centres: n_out, centres of the output pixels in these coordinates.
        scale: Output pixel size in input pixels; where it is larger than 1 the kernel is
            stretched by it, which removes what the output cannot carry (antialiasing).

    Returns:
        n_out x n_in, float32; each row sums to 1 (but of nothing, n_in = 0, nothing is made).
    """
    where = np.asarray(centres, dtype=np.float64)  # n_out
    stretch = max(1.0, scale)
    return _matrix(n_in, where, lambda far: cubic_convolution(far / stretch), 2.0 * stretch)


def blurring_matrix(n_in: int, centres: ArrayLike, deviation: float) -> Floats:
    """One axis of a Gaussian point spread, with the edge pixels repeated.

    Args:
        n_in: Pixels of the input axis; pixel i has its centre at i.
        centres: n_out, centres of the output pixels in these coordinates.
        deviation: Of the point spread, in input pixels.

    Returns:
        n_out x n_in, float32; each row sums to 1 (but of nothing, n_in = 0, nothing is made).
    """
    return _matrix(
        n_in,
        np.asarray(centres, dtype=np.float64),
        lambda far: np.exp(-0.5 * np.square(far / deviation)),
        _DEVIATIONS * deviation,
    )


def moving_matrix(size: int, by: float) -> Floats:
    """One axis of an image moved by a part of a pixel, with the edge pixels repeated.

    By Lanczos' kernel, which keeps more of the finest detail than cubic convolution.

    Args:
        size: Pixels of the axis.
        by: Pixels by which what is seen goes on towards higher indices.

    Returns:
        size x size, float32; each row sums to 1.
    """
    lobes = float(_LOBES)
    return _matrix(
        size,
        np.arange(size, dtype=np.float64) - by,
        lambda far: np.sinc(far) * np.sinc(far / lobes) * (abs(far) < lobes),
        lobes,
    )


def _matrix(
    n_in: int,
    where: NDArray[np.float64],
    kernel: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    support: float,
) -> Floats:
    """Weights of a kernel around each of the `where`, n_out x n_in."""
    if not n_in:
        return np.zeros((len(where), 0), np.float32)
    reach = math.ceil(support)
    taps = np.floor(where)[:, None] + np.arange(-reach, reach + 2)  # n_out n_taps
    weights = kernel(taps - where[:, None])
    weights /= weights.sum(axis=1, keepdims=True)
    # Repeating the edge pixel outwards is the same as adding its copies' weights to it.
    columns = np.clip(taps, 0, n_in - 1).astype(np.intp)
    matrix = np.zeros((len(where), n_in))
    np.add.at(matrix, (np.arange(len(where))[:, None], columns), weights)
    return matrix.astype(np.float32)


def apply_window(image: NDArray[np.floating], window: Window) -> Floats:
    """Resample the last two axes: ... H_in W_in -> ... H_out W_out.

    NaN reaches only the outputs of its own leading index: an absent month stays absent and
    leaves the others alone.
    """
    resampled = window.rows @ image @ np.swapaxes(window.cols, -1, -2)
    return resampled.astype(np.float32, copy=False)  # type: ignore[no-any-return]


def footprint_windows(
    lr_grid: Grid,
    sr_grid: Grid,
    bands: Collection[str] = COMMON,
    levels: int = 3,
    beyond: float = _TOLERANCE,
) -> Windows:
    """The exact windows of a tile in its LR crop.

    Level l maps the encoder's pixels (ceil(n_lr / 2^l), centred on LR pixels 2^l j) onto the
    denoiser's stage l (ceil(n_sr / 2^l), centred on SR pixels 2^l j).

    Args:
        lr_grid: The crop of the series.
        sr_grid: 1.6 m over the aerial image, in the same CRS; its extent is the footprint.
        bands: Of the series: each has its point spread.
        levels: Scales of z.
        beyond: Share of an LR pixel by which it may lie outside the footprint and still count as
            inside; D takes the image to go on there as it ends.
    """
    lr, sr = lr_grid.transform, sr_grid.transform
    rows = _Axis(lr_grid.height, sr_grid.height, (sr.f - lr.f) / lr.e, sr.e / lr.e, beyond)
    cols = _Axis(lr_grid.width, sr_grid.width, (sr.c - lr.c) / lr.a, sr.a / lr.a, beyond)
    spreads = list(dict.fromkeys(map(point_spread, bands)))
    if len(spreads) > 1:
        spreads = list(map(point_spread, bands))
    return Windows(
        levels=tuple(Window(rows.level(level), cols.level(level)) for level in range(levels)),
        down=Window(rows.down(spreads), cols.down(spreads)),
        up=Window(rows.up(), cols.up()),
        inside=(rows.inside(), cols.inside()),
    )


@lru_cache(maxsize=8)
def coarsening_window(height: int, width: int, factor: int = SR_FACTOR) -> Window:
    """From a grid to its `Grid.coarser`, with antialiasing: H W -> H/f W/f.

    Args:
        height: Rows, a multiple of the factor.
        width: Columns, likewise.
        factor: Width of an output pixel in input pixels.
    """

    def axis(size: int) -> Floats:
        # Pixel 0 of the coarser grid is centred between input pixels f/2 - 1 and f/2.
        centres = factor * (np.arange(size // factor) + 0.5) - 0.5
        return resampling_matrix(size, centres, factor)

    return Window(axis(height), axis(width))


@dataclass(frozen=True)
class _Axis:
    """Both grids along one axis.

    Attributes:
        n_lr: LR pixels.
        n_sr: SR pixels.
        start: Where the footprint begins, in LR pixels from the crop's edge.
        step: Width of an SR pixel in LR pixels.
        beyond: Share of an LR pixel by which it may lie outside and still count as inside.
    """

    n_lr: int
    n_sr: int
    start: float
    step: float
    beyond: float

    def level(self, level: int) -> Floats:
        """From level `level` of the LR encoder to the denoiser's stage of that index."""
        stride = 2**level
        return resampling_matrix(
            math.ceil(self.n_lr / stride), self._on_lr(stride) / stride, self.step
        )

    def _on_lr(self, stride: int = 1) -> NDArray[np.float64]:
        """Centres of every `stride`-th SR pixel, in LR pixels of the crop."""
        sr_pixels = stride * np.arange(math.ceil(self.n_sr / stride))
        # The edge of LR pixel 0 lies half a pixel before its centre.
        return np.asarray(self.start + (sr_pixels + 0.5) * self.step - 0.5, np.float64)

    def inside(self) -> slice:
        """The LR pixels that lie in the footprint as a whole; may be none."""
        first = max(0, math.ceil(self.start - self.beyond))
        end = self.start + self.n_sr * self.step
        return slice(first, max(first, min(self.n_lr, math.floor(end + self.beyond))))

    def down(self, spreads: Sequence[float]) -> Floats:
        """From the SR grid to the LR pixels that lie inside: one matrix, or one a spread."""
        inside = self.inside()
        lr_centres = np.arange(inside.start, inside.stop) + 0.5 - self.start
        centres = lr_centres / self.step - 0.5
        matrices = [blurring_matrix(self.n_sr, centres, one / self.step) for one in spreads]
        return matrices[0] if len(matrices) == 1 else np.stack(matrices)

    def up(self) -> Floats:
        """From the LR pixels that lie inside to the SR grid."""
        inside = self.inside()
        return resampling_matrix(
            inside.stop - inside.start, self._on_lr() - inside.start, self.step
        )
