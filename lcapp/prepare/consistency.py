"""Whether a super-resolved series still says what Sentinel-2 measured, and how to make it."""

import numpy as np

from lcapp.prepare.windows import apply_window
from lcapp.types import Floats, Windows


def lr_consistency(sr: Floats, monthly: Floats, windows: Windows) -> Floats:
    """Mean absolute difference of D(SR) and LR per month (METHOD.md sections 1 and 7).

    Args:
        sr: M C Hs Ws, reflectance, NaN where absent.
        monthly: M C h w, reflectance on the whole LR crop.
        windows: Of the scene. Only LR pixels that lie inside the footprint are compared.

    Returns:
        M, reflectance; NaN where absent, and throughout for a tile that holds no whole LR pixel.
    """
    rows, cols = windows.inside
    difference = apply_window(sr, windows.down) - monthly[..., rows, cols]  # M C h_in w_in
    if not difference.size:
        absent: Floats = difference.sum(axis=(1, 2, 3)) + float("nan")
        return absent
    mean: Floats = abs(difference).mean(axis=(1, 2, 3))
    return mean


def back_projected(sr: Floats, measured: Floats, windows: Windows, rounds: int) -> Floats:
    """The NumPy version of `models.back_projection`: what D(SR) lacks is brought up and added.

    Args:
        sr: ... C Hs Ws, on any scale.
        measured: ... C h w, the pixels inside the footprint on the same scale.
        windows: Of the scene.
        rounds: How often.

    Returns:
        ... C Hs Ws.
    """
    for _ in range(rounds):
        sr = sr + apply_window(measured - apply_window(sr, windows.down), windows.up)
    return sr


def year_consistency(by_month: Floats) -> float | None:
    """Mean of `lr_consistency` (M) over the present months; None where no month has one."""
    known = by_month[np.isfinite(by_month)]
    return float(known.mean()) if known.size else None
