"""READ: collections and rasters in, frozen `types.Scene` out; and GeoTIFF out again.

The only room that opens rasters. `open_collection` recognises TreeSatAI-TS, FLAIR #2 and
FLAIR-HUB folders and folders of plain pairs; `read_pair` reads a single aerial image with its
series; `patch` reads all modalities of a FLAIR-HUB patch; `scenes_at` finds scenes by their place;
`split_of` says which scenes train, validate and test; `lcapp.scene.export` writes results. What a
file lacks is None in the scene, what a reader had to assume is a note in it, and what cannot be
used is a `SceneError`.
"""

from lcapp.scene.collection import Collection, open_collection
from lcapp.scene.coordinates import WGS84
from lcapp.scene.geotiff import read_pair
from lcapp.scene.patches import find_patch, footprints, patch, patches_at, rois
from lcapp.scene.places import scenes_at
from lcapp.scene.reader import SceneHeader
from lcapp.scene.splits import Split, domains, split_of

__all__ = [
    "WGS84",
    "Collection",
    "SceneHeader",
    "Split",
    "domains",
    "find_patch",
    "footprints",
    "open_collection",
    "patch",
    "patches_at",
    "read_pair",
    "rois",
    "scenes_at",
    "split_of",
]
