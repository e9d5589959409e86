"""A super-resolved series made to agree with what Sentinel-2 measured.

Iterative back-projection (Irani and Peleg, 1991): what the series, brought down to the LR grid,
lacks against the measurement is brought up to the SR grid and added. It moves what a 10 m pixel
can tell and leaves the detail within one alone. Not in the paper.
"""

from collections.abc import Callable

from torch import Tensor

from lcapp.models.windows import BatchWindow
from lcapp.types import Windows

Resample = Callable[[Tensor], Tensor]
"""Images of one grid to another, N C H W each; a `BatchWindow` of one scene is one."""


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
    there, back = BatchWindow.of([windows.down]), BatchWindow.of([windows.up])
    return project(sr, series[..., rows, cols], there, back, rounds)


def project(sr: Tensor, measured: Tensor, down: Resample, up: Resample, rounds: int) -> Tensor:
    """The same with windows that are tensors already, and the pixels that have a say."""
    for _ in range(rounds):
        sr = sr + up(measured - down(sr))
    return sr
