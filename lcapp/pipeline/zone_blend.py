"""From the logits of overlapping windows to finished cells.

A cell is a sum over its windows in a fixed order, so that its bytes depend neither on when the
windows were classified nor on which process did it.
"""

from collections.abc import Sequence

import numpy as np

from lcapp.pipeline.zone_store import Index, Store
from lcapp.pipeline.zone_windows import Tiling
from lcapp.types import Bytes, Floats

NO_CLASS = 255
"""In the class map: there is no aerial image, or no window there could be classified."""


def finish(store: Store, tiling: Tiling, cell: Index) -> None:
    """Blend a cell when all its windows are there, and drop the windows nothing else needs.

    In one of several processes the windows of an earlier part may not be there yet: such a cell
    is left to the last call.
    """
    windows = list(tiling.windows_on(cell))
    if store.has_cell(cell) or not all(map(store.has_window, windows)):
        return
    store.put_cell(cell, *_blend(store, tiling, cell, windows))
    for window in windows:
        if all_finished(store, tiling, window):
            store.drop_window(window)


def all_finished(store: Store, tiling: Tiling, window: Index) -> bool:
    """All cells that a window has a share in are finished."""
    return all(map(store.has_cell, tiling.cells_of(window)))


def _blend(
    store: Store, tiling: Tiling, cell: Index, windows: Sequence[Index]
) -> tuple[Bytes, Floats]:
    """Classes and their probability, h w of the cell, from the weighted logits of its windows."""
    rows, cols = tiling.cell(cell)
    shape = (rows.stop - rows.start, cols.stop - cols.start)
    weight = np.zeros(shape, np.float32)
    total: Floats | None = None  # K h w
    for window in windows:
        logits = store.window(window)
        if not len(logits):
            continue
        if total is None:
            total = np.zeros((len(logits), *shape), np.float32)
        inside, there = _common(tiling.window(window), (rows, cols))
        part = logits[:, *inside]
        weights = np.where(np.isnan(part[0]), 0, tiling.weights(window)[inside])
        total[:, *there] += np.nan_to_num(part) * weights
        weight[there] += weights
    if total is None:
        return np.full(shape, NO_CLASS, np.uint8), np.full(shape, np.nan, np.float32)
    seen = weight > 0
    # The weights sum to 1 but for windows that could not be classified.
    total /= np.where(seen, weight, 1)
    total -= total.max(axis=0)
    classes = np.where(seen, total.argmax(axis=0), NO_CLASS).astype(np.uint8)
    confidence: Floats = np.where(seen, 1 / np.exp(total).sum(axis=0), np.nan).astype(np.float32)
    return classes, confidence


def _common(
    window: tuple[slice, slice], cell: tuple[slice, slice]
) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """The pixels that a window and a cell share, counted in each of them."""
    inside, there = [], []
    for one, other in zip(window, cell, strict=True):
        start, stop = max(one.start, other.start), min(one.stop, other.stop)
        inside.append(slice(start - one.start, stop - one.start))
        there.append(slice(start - other.start, stop - other.start))
    return tuple(inside), tuple(there)
