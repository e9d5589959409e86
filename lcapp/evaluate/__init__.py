"""Predictions, and references where there are any, become numbers and tables.

`agreement` says what follows from a confusion matrix, `fidelity` how a super-resolved year stands
beside its truth; `records` are what is kept of each scene, `class_figures` and `series_figures`
make rows of them, `tables` CSV and LaTeX of the rows. `scores` and `fidelity` need torch, and are
imported from their own modules: this one is free of it.
"""

from lcapp.evaluate.areas import class_areas
from lcapp.evaluate.consistency import lr_consistency, year_consistency

__all__ = ["class_areas", "lr_consistency", "year_consistency"]
