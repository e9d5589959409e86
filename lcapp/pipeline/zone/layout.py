"""Which windows suit a zone and a model."""

from lcapp.errors import RunError
from lcapp.pipeline.zone.windows import Layout
from lcapp.scene.zone.area import Area
from lcapp.types import Card

_WINDOW = 512
"""Pixels, where neither model nor zone ask for another side: networks are trained on it."""

_LEAST_WINDOW = 64
"""Pixels: 12.8 m. Smaller windows see next to nothing, and a zone has thousands of them."""


def layout_for(
    zone: Area, card: Card, window: int | None = None, overlap: int | None = None
) -> Layout:
    """Windows that the model takes and that begin with a pixel of all that they hold.

    Args:
        zone: The zone.
        card: Of the model.
        window: Side in pixels; by default what the model takes, or 512.
        overlap: Of two neighbours; by default a quarter of the window, or as much more as the
            pixels of a coarse series need.

    Raises:
        RunError: The model takes other windows, or they would begin within a pixel.
    """
    step = zone.step([name for name in (*card.reads, *card.uses) if name in zone.holds])
    fixed = card.window or (_WINDOW if step > 1 else None)
    if window is not None and fixed not in (None, window):
        raise RunError(f"window is {window}", expected=f"{fixed}, for this model on this zone")
    if window is not None and window < _LEAST_WINDOW:
        raise RunError(
            f"window is {window}",
            expected=f"at least {_LEAST_WINDOW} pixels; networks are trained on {_WINDOW}",
        )
    side = fixed or window or _WINDOW
    if overlap is None:
        overlap = -(-(side // 4) // step) * step
    if overlap % step:
        raise RunError(
            f"overlap is {overlap}",
            expected=f"a multiple of {step} pixels: windows begin with a pixel of all they hold",
        )
    return Layout.of(side, overlap)
