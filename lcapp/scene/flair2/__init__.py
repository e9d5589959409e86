"""FLAIR #2 folders."""
