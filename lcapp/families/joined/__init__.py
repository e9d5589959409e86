"""Models joined to one, of whatever families: `model` runs them, `write` makes the bundle."""
