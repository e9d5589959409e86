"""A super-resolved series made to agree with what Sentinel-2 measured.

Iterative back-projection (Irani and Peleg, 1991): what the series, brought down to the LR grid,
lacks against the measurement is brought up to the SR grid and added. It moves what a 10 m pixel
can tell and leaves the detail within one alone. Not in the paper.
"""

import torch
from torch import Tensor

from lcapp.types import Floats, Windows


def back_project(sr: Tensor, series: Tensor, windows: Windows, rounds: int) -> Tensor:
    """Bring the months nearer to their measurement, most of the way in three rounds.

    Args:
        sr: T C Hs Ws, on any scale.
        series: T C h w, the measured months on the same scale.
        windows: Between the two; LR pixels that the footprint cuts have no say.
        rounds: 0 leaves the series as it is.

    Returns:
        T C Hs Ws.
    """
    rows, cols = windows.inside
    measured = series[..., rows, cols]
    down_rows, down_cols = _on(windows.down.rows, sr), _on(windows.down.cols, sr)
    up_rows, up_cols = _on(windows.up.rows, sr), _on(windows.up.cols, sr)
    for _ in range(rounds):
        lacking = measured - down_rows @ sr @ down_cols.T
        sr = sr + up_rows @ lacking @ up_cols.T
    return sr


def _on(matrix: Floats, like: Tensor) -> Tensor:
    return torch.from_numpy(matrix).to(like)
