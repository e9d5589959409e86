"""Choosing what is looked at: a scene of a collection, a place, files of one's own, a model."""
