"""Overlapping windows over a zone, and how their answers are blended.

Along each axis the windows follow one another at `window - overlap` pixels; the last one is moved
back so that it ends with the zone. A zone that is smaller than a window is one smaller window.

Two cuts of the same zone: *windows* overlap and are what a network sees, *cells* do not and are
what is written. Cell i reaches from the start of window i to the start of the next one, so in
row-major order it can be blended as soon as window i is done.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lcapp.errors import RunError
from lcapp.types import Floats


@dataclass(frozen=True)
class Layout:
    """Size of the windows and how they overlap, in pixels.

    Attributes:
        window: Side of a window.
        overlap: What two neighbours share, at most half a window; the weights change over it as a
            raised cosine.
        rim: Outermost pixels of a window that do not count where a neighbour has them: a network
            sees nothing beyond its window, and errs most there. Twice the rim is less than the
            overlap. With a rim as wide as a network's reach the windows leave no trace at all.

    Raises:
        RunError: Sizes that do not go together.
    """

    window: int = 512
    overlap: int = 128
    rim: int = 16

    @classmethod
    def of(cls, window: int, overlap: int) -> "Layout":
        """With a rim of an eighth of the overlap, as in the default."""
        return cls(window, overlap, overlap // 8)

    def __post_init__(self) -> None:
        if self.window < 2:
            raise RunError(f"window is {self.window}", expected="at least two pixels")
        if not 0 <= self.overlap <= self.window // 2:
            raise RunError(
                f"overlap is {self.overlap}",
                expected=f"0 to {self.window // 2}: at most half of a window of {self.window}",
            )
        if self.rim < 0 or (self.rim and 2 * self.rim >= self.overlap):
            raise RunError(
                f"rim is {self.rim}",
                expected=f"0 or more, and less than half of the overlap of {self.overlap}",
            )


@dataclass(frozen=True)
class Axis:
    """The windows along one axis.

    Attributes:
        size: Pixels of the zone.
        layout: Of the windows.
    """

    size: int
    layout: Layout

    def __len__(self) -> int:
        beyond = self.size - self.layout.window
        step = self.layout.window - self.layout.overlap
        return 1 + max(0, -(-beyond // step))

    def start(self, index: int) -> int:
        """First pixel of a window."""
        step = self.layout.window - self.layout.overlap
        return max(0, min(index * step, self.size - self.layout.window))

    def window(self, index: int) -> slice:
        """Pixels of a window."""
        start = self.start(index)
        return slice(start, min(start + self.layout.window, self.size))

    def cell(self, index: int) -> slice:
        """Pixels of a cell."""
        last = index == len(self) - 1
        return slice(self.start(index), self.size if last else self.start(index + 1))

    def windows_on(self, cell: int) -> range:
        """The windows that show some pixel of a cell; the last is the cell's own."""
        first = cell
        while first > 0 and self.window(first - 1).stop > self.start(cell):
            first -= 1
        return range(first, cell + 1)

    def cells_of(self, window: int) -> range:
        """The cells of which a window shows some pixel; the first is the window's own."""
        last = window
        while last + 1 < len(self) and self.start(last + 1) < self.window(window).stop:
            last += 1
        return range(window, last + 1)

    def weights(self, index: int) -> Floats:
        """What each pixel of a window counts; over all windows the weights of a pixel sum to 1."""
        span = self.window(index)
        pixels = np.arange(span.start, span.stop)
        neighbours = self._overlapping(index)
        total = sum(self._bump(other, pixels) for other in neighbours)
        weights: Floats = (self._bump(index, pixels) / total).astype(np.float32)
        return weights

    def _overlapping(self, index: int) -> range:
        # Windows that share a cell with this one are all that can share a pixel with it.
        return range(self.windows_on(index).start, self.cells_of(index).stop)

    def _bump(self, index: int, pixels: NDArray[np.int64]) -> NDArray[np.float64]:
        """1 in the middle of a window, falling to 0 at its edges, except at the zone's own."""
        span, layout = self.window(index), self.layout
        height: NDArray[np.float64] = ((pixels >= span.start) & (pixels < span.stop)).astype("f8")
        ramp = max(layout.overlap - 2 * layout.rim, 1)
        for depth, is_border in (
            (pixels - span.start, span.start == 0),
            (span.stop - 1 - pixels, span.stop == self.size),
        ):
            if layout.overlap and not is_border:
                along = np.clip((depth - layout.rim + 0.5) / ramp, 0.0, 1.0)
                height *= np.sin(np.pi / 2 * along) ** 2
        return height


@dataclass(frozen=True)
class Tiling:
    """The windows over a zone; an index is (row, column) among the windows.

    Attributes:
        rows: From north to south.
        cols: From west to east.
    """

    rows: Axis
    cols: Axis

    @classmethod
    def over(cls, height: int, width: int, layout: Layout) -> "Tiling":
        """The windows over a zone of that many pixels."""
        return cls(Axis(height, layout), Axis(width, layout))

    def __len__(self) -> int:
        return len(self.rows) * len(self.cols)

    def indices(self, part: tuple[int, int] = (0, 1)) -> Iterator[tuple[int, int]]:
        """Row by row, all of them or those of one of several processes (rank, processes)."""
        rank, processes = part
        for number in range(len(self) * rank // processes, len(self) * (rank + 1) // processes):
            yield divmod(number, len(self.cols))

    def window(self, index: tuple[int, int]) -> tuple[slice, slice]:
        """Pixels of a window."""
        return self.rows.window(index[0]), self.cols.window(index[1])

    def cell(self, index: tuple[int, int]) -> tuple[slice, slice]:
        """Pixels of a cell."""
        return self.rows.cell(index[0]), self.cols.cell(index[1])

    def windows_on(self, cell: tuple[int, int]) -> Iterator[tuple[int, int]]:
        """The windows that show some pixel of a cell, row by row."""
        cols = self.cols.windows_on(cell[1])
        return ((row, col) for row in self.rows.windows_on(cell[0]) for col in cols)

    def cells_of(self, window: tuple[int, int]) -> Iterator[tuple[int, int]]:
        """The cells of which a window shows some pixel, row by row."""
        cols = self.cols.cells_of(window[1])
        return ((row, col) for row in self.rows.cells_of(window[0]) for col in cols)

    def weights(self, window: tuple[int, int]) -> Floats:
        """H W of a window; over all windows the weights of a pixel sum to 1."""
        return np.outer(self.rows.weights(window[0]), self.cols.weights(window[1]))
