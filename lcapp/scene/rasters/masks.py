"""Where a raster holds data: no-data values, masks inside and beside a file, alpha."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import MaskFlags
from rasterio.io import DatasetReader
from rasterio.windows import Window

from lcapp.types import Bools


def masked_by(dataset: DatasetReader, channels: Sequence[int]) -> str:
    """What tells where there are pixels, alpha aside, in words; "" where nothing does.

    Args:
        dataset: An open raster.
        channels: The bands that are read, counted from 0.
    """
    by = ["its mask"] * _has_mask(dataset, channels[0])
    values = {dataset.nodatavals[one] for one in channels} - {None}
    by += [f"its no-data value {' or '.join(f'{one:g}' for one in sorted(values))}"] * bool(values)
    return " and ".join(by)


def seen_in(
    dataset: DatasetReader,
    found: NDArray[np.generic],
    channels: Sequence[int],
    alpha: int | None = None,
    window: Window | None = None,
) -> Bools:
    """Where there are pixels, h w.

    A pixel is absent where the alpha channel or a mask is 0, or where every band holds its no-data
    value: one dark band is no absent pixel.

    Args:
        dataset: An open raster.
        found: C h w, what was read from it.
        channels: Of which bands, counted from 0.
        alpha: Its alpha channel, where it has one.
        window: Which part; None for the whole.
    """
    seen = np.ones(found.shape[-2:], np.bool_)
    if alpha is not None:
        seen &= dataset.read(alpha + 1, window=window) > 0
    if _has_mask(dataset, channels[0]):
        masks = dataset.read_masks([one + 1 for one in channels], window=window)
        seen &= (masks > 0).any(axis=0)
    absent = absent_in(dataset, found, channels)
    return seen if absent is None else seen & ~absent.all(axis=0)


def absent_in(
    dataset: DatasetReader, found: NDArray[np.generic], channels: Sequence[int]
) -> Bools | None:
    """C h w: where a band holds the no-data value that is declared for it; None without one."""
    values = [dataset.nodatavals[one] for one in channels]
    if all(value is None for value in values):
        return None
    absent = np.zeros(found.shape, np.bool_)
    for band, value in enumerate(values):
        if value is not None:
            # As the band is typed: in float32 the lowest float is not that of float64.
            with np.errstate(over="ignore"):
                typed = np.float32(value) if found.dtype == np.float32 else value
            absent[band] = np.isnan(found[band]) if np.isnan(value) else found[band] == typed
    return absent


def unmasked_in(
    dataset: DatasetReader, channels: Sequence[int], window: Window | None = None
) -> Bools | None:
    """C h w: where the mask of the file says that there is data; None where it has no mask."""
    if not _has_mask(dataset, channels[0]):
        return None
    masks = dataset.read_masks([one + 1 for one in channels], window=window)
    found: Bools = masks > 0
    return found


def _has_mask(dataset: DatasetReader, channel: int) -> bool:
    """Inside the file or beside it; alpha and plain no-data values are no such mask."""
    flags = set(dataset.mask_flag_enums[channel])
    if MaskFlags.alpha in flags or MaskFlags.all_valid in flags:
        return False
    # Of several bands' no-data values together GDAL makes a mask of the data set.
    return MaskFlags.nodata not in flags or MaskFlags.per_dataset in flags
