"""Scenes that no sensor has seen, with a known truth: for learning, for the demo and for tests.

A domain (`domain`) has a style of landscape, a light, a soil and a year of weather. A plan in
metres (`styles`, `countryside`) is photographed at 0.2 m (`aerial`), recorded for a year at 10 m
(`sentinel2`) and known at 1.6 m (`truth`); `zones` and `draw` bring the three together. They are
written in FLAIR #2's format (`collection`, `flair2`) or, with all modalities, in FLAIR-HUB's
(`flairhub`). Every collection says that it is simulated.
"""
