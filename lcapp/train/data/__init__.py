"""Scenes as batches: read, prepared, turned, cut, drawn."""
