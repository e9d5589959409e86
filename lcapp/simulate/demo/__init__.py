"""DEMO: the scenes that come with the app."""
