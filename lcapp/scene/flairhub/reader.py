"""FLAIR-HUB folders: `DOMAIN_SENSOR_DATATYPE/ROI/DOMAIN_SENSOR_DATATYPE_ROI_row-col.tif`.

Garioud et al., FLAIR-HUB (2025), section III and Table V. A patch is a scene with every modality
that is there. Its series cover the patch and nothing around it: 10 x 10 pixels of 10.24 m.
"""

import re
from collections.abc import Collection as Names
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from lcapp.scene.coordinates import Bounds, converted, distance, inside
from lcapp.scene.flairhub.geopackage import patch_key
from lcapp.scene.flairhub.metadata import SPLIT
from lcapp.scene.flairhub.patches import LISTED, Patches, key_of
from lcapp.scene.flairhub.region import open_roi
from lcapp.scene.names import by_name, composed, is_junk, listed, plain
from lcapp.scene.reader import FolderReader, Ids, SceneHeader, Split
from lcapp.scene.zone.area import Area
from lcapp.sensors import CROPS, IMAGES, LAND_COVER, SERIES
from lcapp.types import Scene

LAMBERT93 = "EPSG:2154"
"""The CRS of the data set."""

_POSITION = re.compile(r"(\d+)-(\d+)\.tif")

_SPLITS: dict[str, Split] = {"train": "train", "valid": "validation", "test": "test"}


class FlairHub(FolderReader):
    """The patches of a FLAIR-HUB root; any modality may be missing.

    An id is `DOMAIN/ROI/row-col`, for instance `D012-2019/AF-S1-27/5-10`. A domain without
    aerial images is listed by another of its modalities.

    Attributes:
        path: The root.
        ids: By domain, ROI, row and column.
        patches: What they hold.
    """

    kind = "flairhub"
    looks = "FLAIR-HUB (D012-2019_AERIAL_RGBI/AF-S1-27/D012-2019_AERIAL_RGBI_AF-S1-27_5-10.tif)"

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.patches = Patches(self.path)
        folders: dict[str, Path] = {}
        for name in LISTED:
            for kind, folder in by_name(self.path.glob(f"D*_{name}")).items():
                folders.setdefault(kind.removesuffix(f"_{name}"), folder)
        found = [
            (domain, roi, row_col, position)
            for domain, folder in folders.items()
            for roi, path in by_name(folder.iterdir()).items()
            if path.is_dir() and not is_junk(roi)
            for row_col, position in _positions(path, composed(f"{folder.name}_{roi}_"))
        ]
        self.ids = Ids(f"{domain}/{roi}/{text}" for domain, roi, _, text in sorted(found))
        self._extents: dict[str, Bounds] = {}

    def header(self, scene_id: str) -> SceneHeader:
        """The first of its modalities, opened but not read."""
        there = self.patches.there(scene_id)
        holds = frozenset(name for name in (*IMAGES, *SERIES) if name in there)
        return SceneHeader(scene_id, self.patches.grid(scene_id), holds, LAND_COVER in there)

    def scene(self, scene_id: str, names: Names[str] | None = None) -> Scene:
        """The patch; SENTINEL2_TS brings its masks along."""
        return self.patches.read(scene_id, names, (LAND_COVER, CROPS), self.units)

    def files(self, scene_id: str) -> Sequence[Path]:
        """Each modality, and the tables that may tell its dates."""
        return (
            *self.patches.there(scene_id).values(),
            *self.patches.metadata.files(key_of(scene_id)),
        )

    def tree(self, scene_id: str) -> Split | None:
        """The official split of the published figures; None where no table tells it."""
        return _SPLITS.get(self.split(scene_id) or "")

    def split(self, scene_id: str, column: str = SPLIT) -> str | None:
        """An official split in the data set's own words (`Metadata.split`)."""
        return self.patches.metadata.split(key_of(scene_id), column)

    def meant(self, name: str) -> str:
        """A patch by its id, the `patch_id` of a metadata table, or the name of one of its files.

        `D012-2019/AF-S1-27/5-10`, `D012-2019_AF-S1-27_5-10`, with or without the modality, and
        `D012-2019_SPOT_RGBI_AF-S1-27_5-10.tif` are one.
        """
        if name in self.ids:
            return name
        last = plain(PurePath(name).name).removesuffix(".tif")
        # A file's name says all; of an id with slashes the last part is the position alone.
        return patch_key(last if "_" in last else name.replace("/", "_")).replace("_", "/")

    def scenes_at(self, x: float, y: float, crs: str) -> Sequence[str]:
        """The patches that hold a point; several where a place was seen in two years.

        Asks the table GLOBAL_ALL_MTD_GEOM where there is one; else looks at the outermost patches
        of each ROI, once, and then at the patches of those ROIs that hold the point.
        """
        east, north = converted(x, y, crs, LAMBERT93)
        told = self.patches.metadata.patches_at(east, north)
        if told is not None:
            keys = frozenset(told)
            return tuple(one for one in self.ids if key_of(one) in keys)
        return tuple(
            one
            for roi, members in self.regions().items()
            if inside(self._extent(roi), east, north)
            for one in members
            if inside(self.patches.grid(one).bounds, east, north)
        )

    def nearest(self, x: float, y: float, crs: str) -> tuple[str, float]:
        """The region of interest next to a point, and the metres to its nearest edge.

        Asks the table GLOBAL_ALL_MTD_GEOM where there is one; else looks at the outermost patches
        of each ROI.
        """
        east, north = converted(x, y, crs, LAMBERT93)
        told = self.patches.metadata.distances(east, north) or {}
        metres: dict[str, float] = {}
        for one in self.ids:
            if (key := key_of(one)) in told:
                roi = one.rpartition("/")[0]
                metres[roi] = min(told[key], metres.get(roi, told[key]))
        if not metres:  # no table, or one of other patches
            metres = {roi: distance(self._extent(roi), east, north) for roi in self.regions()}
        roi = min(metres, key=metres.__getitem__)
        return f"the region of interest {roi}", metres[roi]

    def region(self, region: str, names: Names[str] | None, uses: Names[str]) -> Area:
        """The patches of a region of interest, joined."""
        ids = self.regions()[region]
        return open_roi(self.patches, ids, region, names, uses, self.simulated, self.units)

    def _extent(self, roi: str) -> Bounds:
        """The box around an ROI, from its outermost rows and columns, whichever way they count."""
        if roi not in self._extents:
            position = {
                one: tuple(map(int, one.rpartition("/")[2].split("-")))
                for one in self.regions()[roi]
            }
            by_row = sorted(position, key=lambda one: position[one][0])
            by_col = sorted(position, key=lambda one: position[one][1])
            outermost = {by_row[0], by_row[-1], by_col[0], by_col[-1]}
            bounds = [self.patches.grid(one).bounds for one in outermost]
            wests, souths, easts, norths = zip(*bounds, strict=True)
            self._extents[roi] = (min(wests), min(souths), max(easts), max(norths))
        return self._extents[roi]


def _positions(roi: Path, stem: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Row and column of each patch of a folder, and as written there.

    By names only, as there are 241 100 of them.
    """
    for name in listed(roi):
        found = _POSITION.fullmatch(name.removeprefix(stem))
        if found and name.startswith(stem):
            yield (int(found[1]), int(found[2])), found[0].removesuffix(".tif")
