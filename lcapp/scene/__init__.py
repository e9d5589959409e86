"""READ: collections and rasters in, frozen `types.Scene` out; and GeoTIFF out again.

The only room that opens rasters. `open_collection` recognises TreeSatAI-TS folders, FLAIR #2
folders and folders of plain pairs; `read_pair` reads a single aerial image with its series;
`split_of` says which scenes train, validate and test; `lcapp.scene.export` writes results. What a
file lacks is None in the scene, what a reader had to assume is a note in it, and what cannot be
used is a `SceneError`.
"""

from lcapp.scene.collection import Collection, open_collection
from lcapp.scene.geotiff import read_pair
from lcapp.scene.reader import SceneHeader
from lcapp.scene.splits import Split, domains, split_of

__all__ = [
    "Collection",
    "SceneHeader",
    "Split",
    "domains",
    "open_collection",
    "read_pair",
    "split_of",
]
