"""INSTRUMENTS: what the plane and the satellite make of the land."""
