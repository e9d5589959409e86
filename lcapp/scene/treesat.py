"""TreeSatAI-TS: `NAME_WEFL_NLF.tif` with `NAME_WEFL_NLF_YEAR.h5` (FLAIR.md)."""

import re
from collections.abc import Collection as Names
from collections.abc import Sequence
from pathlib import Path

from lcapp.errors import SceneError
from lcapp.limits import parse_json, read_text
from lcapp.scene.arrays import Array
from lcapp.scene.dates import parse_acquisitions
from lcapp.scene.hdf5 import read_datasets
from lcapp.scene.names import listed, one_of
from lcapp.scene.rasters.aerial import AerialFile, inspect_aerial, read_aerial
from lcapp.scene.rasters.bands import check_order
from lcapp.scene.reader import FolderReader, Ids, SceneHeader
from lcapp.scene.series import assemble, centred_grid, check_shapes
from lcapp.scene.units.masks import mask_unit
from lcapp.scene.units.series import sampled, series_unit
from lcapp.sensors import AERIAL, SENTINEL2, SENTINEL2_BANDS
from lcapp.types import Image, Scene, Series

SUFFIX = "_WEFL_NLF"
_BANDS = ("nir", "green", "blue", "red")
_SERIES = re.compile(rf"(.*){SUFFIX}_(.*)\.h5")
_ARRAYS = ("sen-2-data", "sen-2-masks", "sen-2-products")


class TreeSat(FolderReader):
    """A folder of TreeSatAI-TS samples; aerial images and series lie side by side."""

    kind = "treesat"
    looks = "TreeSatAI-TS (NAME_WEFL_NLF.tif with NAME_WEFL_NLF_YEAR.h5)"

    def __init__(self, source: str) -> None:
        super().__init__(source)
        images: list[str] = []
        years: dict[str, list[str]] = {}
        for name in listed(self.path) if self.path.is_dir() else ():
            if name.endswith(f"{SUFFIX}.tif"):
                images.append(name.removesuffix(f"{SUFFIX}.tif"))
            elif found := _SERIES.fullmatch(name):
                years.setdefault(found[1], []).append(found[2])
        self.ids = Ids(sorted(images))
        self._years = {name: sorted(found) for name, found in years.items()}

    def header(self, scene_id: str) -> SceneHeader:
        """The aerial image, opened but not read."""
        file = inspect_aerial(self._aerial(scene_id))
        _check_bands(file)
        series = {SENTINEL2} if scene_id in self._years else set()
        return SceneHeader(scene_id, file.grid, frozenset({AERIAL} | series), False)

    def scene(self, scene_id: str, names: Names[str] | None = None) -> Scene:
        """Aerial image and series; these samples have no labels, heights or flight date."""
        read = read_aerial(self._aerial(scene_id))
        file = read.file
        _check_bands(file)
        series: dict[str, Series] = {}
        notes: tuple[str, ...] = ()
        if scene_id not in self._years:
            notes = ("There is no series beside the aerial image.",)
        elif names is None or SENTINEL2 in names:
            series[SENTINEL2], notes = self._series(scene_id, file)
        return Scene(
            id=scene_id,
            collection=self.path.name,
            grid=file.grid,
            images={AERIAL: Image(read.pixels, _BANDS, file.grid, source=str(file.path))},
            series=series,
            notes=(
                *file.notes,
                "The file names no flight date of the aerial image.",
                *notes,
                *self._trees(scene_id),
            ),
            seen=read.seen,
        )

    def files(self, scene_id: str) -> Sequence[Path]:
        """The image and the series that is read."""
        series = [self._newest(scene_id)] if scene_id in self._years else []
        return (self._aerial(scene_id), *series)

    def _aerial(self, scene_id: str) -> Path:
        return self._file(f"{scene_id}{SUFFIX}.tif")

    def _newest(self, scene_id: str) -> Path:
        return self._file(f"{scene_id}{SUFFIX}_{self._years[scene_id][-1]}.h5")

    def _file(self, name: str) -> Path:
        return one_of(self.path, name) or self.path / name

    def _series(self, scene_id: str, file: AerialFile) -> tuple[Series, tuple[str, ...]]:
        path, years = self._newest(scene_id), self._years[scene_id]
        values, masks, products = _read_arrays(path)
        when = parse_acquisitions(products, path)
        check_shapes(values, len(when.dates), masks, path, (len(SENTINEL2_BANDS),))
        grid = centred_grid(file.grid, *values.shape[2:])
        unit = series_unit(sampled(values), path, self.units.series)
        covered = mask_unit(masks, path, self.units.masks)
        series, notes = assemble(values, SENTINEL2_BANDS, when, grid, masks, path, unit, covered)
        chosen = f"The series is of {years[-1]}, the newest of {', '.join(years)}."
        return series, (
            "The series has no georeference: it is taken as centred on the aerial image.",
            *((chosen,) if len(years) > 1 else ()),
            *notes,
        )

    def _trees(self, scene_id: str) -> tuple[str, ...]:
        """One note with the shares of the trees, where `labels.json` knows them."""
        path = self.path / "labels.json"
        if not path.is_file():
            return ()
        try:
            shares = parse_json(read_text(path, SceneError, "JSON"))[f"{scene_id}{SUFFIX}.tif"]
            named = ", ".join(f"{tree} {float(share):.0%}" for tree, share in shares.items())
        except (SceneError, ValueError, KeyError, AttributeError, TypeError, OverflowError):
            # Only a note hangs on this file: it may be damaged or silent about this scene.
            return ()
        return (f"Trees by labels.json: {named}.",)


def _check_bands(file: AerialFile) -> None:
    if file.channels != len(_BANDS):
        raise SceneError(
            f"has {file.channels} bands",
            where=file.path,
            expected="near infrared, green, blue and red, in the order of TreeSatAI-TS",
        )
    check_order(file.told, _BANDS, file.path, "TreeSatAI-TS")


def _read_arrays(path: Path) -> tuple[Array, Array, list[str]]:
    """Series, masks and product names of one file."""
    values, masks, products = read_datasets(path, _ARRAYS, "a complete .h5 file of TreeSatAI-TS")
    if products.ndim != 1 or values.dtype.kind == "O" or masks.dtype.kind == "O":
        raise SceneError(
            "its arrays are of another kind",
            where=path,
            expected=f"numbers, numbers and names: {', '.join(_ARRAYS)}",
        )
    return values, masks, [_text(one) for one in products]


def _text(name: object) -> str:
    return name.decode("ascii", "replace") if isinstance(name, bytes) else str(name)
