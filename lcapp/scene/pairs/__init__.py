"""Plain pairs of an aerial GeoTIFF and a series."""
