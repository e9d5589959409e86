"""Footprint windows in torch: each scene of a batch with its own (METHOD.md section 1).

Tiles of one size lie at different fractions of a pixel in their crops, so that their matrices
differ and their sizes do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from lcapp.types import Window, Windows


@dataclass(frozen=True, eq=False)
class BatchWindow:
    """One separable resampling per scene: output = rows @ image @ cols.T.

    Attributes:
        rows: B 1 H_out H_in, or B C H_out H_in where bands are not resampled alike.
        cols: B 1 W_out W_in, or B C W_out W_in.
    """

    rows: Tensor
    cols: Tensor

    @classmethod
    def of(cls, windows: Sequence[Window]) -> Self:
        """The windows of a batch, one per scene.

        Raises:
            ValueError: They are not all of one shape.
        """
        shapes = {(window.rows.shape, window.cols.shape) for window in windows}
        if len(shapes) != 1:
            raise ValueError(f"expected windows of one shape, got {sorted(shapes)}")
        rows = torch.from_numpy(np.stack([window.rows for window in windows]))
        cols = torch.from_numpy(np.stack([window.cols for window in windows]))
        return cls(rows, cols) if rows.ndim == 4 else cls(rows[:, None], cols[:, None])

    def __call__(self, images: Tensor, scenes: Tensor | None = None) -> Tensor:
        """Resample images, each by the window of its scene.

        Args:
            images: N C H_in W_in.
            scenes: (N,) int64, the scene of each image; by default image i is of scene i.

        Returns:
            N C H_out W_out, in the type of `images`.
        """
        rows, cols = self.rows.to(images), self.cols.to(images)
        # Autocast would round x_u and D(SR) to three digits, and both are what losses compare with.
        with torch.autocast(images.device.type, enabled=False):
            if len(rows) > 1 and scenes is not None:  # a single one broadcasts
                rows, cols = rows[scenes], cols[scenes]  # N (1 or C) H_out H_in, N ... W_out W_in
            return rows @ images @ cols.mT


def level_windows(windows: Sequence[Windows]) -> tuple[BatchWindow, ...]:
    """For each level of the conditioning encoder, the windows of a batch of scenes."""
    return tuple(
        BatchWindow.of(scenes) for scenes in zip(*(one.levels for one in windows), strict=True)
    )
