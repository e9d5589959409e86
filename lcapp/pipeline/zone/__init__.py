"""Zones: places larger than a window, classified in windows."""
