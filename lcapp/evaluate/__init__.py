"""Predictions, and references where there are any, become numbers."""

from lcapp.evaluate.areas import class_areas
from lcapp.evaluate.consistency import lr_consistency, year_consistency

__all__ = ["class_areas", "lr_consistency", "year_consistency"]
