"""Windows across the borders of FLAIR-HUB patches, joined from what each patch has of them."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcapp.sensors import MODALITIES, PATCH_PIXELS
from lcapp.types import Bools, Floats, Grid, Image, Scene, Series

Position = tuple[int, int]
"""Row and column of a patch in its region, from the north-west."""

Parts = Mapping[Position, Scene]
"""The patches that a window shows."""


def touched(rows: slice, cols: slice) -> Iterator[Position]:
    """Positions of the patches that a window shows, row by row."""
    for row in range(rows.start // PATCH_PIXELS, -(-rows.stop // PATCH_PIXELS)):
        for col in range(cols.start // PATCH_PIXELS, -(-cols.stop // PATCH_PIXELS)):
            yield row, col


def _scaled(rows: slice, cols: slice, pixels: int) -> tuple[slice, slice]:
    """A window in pixels of which a patch has so many a side."""
    if (rows.stop - rows.start, cols.stop - cols.start) != (PATCH_PIXELS, PATCH_PIXELS):
        raise ValueError(
            f"expected a window of {PATCH_PIXELS} x {PATCH_PIXELS}, got {rows}, {cols}"
        )
    if (rows.start * pixels) % PATCH_PIXELS or (cols.start * pixels) % PATCH_PIXELS:
        raise ValueError(f"row {rows.start}, column {cols.start} cut through a pixel")
    top, left = rows.start * pixels // PATCH_PIXELS, cols.start * pixels // PATCH_PIXELS
    return slice(top, top + pixels), slice(left, left + pixels)


def shared(
    at: Position, rows: slice, cols: slice, pixels: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """What a patch and a window share, counted in the patch and in the window."""
    inside, there = [], []
    for number, span in zip(at, (rows, cols), strict=True):
        begin = number * pixels
        start, stop = max(begin, span.start), min(begin + pixels, span.stop)
        inside.append(slice(start - begin, stop - begin))
        there.append(slice(start - span.start, stop - span.start))
    return (inside[0], inside[1]), (there[0], there[1])


def joined_image(parts: Parts, name: str, rows: slice, cols: slice, grid: Grid) -> Image:
    """A window's image of one modality; 0 where there is no patch.

    A date that not all of its patches have is no date of the window.
    """
    images = {at: one.images[name] for at, one in parts.items()}
    first, pixels = next(iter(images.values())), MODALITIES[name].pixels
    values = _joined({at: one.pixels for at, one in images.items()}, rows, cols, pixels)
    date = first.date if len({one.date for one in images.values()}) == 1 else None
    seen = {
        at: np.ones(one.pixels.shape[1:], np.bool_) if one.seen is None else one.seen
        for at, one in images.items()
    }
    there: Bools = _joined(seen, rows, cols, pixels)
    own = grid.divided(pixels)
    return Image(values, first.bands, own, date, first.source, None if there.all() else there)


def _joined(
    values: Mapping[Position, NDArray[Any]], rows: slice, cols: slice, pixels: int
) -> NDArray[Any]:
    """A window, ... h w, of patches of so many pixels a side."""
    span = _scaled(rows, cols, pixels)
    first = next(iter(values.values()))
    whole = np.zeros((*first.shape[:-2], pixels, pixels), first.dtype)
    for at, one in values.items():
        inside, there = shared(at, *span, pixels)
        whole[..., *there] = one[..., *inside]
    return whole


def joined_series(parts: Parts, name: str, rows: slice, cols: slice, grid: Grid) -> Series:
    """A window's series on the days that all its patches have, in the first one's order."""
    series = {at: one.series[name] for at, one in parts.items()}
    numbered = {at: _numbered(one) for at, one in series.items()}
    first, *others = numbered.values()
    days = [day for day in first if all(day in other for other in others)]
    pixels, example = MODALITIES[name].pixels, next(iter(series.values()))

    def join(values_of: Callable[[Series], Floats | None]) -> Floats | None:
        cut = {}
        for at, one in series.items():
            values = values_of(one)
            if values is None:
                return None
            cut[at] = values[[numbered[at][day] for day in days]]
        return _joined(cut, rows, cols, pixels)

    values = join(lambda one: one.values)
    assert values is not None
    return Series(
        values,
        example.bands,
        tuple(day for day, _ in days),
        example.offsets[: len(days)],
        grid.divided(pixels),
        join(lambda one: one.cloud),
        join(lambda one: one.snow),
        example.source,
    )


def _numbered(series: Series) -> dict[tuple[Any, int], int]:
    """Each image by its day, and by which of that day's images it is."""
    so_far: Counter[Any] = Counter()
    places = {}
    for place_in_file, day in enumerate(series.dates):
        places[day, so_far[day]] = place_in_file
        so_far[day] += 1
    return places
