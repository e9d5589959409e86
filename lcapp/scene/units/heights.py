"""Heights in metres: units and scales obeyed, gaps and fill found."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.io import DatasetReader
from rasterio.windows import Window

from lcapp.errors import SceneError
from lcapp.scene.rasters.formats import check_read
from lcapp.scene.rasters.masks import absent_in, unmasked_in
from lcapp.types import Floats

LOWEST, HIGHEST = -500.0, 9000.0
"""Metres, of land and of what stands on it. What lies beyond is fill: -9999, -32768, 1e38."""

_METRES = {"metres": 1.0, "decimetres": 0.1, "centimetres": 0.01, "feet": 0.3048}
_TAGS = {
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters", "mètre", "mètres"), "metres"),
    **dict.fromkeys(("dm", "decimetre", "decimetres", "decimeter", "décimètre"), "decimetres"),
    **dict.fromkeys(("cm", "centimetre", "centimetres", "centimeter", "centimètre"), "centimetres"),
    **dict.fromkeys(("ft", "foot", "feet", "us survey foot", "us-ft", "pied"), "feet"),
}
"""What people write as the unit of a band."""


@dataclass(frozen=True)
class HeightUnit:
    """How the numbers of a file become metres.

    Attributes:
        metres: Of its unit.
        scale: By its tags.
        offset: Likewise, added after the scale.
        notes: What has to be said of it.
    """

    metres: float
    scale: float
    offset: float
    notes: tuple[str, ...]


def height_unit(dataset: DatasetReader, path: Path, stated: str = "auto") -> HeightUnit:
    """What the numbers of an open file of heights are.

    Args:
        dataset: All its bands are of one kind.
        path: Its file.
        stated: Key of `_METRES`, or `auto`.

    Raises:
        SceneError: A unit that is not known.
    """
    declared = {unit.strip() for unit in dataset.units if unit and unit.strip()}
    found = {_TAGS.get(unit.lower(), unit) for unit in declared} or {"metres"}
    name = stated
    if stated == "auto":
        name = next(iter(found))
        if len(found) > 1 or name not in _METRES:
            raise SceneError(
                f"its heights are in {', '.join(sorted(declared))}",
                where=path,
                expected=", ".join(_METRES),
                advice="correct the unit of the band, or state it with --height-unit",
            )
    scale, offset = dataset.scales[0], dataset.offsets[0]
    if set(dataset.scales) != {scale} or set(dataset.offsets) != {offset}:
        raise SceneError(
            "its bands have different scales", where=path, expected="one scale and one offset"
        )
    notes = []
    if name != "metres":
        notes.append(f"The heights are in {name}, {'as stated' if name == stated else 'by a tag'}.")
    if (scale, offset) != (1.0, 0.0):
        notes.append(f"Tags of the heights were applied: scale {scale:g}, offset {offset:g}.")
    return HeightUnit(_METRES[name], scale, offset, tuple(notes))


def heights_in(
    dataset: DatasetReader,
    channels: Sequence[int],
    unit: HeightUnit,
    window: Window | None = None,
) -> tuple[Floats, float | None]:
    """Metres, C h w; NaN where there is no height.

    Args:
        dataset: An open file of heights.
        channels: Which of its bands, from 0.
        unit: Of the file.
        window: Which part; None for the whole.

    Returns:
        The heights, and a value that was taken for fill though no tag declares it.
    """
    check_read(dataset, len(channels), window)
    stored: NDArray[Any] = dataset.read([one + 1 for one in channels], window=window)
    gaps = ~np.isfinite(stored)
    absent, there = absent_in(dataset, stored, channels), unmasked_in(dataset, channels, window)
    if absent is not None:
        gaps |= absent
    if there is not None:
        gaps |= ~there
    with np.errstate(over="ignore", invalid="ignore"):
        heights = stored.astype(np.float32) * np.float32(unit.scale) + np.float32(unit.offset)
        heights *= np.float32(unit.metres)
    fill = ~gaps & ~((heights >= LOWEST) & (heights <= HIGHEST))
    heights[gaps | fill] = np.nan
    return heights, float(stored[fill][0]) if fill.any() else None
