"""READ: collections and rasters in, frozen `types.Scene` out; and GeoTIFF out again.

The only room that opens rasters. `open_collection` recognises TreeSatAI-TS folders, FLAIR #2
folders and folders of plain pairs; `read_pair` reads a single aerial image with its series;
`lcapp.scene.export` writes results. What a file lacks is None in the scene, what a reader had to
assume is a note in it, and what cannot be used is a `SceneError`.
"""

from lcapp.scene.collection import Collection, open_collection
from lcapp.scene.geotiff import read_pair
from lcapp.scene.reader import SceneHeader

__all__ = ["Collection", "SceneHeader", "open_collection", "read_pair"]
