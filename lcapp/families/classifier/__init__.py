"""Classifiers: the methods that the paper is compared with, of one structure and one training."""
