"""FLAIR-HUB folders."""
