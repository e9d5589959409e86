"""Layers that read a series of images."""
