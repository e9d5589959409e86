"""The series as a whole laid onto the aerial image.

For each shift of a grid the aerial image is brought to 10 m where the satellite's pixels then lie,
and the gradients of every month and band are regressed on those of what it shows. Values would not
do: a field that has changed since pulls its edges into it. What is left unexplained makes a
likelihood, -n/2 log(rest) over the months and bands; with a prior of where Sentinel-2 lies, its
mean and its spread are the shift and how sure it is. Where the edges run one way, the direction
along them stays at the prior, and the spread says so.

The aerial image is seen by its bands, by their squares (bytes are brighter than the light in the
shadows; what is mixed at 10 m is the light), by low heights (a hedge and a wood are alike there),
and by cast shadows (`shadows`).
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from lcapp.prepare.inputs import InputSpec
from lcapp.prepare.registration.shadows import cast_shadows
from lcapp.prepare.scaling import unscale
from lcapp.prepare.windows import (
    apply_window,
    blurring_matrix,
    coarsening_window,
    footprint_windows,
)
from lcapp.sensors import NDSM, SR_FACTOR, point_spread
from lcapp.types import DateShift, Floats, Prepared, Registration

PRIOR = 4.0
"""Metres, deviation on each axis of where a series lies: 3 m of the satellite (ESA's data quality
reports), and of centres that FLAIR #2 gives in whole pixels."""

REACH = 12.0
"""Metres: no shift beyond is looked for."""

SURE = 1.0
"""Metres; a shift whose deviation is larger on an axis is undecided there."""

INDEPENDENT = 0.8
"""Of the gradients of one month and band, how many count as independent, over all months and
bands: so the stated deviation is that of the errors on simulated scenes with known shifts."""

SHADOWS_UNTOLD = 0.8
"""Metres, what shadows do without heights to tell them by, on each axis."""

_GRIDS = ((2.0, REACH), (1.0, 4.0), (0.5, 2.5))
"""Metres from one shift to the next and to either side, each around the one before."""

_HELD = 2.5
"""Deviations that a grid must reach to either side."""

_RIM = 3.0
"""Metres from the border of the tile within which no pixel's centre may lie."""

_RIDGE = 0.0006
"""Of gradients in units of each image's deviation."""

_UNEXPLAINABLE = 0.05
"""Share of a band's variance that no image explains: noise."""

_FLAT = 1e-6
_FLATTEST = 0.05
"""Variance and deviation, on the scale of [-1, 1], that tell nothing."""

_LOW = 4.0
"""Metres: what is higher counts as that."""

_SEEN = 0.98
"""Share of a pixel's footprint that must have an image."""

Doubles = NDArray[np.float64]


UNDECIDED = (
    "Nothing tells to the metre where Sentinel-2 lies beside the aerial image: it was moved to "
    "where it is most likely to lie, see shift."
)


def registered(prepared: Prepared, spec: InputSpec, dates: tuple[DateShift, ...] = ()) -> Prepared:
    """The scene, its series laid where it shows what the aerial image shows.

    Args:
        prepared: As it came; its dates lie on each other.
        spec: Of its bands.
        dates: By how much they have been moved for that.

    Returns:
        The same with its `registration`, and `lr_grid`, windows and notes as that is.
    """
    images = _images(prepared, spec)
    shift, spread = _found(prepared, images)
    east, north = (float(one) for one in shift)
    deviation = float(spread[0]), float(spread[1])
    registration = Registration(east, north, deviation, max(deviation) <= SURE, dates)
    lr = prepared.lr_grid
    # It shows what lies that far back.
    lr = replace(lr, transform=Affine.translation(-east, -north) @ lr.transform)
    return replace(
        prepared,
        lr_grid=lr,
        windows=footprint_windows(lr, prepared.sr_grid, prepared.series_bands),
        registration=registration,
        notes=prepared.notes if registration.decided else (*prepared.notes, UNDECIDED),
    )


def _images(prepared: Prepared, spec: InputSpec) -> Floats:
    """What the aerial image shows at 1.6 m: A Hs Ws; what it lacks is not among it."""
    grid = prepared.sr_grid
    height, width = (SR_FACTOR * size for size in (grid.height, grid.width))
    beyond = [(0, 0), (0, height - prepared.hr_grid.height), (0, width - prepared.hr_grid.width)]
    found = {
        band: plane
        for band, plane in zip(prepared.aerial_bands, prepared.aerial, strict=True)
        if band not in prepared.neutral_bands
    }
    heights = found.pop(NDSM, None)
    planes = [*found.values(), *(((one + 1) / 2) ** 2 * 2 for one in found.values())]
    if heights is not None:
        metres = unscale(heights, spec.scaling(NDSM))
        planes += [heights, np.clip(metres, 0, _LOW) / (_LOW / 2)]
    if not planes:
        return np.zeros((0, grid.height, grid.width), np.float32)
    fine = np.pad(np.stack(planes).astype(np.float32), beyond, mode="edge")
    images = apply_window(fine, coarsening_window(height, width))
    if heights is None:
        return images
    metres = unscale(images[len(planes) - 2], spec.scaling(NDSM))
    return np.concatenate([images, 2 * cast_shadows(metres, grid.gsd)])


def _found(prepared: Prepared, images: Floats) -> tuple[Doubles, Doubles]:
    """East and north in metres, and their deviations."""
    place = _Place.of(prepared)
    shift, spread, widest = np.zeros(2), np.full(2, PRIOR), 0.0
    for step, reach in _GRIDS:
        if _HELD * widest > reach:
            break  # this grid would cut off what is likely
        around = np.arange(-reach, reach + step / 2, step)
        middle = np.zeros(2) if reach == REACH else shift
        chances = place.log_likelihood(images, middle[0] + around, middle[1] + around)
        if chances is None:
            return shift, spread
        east, north = np.meshgrid(middle[0] + around, middle[1] + around)
        chances = chances - (east**2 + north**2) / (2 * PRIOR**2)
        weight = np.exp(chances - chances.max())
        weight /= weight.sum()
        shift = np.array([(weight * east).sum(), (weight * north).sum()])
        off = np.stack([east - shift[0], north - shift[1]])
        # Between two shifts of the grid nothing is told.
        variances = (weight * off**2).sum(axis=(1, 2)) + step**2 / 12
        spread = np.sqrt(variances)
        widest = math.sqrt(np.linalg.eigvalsh(np.einsum("hw,ihw,jhw->ij", weight, off, off))[-1])
    untold = 0.0 if _has_heights(prepared) else SHADOWS_UNTOLD
    return shift, np.hypot(spread, untold)


def _has_heights(prepared: Prepared) -> bool:
    return NDSM in prepared.aerial_bands and NDSM not in prepared.neutral_bands


@dataclass(frozen=True, eq=False)
class _Place:
    """The months of a scene and where their pixels lie by their own account.

    Attributes:
        months: N h w, all present months and bands, scaled.
        east: w, centres of the pixels, metres from the left of the SR grid.
        south: h, likewise from its top.
        gsd: Metres of an SR pixel.
        size: Rows and columns of the SR grid.
        spread: Deviation of the point spread, SR pixels.
        seen: Hs Ws, share of each SR pixel that has an image; None: all of all.
    """

    months: Floats
    east: Doubles
    south: Doubles
    gsd: float
    size: tuple[int, int]
    spread: float
    seen: Floats | None

    @classmethod
    def of(cls, prepared: Prepared) -> "_Place":
        lr, sr = prepared.lr_grid, prepared.sr_grid
        months = prepared.series[prepared.present]
        seen = None
        if prepared.seen is not None:
            height, width = (SR_FACTOR * size for size in (sr.height, sr.width))
            part = np.zeros((1, height, width), np.float32)
            part[0, : prepared.seen.shape[0], : prepared.seen.shape[1]] = prepared.seen
            seen = apply_window(part, coarsening_window(height, width))[0]
        widest = max(map(point_spread, prepared.series_bands))
        return cls(
            months.reshape(-1, *months.shape[2:]),
            lr.transform.c - sr.transform.c + lr.gsd * (np.arange(lr.width) + 0.5),
            sr.transform.f - lr.transform.f + lr.gsd * (np.arange(lr.height) + 0.5),
            sr.gsd,
            (sr.height, sr.width),
            widest * lr.gsd / sr.gsd,
            seen,
        )

    def log_likelihood(self, images: Floats, east: Doubles, north: Doubles) -> Doubles | None:
        """Of each shift, north by east; None where too few pixels tell."""
        rows, south = self._inside(self.south, -float(north.mean()), self.size[0])
        cols, right = self._inside(self.east, float(east.mean()), self.size[1])
        if min(len(south), len(right)) < 3 or not len(images):
            return None
        down = np.stack([self._blurring(self.size[0], south + by) for by in north])  # N h Hs
        across = np.stack([self._blurring(self.size[1], right - by) for by in east])  # E w Ws
        seen = images if self.seen is None else np.concatenate([images, self.seen[None]])
        low = (down[:, None] @ seen)[:, None] @ across.swapaxes(1, 2)[None, :, None]  # N E A h w
        kept = np.ones(low.shape[-2:], bool)
        if self.seen is not None:
            kept, low = low[:, :, -1].min(axis=(0, 1)) >= _SEEN, low[:, :, :-1]
        spread = low.std(axis=(3, 4)) + _FLATTEST  # N E A
        predictors = _gradients(low, kept) / spread[..., None]
        values = _gradients(self.months[:, rows, cols], kept)  # T n
        pixels = values.shape[1]
        if (free := pixels - len(images)) < 1:
            return None
        square = predictors @ predictors.swapaxes(2, 3)  # N E A A
        product = predictors @ values.T  # N E A T
        ridge = _RIDGE * pixels * np.eye(len(images))
        coefficients = np.linalg.solve(square + ridge, product)
        told = (2 * coefficients * product - coefficients * (square @ coefficients)).sum(axis=2)
        total = np.maximum((values**2).sum(axis=1), _FLAT * pixels)
        rest = np.clip(1 - told / total, 0, 1) + _UNEXPLAINABLE
        chances: Doubles = -INDEPENDENT * free / 2 * np.log(rest).mean(axis=2)
        return chances

    def _inside(self, centres: Doubles, off: float, size: int) -> tuple[slice, Doubles]:
        """The pixels of an axis that lie in the tile if they lie so far off."""
        places = centres - off
        inside = np.flatnonzero((places >= _RIM) & (places <= size * self.gsd - _RIM))
        if not len(inside):
            return slice(0, 0), centres[:0]
        found = slice(int(inside[0]), int(inside[-1]) + 1)
        return found, centres[found]

    def _blurring(self, size: int, metres: Doubles) -> Floats:
        return blurring_matrix(size, metres / self.gsd - 0.5, self.spread)


def _gradients(images: NDArray[np.floating], kept: NDArray[np.bool_]) -> Doubles:
    """... h w -> ... n: of the inner pixels, to the east and then to the south, where kept."""
    whole = kept[1:-1, 1:-1] & kept[1:-1, 2:] & kept[1:-1, :-2] & kept[2:, 1:-1] & kept[:-2, 1:-1]
    east = (images[..., 1:-1, 2:] - images[..., 1:-1, :-2])[..., whole] / 2
    south = (images[..., 2:, 1:-1] - images[..., :-2, 1:-1])[..., whole] / 2
    return np.concatenate([east, south], axis=-1).astype(np.float64)
