"""How the aerial image that guides a series may fail it, drawn for one visit of a scene.

Training meets images that lie on each other, of one day and one radiometry. In use Sentinel-2 lies
some metres off, what throws a shadow or moves is elsewhere, and colours are another sensor's.
"""

from dataclasses import dataclass

import numpy as np
import torch

from lcapp.prepare import resampling_matrix
from lcapp.sensors import AERIAL_GSD, SR_FACTOR
from lcapp.types import Floats

METRES = 3.0
"""Largest shift of the guide."""

FAR_SHARE = 0.3
"""Of the disturbed visits: a shift of up to `METRES`. The others shift by half a metre at most,
which is what registration leaves."""

_NEAR = 0.5
_PATCHES = 3
_SIDES = (3, 12)
"""SR pixels of what has moved or lies in shadow."""

_SHADE = 0.45
"""Light that is left in a shadow."""


@dataclass(frozen=True, eq=False)
class Disturbance:
    """What happens to a guide.

    Attributes:
        shift: South and east, SR pixels.
        gain: Four factors of the spectral bands around the middle of their range.
        offset: What is added to them then.
        moved: Row, column, height and width of places that show another place, whose row and
            column follow, all in SR pixels.
        shaded: Row, column, height and width of shadows.
    """

    shift: tuple[float, float]
    gain: Floats
    offset: Floats
    moved: tuple[tuple[int, ...], ...]
    shaded: tuple[tuple[int, ...], ...]

    @classmethod
    def drawn(cls, generator: torch.Generator, height: int, width: int) -> "Disturbance":
        """One for an image of that many SR pixels."""

        def uniform(low: float, high: float) -> float:
            return low + (high - low) * float(torch.rand(1, generator=generator))

        def whole(below: int) -> int:
            return int(torch.randint(max(below, 1), (1,), generator=generator))

        def box() -> tuple[int, int, int, int]:
            least, most = _SIDES
            rows, cols = (min(least + whole(most - least), size) for size in (height, width))
            return whole(height - rows + 1), whole(width - cols + 1), rows, cols

        reach = METRES if uniform(0, 1) < FAR_SHARE else _NEAR
        angle, far = uniform(0, 2 * np.pi), reach * uniform(0, 1) / (SR_FACTOR * AERIAL_GSD)
        moved = []
        for _ in range(whole(_PATCHES)):
            row, col, rows, cols = box()
            moved.append((row, col, rows, cols, whole(height - rows + 1), whole(width - cols + 1)))
        return cls(
            shift=(far * float(np.sin(angle)), far * float(np.cos(angle))),
            gain=np.array([uniform(0.85, 1.15) for _ in range(4)], np.float32),
            offset=np.array([uniform(-0.1, 0.1) for _ in range(4)], np.float32),
            moved=tuple(moved),
            shaded=tuple(box() for _ in range(whole(_PATCHES))),
        )

    def image(self, aerial: Floats) -> Floats:
        """A guide's image, A Hs Ws with the spectral bands first, disturbed."""
        image = aerial.copy()
        for row, col, rows, cols, from_row, from_col in self.moved:
            other = aerial[:, from_row : from_row + rows, from_col : from_col + cols]
            image[:, row : row + rows, col : col + cols] = other
        spectral = len(self.gain)
        for row, col, rows, cols in self.shaded:
            place = image[:spectral, row : row + rows, col : col + cols]
            place[:] = _SHADE * (place + 1) - 1
        image[:spectral] = self.gain[:, None, None] * image[:spectral] + self.offset[:, None, None]
        south, east = (
            resampling_matrix(size, np.arange(size) - by)
            for size, by in zip(image.shape[1:], self.shift, strict=True)
        )
        shifted: Floats = (south @ image @ east.T).astype(np.float32)
        return shifted
