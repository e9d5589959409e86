"""What landscapes are made of: fields, woods, houses, ways, waters."""
