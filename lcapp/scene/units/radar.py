"""Backscatter of Sentinel-1: tags obeyed, gaps and fill found."""

import numpy as np

from lcapp.scene.arrays import Array
from lcapp.scene.units.series import Tags
from lcapp.types import Bools, Floats

LOWEST, HIGHEST = -60.0, 10_000.0
"""Of backscatter, linear or in decibels: -60 dB lies below any noise, 10,000 (40 dB) above any
city. The usual fills lie beyond: -9999, -32768, 65535, the lowest float."""


def backscatter(
    stored: Array, tags: Tags, absent: Bools | None, name: str
) -> tuple[Floats, tuple[str, ...]]:
    """As the file means it, NaN where there is no datum.

    A pixel of a date is absent in all bands or in none: what one of them lacks, the other's noise
    removal has not seen either. 0 in all bands is what that leaves beyond the swath.

    Args:
        stored: T C H W.
        tags: Of its layers.
        absent: T C H W, where the file says that there is no datum.
        name: Of the modality, for notes.

    Returns:
        T C H W; and notes.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.array(stored, np.float32)
        empty = (values == 0).all(axis=1)  # T H W
        if not tags.silent:
            values *= tags.scales[:, :, None, None].astype(np.float32)
            values += tags.offsets[:, :, None, None].astype(np.float32)
        fill = ~((values >= LOWEST) & (values <= HIGHEST))
    if absent is not None:
        fill &= ~absent
    gaps = empty | fill.any(axis=1)
    if absent is not None:
        gaps |= absent.any(axis=1)
    values[np.broadcast_to(gaps[:, None], values.shape)] = np.nan
    notes = []
    if not tags.silent:
        scale, offset = tags.scales[0, 0], tags.offsets[0, 0]
        notes.append(f"Tags of {name} were applied: scale {scale:g}, offset {offset:g}.")
    if fill.any():
        notes.append(
            f"{fill.mean():.1%} of {name} cannot be measured (such as {stored[fill][0]:.6g}): "
            "taken for fill, though no tag declares it, and left out."
        )
    if gaps.any():
        notes.append(f"{gaps.mean():.1%} of {name} holds no datum.")
    return values, tuple(notes)
