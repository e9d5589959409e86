"""What super-resolution shows against what was there: where it is right, where not, how sure."""

from lcapp.evaluate.truth.correctness import shares
from lcapp.evaluate.truth.ensemble import ensemble_figures
from lcapp.evaluate.truth.ndvi import moved_most, ndvi
from lcapp.evaluate.truth.parts import by_class, decibels, psnr_within
from lcapp.evaluate.truth.year import Known, details, year_spread

__all__ = [
    "Known",
    "by_class",
    "decibels",
    "details",
    "ensemble_figures",
    "moved_most",
    "ndvi",
    "psnr_within",
    "shares",
    "year_spread",
]
