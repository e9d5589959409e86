"""Predictions, and references where there are any, become numbers."""

from lcapp.evaluate.areas import ClassArea, class_areas
from lcapp.evaluate.consistency import lr_consistency

__all__ = ["ClassArea", "class_areas", "lr_consistency"]
