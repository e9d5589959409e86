"""Predictions, and references where there are any, become numbers and tables."""
