"""Random fields that are functions of the place: the same at any resolution and in any order."""

import numpy as np
from numpy.typing import NDArray

from lcapp.types import Floats


def lattice(column: NDArray[np.int64], row: NDArray[np.int64], key: int) -> Floats:
    """A number in [0, 1) for each lattice point, by hashing its two indices and a key."""
    mixed = column.astype(np.int64) * 0x9E3779B1 + row.astype(np.int64) * 0x85EBCA77
    # Wrapped before it meets the indices: any key fits 64 bits then.
    bits = ((mixed + (key * 0xC2B2AE3D & 0xFFFFFFFF)) & 0xFFFFFFFF).astype(np.uint32)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        bits ^= bits >> np.uint32(shift)
        bits *= np.uint32(factor)
    bits ^= bits >> np.uint32(16)
    # 24 bits fit a float32 without rounding up to 1.
    return (bits >> np.uint32(8)).astype(np.float32) / np.float32(1 << 24)


def noise(x: Floats, y: Floats, size: float, key: int, octaves: int = 1) -> Floats:
    """Smooth noise of about -1..1 with blobs of `size` metres, finer ones at half the strength.

    Args:
        x: Metres, any shape.
        y: Metres, the same shape.
        size: Metres from one blob to the next, in the coarsest octave.
        key: Another key is another field.
        octaves: How many scales to add up.
    """
    total = np.zeros(np.broadcast(x, y).shape, dtype=np.float32)
    for octave in range(octaves):
        step = size / 2**octave
        total += _smooth(x / step, y / step, key * 31 + octave) * np.float32(0.5**octave)
    return total


def noise_on_grid(x: Floats, y: Floats, size: float, key: int, octaves: int = 1) -> Floats:
    """`noise` at the crossings of columns and rows, many times faster.

    Args:
        x: W, metres, rising.
        y: H, metres, rising.
        size: As for `noise`.
        key: As for `noise`.
        octaves: As for `noise`.

    Returns:
        H W.
    """
    total = np.zeros((len(y), len(x)), dtype=np.float32)
    for octave in range(octaves):
        step = size / 2**octave
        left, across = _weights(x / step)
        top, down = _weights(y / step)
        columns, rows = left + np.arange(across.shape[1]), top + np.arange(down.shape[1])
        values = _corners(columns, rows, key * 31 + octave) * np.float32(0.5**octave)
        total += down @ (values @ across.T)
    return total


def patches(x: Floats, y: Floats, key: int) -> Floats:
    """Where a parcel is richer or poorer: a field of about -1..1 that stays for the year.

    Most of it lies between 25 and 100 m (soil, slope, old field limits), a quarter between 7
    and 25 m, hardly anything below: spots that Sentinel-2 sees and that 1.6 m shows sharper.

    Args:
        x: W, metres, rising.
        y: H, metres, rising.
        key: Of the place.

    Returns:
        H W.
    """
    wide = noise_on_grid(x, y, 95.0, key + 101, octaves=2)
    narrow = noise_on_grid(x, y, 24.0, key + 102, octaves=2)
    return 0.55 * wide + 0.45 * narrow


def _corners(columns: NDArray[np.int64], rows: NDArray[np.int64], key: int) -> Floats:
    return lattice(columns[None, :], rows[:, None], key) * np.float32(2) - np.float32(1)


def _weights(at: Floats) -> tuple[int, Floats]:
    """The first lattice point, and places x lattice points: how much each counts."""
    before = np.floor(at)
    first = int(before.min())
    place = (before - first).astype(np.intp)
    share = _ease(at - before)
    weights = np.zeros((len(at), int(place.max()) + 2), dtype=np.float32)
    number = np.arange(len(at))
    weights[number, place], weights[number, place + 1] = 1 - share, share
    return first, weights


def _smooth(x: Floats, y: Floats, key: int) -> Floats:
    column, row = np.floor(x), np.floor(y)
    fx, fy = _ease(x - column), _ease(y - row)
    # The lattice is small beside the image: look it up instead of hashing at every pixel.
    left, top = int(column.min()), int(row.min())
    columns = np.arange(left, int(column.max()) + 2)
    rows = np.arange(top, int(row.max()) + 2)
    values = _corners(columns, rows, key)
    i, j = (row - top).astype(np.intp), (column - left).astype(np.intp)
    upper = values[i, j] + fx * (values[i, j + 1] - values[i, j])
    lower = values[i + 1, j] + fx * (values[i + 1, j + 1] - values[i + 1, j])
    return upper + fy * (lower - upper)


def _ease(share: Floats) -> Floats:
    """From 0 to 1 with level ends, so that the lattice does not show."""
    return (share * share * (3 - 2 * share)).astype(np.float32)
