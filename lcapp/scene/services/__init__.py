"""Scenes of any place: the aerial image and the year from services on the network."""
