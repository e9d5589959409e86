"""SURVEY: a whole collection at a glance, as one picture and as numbers."""
