"""LAND: what lies where, what grows there, and how high it is."""
