"""From the logits of overlapping windows to finished cells.

A cell is a sum over its windows in a fixed order, so that its bytes depend neither on when the
windows were classified nor on which process did it.
"""

from collections.abc import Sequence

import numpy as np

from lcapp.classes import NO_CLASS
from lcapp.pipeline.zone.store import Index, Store
from lcapp.pipeline.zone.windows import Tiling
from lcapp.types import Bools, Bytes, Floats


def finish(store: Store, tiling: Tiling, cell: Index, sizes: Sequence[int]) -> None:
    """Blend a cell when all its windows are there, and drop the windows nothing else needs.

    In one of several processes the windows of an earlier part may not be there yet: such a cell
    is left to the last call.

    Args:
        store: State of the run.
        tiling: Its windows.
        cell: Which one.
        sizes: Classes of each map, whose logits follow one another.
    """
    windows = list(tiling.windows_on(cell))
    if store.has_cell(cell) or not all(map(store.has_window, windows)):
        return
    store.put_cell(cell, *_blend(store, tiling, cell, windows, sizes))
    for window in windows:
        if all_finished(store, tiling, window):
            store.drop_window(window)


def all_finished(store: Store, tiling: Tiling, window: Index) -> bool:
    """All cells that a window has a share in are finished."""
    return all(map(store.has_cell, tiling.cells_of(window)))


def _blend(
    store: Store, tiling: Tiling, cell: Index, windows: Sequence[Index], sizes: Sequence[int]
) -> tuple[Bytes, Floats]:
    """Classes and their probability, M h w of the cell, from the windows' weighted logits."""
    rows, cols = tiling.cell(cell)
    shape = (rows.stop - rows.start, cols.stop - cols.start)
    weight = np.zeros(shape, np.float32)
    answers = []
    for window in windows:
        logits = store.window(window)
        if not len(logits):
            continue
        inside, there = _common(tiling.window(window), (rows, cols))
        part = logits[:, *inside]  # K h w
        seen = ~np.isnan(part[0])
        weights = np.where(seen, tiling.weights(window)[inside], 0)
        weight[there] += weights
        answers.append((part, there, seen, weights))
    rims = weight == 0  # where only windows answered that do not count there, all of them do
    for _, there, seen, weights in answers:
        weights += seen & rims[there]
    total = np.zeros((sum(sizes), *shape), np.float32)
    weight[:] = 0
    for part, there, _, weights in answers:
        total[:, *there] += np.nan_to_num(part) * weights
        weight[there] += weights
    # The weights sum to 1 but for windows that could not be classified.
    total /= np.where(weight > 0, weight, 1)
    return _decide(total, weight > 0, sizes)


def _decide(logits: Floats, seen: Bools, sizes: Sequence[int]) -> tuple[Bytes, Floats]:
    """The class of each pixel and its probability, M h w: of each map among its own classes."""
    classes = np.full((len(sizes), *seen.shape), NO_CLASS, np.uint8)
    confidence = np.full(classes.shape, np.nan, np.float32)
    for number, one in enumerate(np.split(logits, np.cumsum(sizes)[:-1])):
        best = one - one.max(axis=0)
        classes[number][seen] = best.argmax(axis=0)[seen]
        confidence[number][seen] = (1 / np.exp(best).sum(axis=0))[seen]
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
