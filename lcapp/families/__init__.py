"""Families of networks, a folder each; `family` holds the one door to them all."""
