"""Layers that read one image, and decoders."""
