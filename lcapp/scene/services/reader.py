"""A place anywhere as a source of one scene: `place:6.12,48.69`."""

from collections.abc import Collection as Names
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lcapp.errors import SceneError
from lcapp.scene.pairs import read_pair
from lcapp.scene.reader import Ids, Reader, SceneHeader
from lcapp.scene.services.fetch import fetch_place
from lcapp.scene.services.here import Fetched, on_disk
from lcapp.scene.services.place import LOOKS, parse_place
from lcapp.scene.zone.area import Area
from lcapp.scene.zone.image import open_zone
from lcapp.sensors import AERIAL, NDSM_IMAGE, SENTINEL2
from lcapp.types import Scene


class Places(Reader):
    """A place: nothing is fetched before its scene is read, and what is here already never again.

    Attributes:
        place: What the source means; None for a source of another kind.
    """

    kind = "place"
    looks = LOOKS

    def __init__(self, source: str) -> None:
        self.place = parse_place(source)
        self.ids: Sequence[str] = Ids(() if self.place is None else (self.place.id,))

    def header(self, scene_id: str) -> SceneHeader:
        """Where it lies; asks nobody."""
        assert self.place is not None
        return SceneHeader(scene_id, self.place.grid, frozenset((AERIAL, SENTINEL2)), False)

    def scene(self, scene_id: str, names: Names[str] | None = None) -> Scene:
        """The place, fetched where it is not on this disk."""
        assert self.place is not None
        found = fetch_place(self.place, series=names is None or SENTINEL2 in names)
        read = read_pair(found.aerial, found.series, masks=found.masks, units=self.units)
        return replace(read, id=scene_id)

    def labels(self, scene_id: str) -> Scene:
        """Services have none."""
        return Scene(scene_id, self.kind, self.header(scene_id).grid)

    def files(self, scene_id: str) -> Sequence[Path]:
        """Those that are on this disk."""
        assert self.place is not None
        found = on_disk(self.place) or on_disk(self.place, series=False)
        return () if found is None else found.files

    def region(self, region: str, names: Names[str] | None, uses: Names[str]) -> Area:
        """The whole place as a zone."""
        assert self.place is not None
        if names is not None and NDSM_IMAGE in names:
            raise SceneError(f"there is no {NDSM_IMAGE}", where=self.place.id)
        wanted = names is None or SENTINEL2 in {*names, *uses}
        return zone_of(fetch_place(self.place, series=wanted), self)


def zone_of(found: Fetched, reader: Reader) -> Area:
    """What was fetched as a zone, in the units that are stated of it."""
    return open_zone(found.aerial, found.series, None, found.masks, units=reader.units)
