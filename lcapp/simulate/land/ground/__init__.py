"""GROUND: what it is made of, what grows on it over the year, and how it looks to a sensor."""
