"""Windows across the borders of FLAIR-HUB patches, joined from what each patch has of them."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcapp.errors import SceneError
from lcapp.scene.flairhub.raster import PIXELS
from lcapp.scene.flairhub.reader import AERIAL, ELEVATION, SENTINEL2, series_grid
from lcapp.scene.series import Acquisitions, assemble
from lcapp.sensors import SENTINEL2_BANDS, SPECTRAL_AERIAL_BANDS
from lcapp.types import Aerial, Floats, Scene
from lcapp.types.patch import MODALITIES, Patch, PatchSeries

Position = tuple[int, int]
"""Row and column of a patch in its region, from the north-west."""

Parts = Mapping[Position, Patch]
"""The patches that a window shows."""


def touched(rows: slice, cols: slice) -> Iterator[Position]:
    """Positions of the patches that a window shows, row by row."""
    for row in range(rows.start // PIXELS, -(-rows.stop // PIXELS)):
        for col in range(cols.start // PIXELS, -(-cols.stop // PIXELS)):
            yield row, col


def _scaled(rows: slice, cols: slice, pixels: int) -> tuple[slice, slice]:
    """A window in pixels of which a patch has so many a side."""
    if (rows.stop - rows.start, cols.stop - cols.start) != (PIXELS, PIXELS):
        raise ValueError(f"expected a window of {PIXELS} x {PIXELS}, got {rows}, {cols}")
    if (rows.start * pixels) % PIXELS or (cols.start * pixels) % PIXELS:
        raise ValueError(f"row {rows.start}, column {cols.start} cut through a pixel")
    top, left = rows.start * pixels // PIXELS, cols.start * pixels // PIXELS
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


def joined_image(parts: Parts, name: str, rows: slice, cols: slice) -> NDArray[Any]:
    """A window's image of one modality, C h w; 0 where there is no patch."""
    images = {at: one.images[name] for at, one in parts.items()}
    return _joined(images, rows, cols, MODALITIES[name].pixels)


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


def joined_series(parts: Parts, name: str, rows: slice, cols: slice) -> PatchSeries:
    """A window's series on the days that all its patches have, in the first one's order."""
    numbered = {at: _numbered(one.series[name]) for at, one in parts.items()}
    first, *others = numbered.values()
    days = [day for day in first if all(day in other for other in others)]

    def join(values_of: Callable[[PatchSeries], Floats | None]) -> Floats | None:
        cut = {}
        for at, one in parts.items():
            values = values_of(one.series[name])
            if values is None:
                return None
            cut[at] = values[[numbered[at][day] for day in days]]
        return _joined(cut, rows, cols, MODALITIES[name].pixels)

    values = join(lambda series: series.values)
    assert values is not None
    return PatchSeries(
        values,
        tuple(day for day, _ in days),
        join(lambda series: series.snow),
        join(lambda series: series.cloud),
    )


def _numbered(series: PatchSeries) -> dict[tuple[Any, int], int]:
    """Each image by its day, and by which of that day's images it is."""
    so_far: Counter[Any] = Counter()
    places = {}
    for place_in_file, day in enumerate(series.dates):
        places[day, so_far[day]] = place_in_file
        so_far[day] += 1
    return places


def scene_of(patch: Patch, collection: str, notes: tuple[str, ...]) -> Scene:
    """A joined patch with its aerial image and its Sentinel-2 series as a scene.

    Raises:
        SceneError: The series is no usable one, or a height is missing.
    """
    series = patch.series[SENTINEL2.name]
    when = Acquisitions(series.dates, np.zeros(len(series.dates), np.float32), named=False)
    masks = (
        None
        if series.snow is None or series.cloud is None
        else np.stack([series.snow, series.cloud], axis=1)  # T 2 H W
    )
    assembled, series_notes = assemble(
        series.values,
        SENTINEL2_BANDS,
        when,
        series_grid(patch.grid),
        masks,
        patch.files[SENTINEL2.name],
    )
    heights = None
    if ELEVATION.name in patch.images:
        surface, terrain = patch.images[ELEVATION.name].astype(np.float32)
        heights = surface - terrain
        if not np.isfinite(heights).all():
            raise SceneError(
                f"{ELEVATION.name} has no height in {(~np.isfinite(heights)).sum()} pixels",
                where=patch.id,
                expected="surface and terrain in metres in every pixel",
            )
    return Scene(
        id=patch.id,
        collection=collection,
        aerial=Aerial(
            patch.images[AERIAL.name],
            SPECTRAL_AERIAL_BANDS,
            patch.grid,
            patch.dates.get(AERIAL.sensor),
        ),
        series=assembled,
        ndsm=heights,
        notes=(*notes, *series_notes),
        simulated=patch.simulated,
    )
