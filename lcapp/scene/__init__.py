"""READ: collections and rasters in, frozen `types.Scene` out; and GeoTIFF out again.

The only room that opens rasters. What a file lacks is not in the scene, what a reader had to
assume is a note in it, and what cannot be used is a `SceneError`.
"""
