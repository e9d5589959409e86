"""PREPARE: a scene in physical values becomes what the network takes.

Clouds and snow filtered, acquisitions averaged by calendar month with absent months left absent,
bands in the bundle's order and range, and the exact footprint of the tile in its crop of the
series, as matrices that NumPy and torch both apply; and the months upsampled by what the aerial
image knows (`guided`). For training also what a scene is compared
with (`targets`), the flips and turns of the whole of it (`Symmetry`) and squares of it (`Cut`).
Pure NumPy.
"""

from lcapp.prepare.clouds import clear_dates, cover_percent
from lcapp.prepare.consistency import back_projected, lr_consistency, year_consistency
from lcapp.prepare.crop import crop_to_tile
from lcapp.prepare.cut import Cut
from lcapp.prepare.guide import (
    ADDED_SPREAD,
    MONTH_SPREAD,
    aerial_on_sr,
    guide_channels,
    guided,
    unguided,
)
from lcapp.prepare.inputs import InputSpec, Scaling
from lcapp.prepare.months import months
from lcapp.prepare.prepared import prepare, prepare_image, without_bands, without_month
from lcapp.prepare.scaling import scale, to_digital_numbers, to_reflectance, unscale
from lcapp.prepare.symmetry import SYMMETRIES, Symmetry
from lcapp.prepare.targets import Align, aerial_at_sr, labels_of, nearest_month, targets, truth_of
from lcapp.prepare.windows import apply_window, footprint_windows, resampling_matrix

__all__ = [
    "ADDED_SPREAD",
    "MONTH_SPREAD",
    "SYMMETRIES",
    "Align",
    "Cut",
    "InputSpec",
    "Scaling",
    "Symmetry",
    "aerial_at_sr",
    "aerial_on_sr",
    "apply_window",
    "back_projected",
    "clear_dates",
    "cover_percent",
    "crop_to_tile",
    "footprint_windows",
    "guide_channels",
    "guided",
    "labels_of",
    "lr_consistency",
    "months",
    "nearest_month",
    "prepare",
    "prepare_image",
    "resampling_matrix",
    "scale",
    "targets",
    "to_digital_numbers",
    "to_reflectance",
    "truth_of",
    "unguided",
    "unscale",
    "without_bands",
    "without_month",
    "year_consistency",
]
