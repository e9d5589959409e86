"""GeoTIFFs: opened with checks, written whole."""
