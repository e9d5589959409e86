"""Plain pairs: an aerial GeoTIFF with a series as .npy or as a multi-band GeoTIFF.

In a folder: `NAME_aerial.tif`, `NAME_series.npy` or `.tif`, `NAME_dates.txt`, and where there are
`NAME_masks.npy`, `NAME_ndsm.tif`, `NAME_labels.tif`. A pair is a zone that is one window.
"""

from collections.abc import Collection as Names
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lcapp.errors import SceneError
from lcapp.scene.names import listed, named, one_of, plain
from lcapp.scene.rasters.aerial import inspect_aerial, share_without_image
from lcapp.scene.rasters.companions import read_reference
from lcapp.scene.reader import FolderReader, Ids, SceneHeader
from lcapp.scene.zone.image import open_zone
from lcapp.sensors import AERIAL, NDSM_IMAGE, SENTINEL2
from lcapp.types import AUTOMATIC, Scene, Units

_AERIAL = "_aerial.tif"
_SERIES = ("_series.npy", "_series.tif")
_ENDINGS = (_AERIAL, *_SERIES, "_dates.txt", "_masks.npy", "_ndsm.tif", "_labels.tif")


class Pairs(FolderReader):
    """A folder of plain pairs."""

    kind = "pairs"
    looks = "plain pairs (NAME_aerial.tif with NAME_series.npy or .tif and NAME_dates.txt)"

    def __init__(self, source: str) -> None:
        super().__init__(source)
        names = listed(self.path) if self.path.is_dir() else ()
        self.ids = Ids(sorted(name.removesuffix(_AERIAL) for name in names if _is_aerial(name)))

    def header(self, scene_id: str) -> SceneHeader:
        """The aerial image, opened but not read."""
        there = self._there(scene_id)
        file = inspect_aerial(there.get(_AERIAL, self.path / f"{scene_id}{_AERIAL}"))
        holds = {AERIAL}
        if there.keys() & set(_SERIES):
            holds.add(SENTINEL2)
        if "_ndsm.tif" in there:
            holds.add(NDSM_IMAGE)
        return SceneHeader(scene_id, file.grid, frozenset(holds), "_labels.tif" in there)

    def scene(self, scene_id: str, names: Names[str] | None = None) -> Scene:
        """The aerial image and whatever lies beside it."""
        there = self._there(scene_id)
        series = [there[ending] for ending in _SERIES if ending in there]
        if len(series) > 1:
            raise SceneError(
                f"has two series, {series[0].name} and {series[1].name}",
                where=self.path,
                advice="remove one of them",
            )
        return read_pair(
            there.get(_AERIAL, self.path / f"{scene_id}{_AERIAL}"),
            series[0] if series else None,
            there.get("_dates.txt"),
            there.get("_masks.npy"),
            there.get("_ndsm.tif"),
            there.get("_labels.tif"),
            self.units,
        )

    def labels(self, scene_id: str) -> Scene:
        """Of the aerial image the header alone."""
        grid, labels = self.header(scene_id).grid, self._there(scene_id).get("_labels.tif")
        found = [read_reference(labels, grid)] if labels is not None else []
        references = {one.table.name: one for one in found}
        return Scene(scene_id, self.path.name, grid, references=references)

    def files(self, scene_id: str) -> Sequence[Path]:
        """Those of the pair."""
        return tuple(self._there(scene_id).values())

    def _there(self, scene_id: str) -> dict[str, Path]:
        """Ending to file (`names.one_of`)."""
        files = {ending: one_of(self.path, f"{scene_id}{ending}") for ending in _ENDINGS}
        return {ending: file for ending, file in files.items() if file is not None}


def _is_aerial(name: str) -> bool:
    return name.endswith(_AERIAL) and name != _AERIAL


def read_pair(
    aerial: str | Path,
    series: str | Path | None,
    dates: str | Path | None = None,
    masks: str | Path | None = None,
    ndsm: str | Path | None = None,
    labels: str | Path | None = None,
    units: Units = AUTOMATIC,
) -> Scene:
    """Read one aerial image with its series.

    Args:
        aerial: GeoTIFF or JPEG 2000, uint8, 0.2 m: red, green, blue, near infrared, unless the
            descriptions or the colour interpretation of its bands say otherwise.
        series: .npy, T C H W, 10 m, centred on the aerial image; or a GeoTIFF of T x C bands in
            the aerial CRS. C is B4,B3,B2,B8 or all ten bands; digital numbers or reflectance.
        dates: Text, one ISO date or Sentinel-2 product name a line; a GeoTIFF may instead
            describe its bands as `2021-03-14 B4`.
        masks: .npy, T 2 H W, snow and cloud, in percent or of 0 to 1.
        ndsm: GeoTIFF on the aerial grid, metres above ground.
        labels: GeoTIFF on the aerial grid, FLAIR #2 values (`companions.read_reference`).
        units: Of series, masks and heights, where they are stated by hand.

    Raises:
        SceneError: Whatever cannot be used, with its file.
    """
    path = named(aerial)
    zone = open_zone([path], series, dates, masks, ndsm, units)
    read = zone.scene(slice(0, zone.grid.height), slice(0, zone.grid.width))
    if read is None:
        raise SceneError("holds no datum", where=path, expected="an image with something to see")
    references = {}
    if labels is not None:
        found = read_reference(named(labels), zone.grid)
        references[found.table.name] = found
    seen = () if read.seen is None else (share_without_image(read.seen),)
    return replace(
        read,
        id=Path(plain(path.name)).stem.removesuffix(_AERIAL.removesuffix(".tif")),
        references=references,
        notes=tuple(dict.fromkeys((*read.notes, *seen))),
    )
