"""EXPLAIN: what a prediction looked at, computed for the pixel that is asked about (NumPy)."""

from lcapp.explain.attention import pixel_attention

__all__ = ["pixel_attention"]
