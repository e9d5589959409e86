"""SKETCH: a plan in the making: lines, lots of land, and what is put on them."""
