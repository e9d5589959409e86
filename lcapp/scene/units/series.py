"""What the numbers of a series mean: decided once for a file.

By what its tags say, by what a person states, else by most of its values: never by the largest,
which one glinting pixel sets, nor by a window, which may be dark. What lies beyond the bounds of
what a sensor can measure is fill that no tag declares, and is left out.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.io import DatasetReader

from lcapp.errors import SceneError
from lcapp.scene.arrays import Array, StoredArray
from lcapp.sensors import DIGITAL_NUMBERS_PER_REFLECTANCE
from lcapp.types import Floats

LOWEST, HIGHEST = -2000.0, 30000.0
"""Digital numbers (reflectance -0.2 to 3): sun glint and clouds stay below 2.4, corrections for the
atmosphere above -0.1. The usual fills lie beyond: -32768, -9999, 32767, 65535, the lowest float."""

FACTORS = {
    "reflectance": DIGITAL_NUMBERS_PER_REFLECTANCE,
    "percent": DIGITAL_NUMBERS_PER_REFLECTANCE / 100,
    "digital-numbers": 1.0,
}
"""Unit to what makes digital numbers of its values."""

_IN_WORDS = {
    "reflectance": "reflectance, not digital numbers",
    "percent": "reflectance in per cent",
    "digital-numbers": "digital numbers (reflectance x 10000)",
}
_TAGS = {
    **dict.fromkeys(("reflectance", "surface reflectance"), "reflectance"),
    **dict.fromkeys(("%", "percent", "per cent", "pourcent"), "percent"),
    **dict.fromkeys(("dn", "digital number", "digital numbers", "counts"), "digital-numbers"),
}
"""What people write as the unit of a band."""

_NO_UNIT = (
    *("1", "unitless", "none", "-", "unknown", "undefined"),
    *("m", "metre", "meter", "foot", "ft", "us survey foot"),  # of a vertical CRS, says GDAL
)

_MOST_REFLECTANCE, _LEAST_NUMBER = 2.0, 50.0
"""The middle value of a year of reflectance lies below the one, of digital numbers above the other:
the darkest water has 100. Between them may be per cent."""

SAMPLED = 2**20
"""Values of a file that decide, evenly over it."""


@dataclass(frozen=True, eq=False)
class Tags:
    """What GDAL's tags say of the layers of a series, T C each.

    Attributes:
        scales: 1 where nothing is declared.
        offsets: Added after the scale; 0 where nothing is declared.
        units: As written, without the empty ones.
    """

    scales: NDArray[np.float64]
    offsets: NDArray[np.float64]
    units: frozenset[str]

    @property
    def silent(self) -> bool:
        """They change no value."""
        return bool((self.scales == 1).all() and not self.offsets.any())


def tags_of(dataset: DatasetReader, order: Array) -> Tags:
    """The tags of an open raster.

    Args:
        dataset: The raster.
        order: T C, which of its bands is which, from 0.
    """
    units = (dataset.units[place] for place in order.ravel())
    return Tags(
        np.array(dataset.scales, np.float64)[order],
        np.array(dataset.offsets, np.float64)[order],
        frozenset(unit for unit in units if unit),
    )


@dataclass(frozen=True, eq=False)
class SeriesUnit:
    """How the numbers of a file become digital numbers.

    Attributes:
        name: Key of `FACTORS`.
        tags: Of its layers; None where the format has none.
        notes: How it was decided, and what was left out.
    """

    name: str
    tags: Tags | None
    notes: tuple[str, ...]

    @property
    def taken_off(self) -> Floats | None:
        """T, what the tags take off in digital numbers; None where they do not."""
        if self.tags is None or not self.tags.offsets.any():
            return None
        taken: Floats = (-self.tags.offsets[:, 0] * FACTORS[self.name]).astype(np.float32)
        return taken

    def numbers(self, stored: Array, absent: Array | None = None) -> Floats:
        """Digital numbers, NaN where there is no datum.

        Args:
            stored: T C H W, as in the file.
            absent: Likewise, where the file says that there is none.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            numbers = np.array(stored, np.float32)
            # Sentinel-2 level 2A: the digital number 0 in all bands means "no data".
            empty = (numbers == 0).all(axis=1, keepdims=True)
            if self.tags is not None and not self.tags.silent:
                numbers *= self.tags.scales[:, :, None, None].astype(np.float32)
                numbers += self.tags.offsets[:, :, None, None].astype(np.float32)
            numbers *= np.float32(FACTORS[self.name])
            numbers[~((numbers >= LOWEST) & (numbers <= HIGHEST))] = np.nan
        numbers[np.broadcast_to(empty, numbers.shape)] = np.nan
        if absent is not None:
            numbers[absent] = np.nan
        return numbers


def sampled(values: Array | StoredArray, most: int = SAMPLED) -> Array:
    """T C n: pixels evenly over a file, every one of a small file."""
    step = max(1, math.ceil(math.sqrt(values.size / most)))
    part = values[:, :, ::step, ::step]
    return part.reshape(*part.shape[:2], -1)


def series_unit(
    sample: Array,
    where: Path,
    stated: str = "auto",
    tags: Tags | None = None,
    absent: Array | None = None,
    what: str = "the series",
) -> SeriesUnit:
    """Decide what the numbers of a file are.

    Args:
        sample: T C n, stored values from all over the file.
        where: The file.
        stated: Key of `FACTORS`, or `auto`.
        tags: Of its layers.
        absent: T C n, where the file says that there is no datum.
        what: It holds, in words.

    Raises:
        SceneError: The values fit no unit, or another one than is stated or declared.
    """
    values = np.array(sample, np.float64)
    empty = (values == 0).all(axis=1, keepdims=True)  # T 1 n
    known = np.isfinite(values) & ~empty
    if absent is not None:
        known &= ~absent
    stored = values[known]
    if tags is not None:
        values = values * tags.scales[:, :, None] + tags.offsets[:, :, None]
    measured = values[known]
    likely = measured[(measured >= LOWEST) & (measured <= HIGHEST)]  # in some unit
    middle = float(np.median(likely)) if likely.size else math.nan
    whole = sample.dtype.kind in "iu" and (tags is None or tags.silent)
    told = "auto" if tags is None else _told(tags.units, where)
    name, by = (stated, "as stated") if stated != "auto" else (told, "by its tags")
    if name == "auto":
        name, by = _guess(middle, whole, where, what)
    numbers = likely * FACTORS[name]
    if likely.size and (numbers > HIGHEST).mean() > 0.5:
        raise SceneError(
            f"{what} is in {name} {by}, and most of its values are about {middle:.4g}",
            where=where,
            expected="reflectance of 0 to 1, per cent of 0 to 100, or reflectance x 10000",
            advice="state another unit with --series-unit, or correct the unit of the bands",
        )
    notes = [f"{what[0].upper()}{what[1:]} holds {_IN_WORDS[name]}, {by}."]
    if tags is not None and not tags.silent:
        notes.append(
            f"Its tags were applied: scale {tags.scales[0, 0]:g}, offset {tags.offsets[0, 0]:g}."
        )
    notes += _left_out(stored, measured * FACTORS[name], float(empty.mean()), what)
    return SeriesUnit(name, tags, tuple(notes))


def _guess(middle: float, whole: bool, where: Path, what: str) -> tuple[str, str]:
    """Unit, and by what."""
    if whole:
        return "digital-numbers", "as whole numbers are"
    if math.isnan(middle) or middle >= _LEAST_NUMBER:
        return "digital-numbers", "by the size of most of its values"
    if middle <= _MOST_REFLECTANCE:
        return "reflectance", "by the size of most of its values"
    raise SceneError(
        f"the unit of {what} is not told, and its values are about {middle:.3g}",
        where=where,
        expected="reflectance of 0 to 1, or digital numbers, reflectance x 10000",
        advice="state it with --series-unit reflectance, percent or digital-numbers",
    )


def _told(units: Collection[str], where: Path) -> str:
    units = {unit for unit in units if unit.strip().lower() not in _NO_UNIT}
    found = {_TAGS.get(unit.strip().lower(), unit) for unit in units}
    if not found:
        return "auto"
    if len(found) == 1 and (name := next(iter(found))) in FACTORS:
        return name
    raise SceneError(
        f"its bands have the unit {', '.join(sorted(units))}",
        where=where,
        expected="reflectance, %, or dn for digital numbers; one for all bands",
        advice="correct the unit of the bands",
    )


def _left_out(stored: Array, numbers: Array, empty: float, what: str) -> list[str]:
    """What is said of fill that no tag declares."""
    notes = []
    if empty:
        notes.append(f"{empty:.1%} of {what} is 0 in all bands, which is no datum: left out.")
    beyond = ~((numbers >= LOWEST) & (numbers <= HIGHEST))
    if beyond.any():
        fills, counts = np.unique(stored[beyond], return_counts=True)
        notes.append(
            f"{beyond.mean():.1%} of the values of {what} cannot be measured (most often "
            f"{fills[counts.argmax()]:.6g}): taken for fill, though no tag declares it, and left "
            "out."
        )
    return notes
