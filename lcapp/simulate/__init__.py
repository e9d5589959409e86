"""Scenes that no sensor has seen, with a known truth, for the demo and for tests.

A plan in metres (`countryside`, `landscape`) is photographed at 0.2 m (`aerial`), recorded for a
year at 10 m (`sentinel2`) and written in FLAIR #2's format (`flair2`) or, with all modalities, in
FLAIR-HUB's (`flairhub`). Every collection says that it is simulated.
"""

from lcapp.simulate.flair2 import demo_collection, simulate
from lcapp.simulate.flairhub import simulate_flairhub

__all__ = ["demo_collection", "simulate", "simulate_flairhub"]
