"""TreeSatAI-TS: `NAME_WEFL_NLF.tif` with `NAME_WEFL_NLF_YEAR.h5` (FLAIR.md)."""

import json
from pathlib import Path

import h5py
import numpy as np

from lcapp.errors import SceneError
from lcapp.scene.rasters.aerial import AerialFile, inspect_aerial, read_aerial
from lcapp.scene.reader import SceneHeader
from lcapp.scene.series import assemble, centred_grid, check_shapes, parse_acquisitions
from lcapp.sensors import SENTINEL2_BANDS
from lcapp.types import Aerial, Scene, Series

SUFFIX = "_WEFL_NLF"
_BANDS = ("nir", "green", "blue", "red")
_ARRAYS = ("sen-2-data", "sen-2-masks", "sen-2-products")


class TreeSat:
    """A folder of TreeSatAI-TS samples; aerial images and series lie side by side."""

    kind = "treesat"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ids = tuple(
            sorted(file.name.removesuffix(f"{SUFFIX}.tif") for file in path.glob(f"*{SUFFIX}.tif"))
        )

    def header(self, scene_id: str) -> SceneHeader:
        """The aerial image, opened but not read."""
        file = inspect_aerial(self._aerial(scene_id))
        _check_bands(file)
        return SceneHeader(scene_id, file.grid, False, False, False)

    def scene(self, scene_id: str) -> Scene:
        """Aerial image and series; these samples have no labels, heights or flight date."""
        pixels, file = read_aerial(self._aerial(scene_id))
        _check_bands(file)
        series, notes = self._series(scene_id, file)
        return Scene(
            id=scene_id,
            collection=self.path.name,
            aerial=Aerial(pixels, _BANDS, file.grid, date=None),
            series=series,
            notes=(
                *file.notes,
                "The file names no flight date of the aerial image.",
                *notes,
                *self._trees(scene_id),
            ),
        )

    def tree(self, scene_id: str) -> None:
        """There is no official split."""

    def _aerial(self, scene_id: str) -> Path:
        return self.path / f"{scene_id}{SUFFIX}.tif"

    def _series(self, scene_id: str, file: AerialFile) -> tuple[Series | None, tuple[str, ...]]:
        stem = f"{scene_id}{SUFFIX}_"
        years = sorted(
            found.stem.removeprefix(stem)
            for found in self.path.iterdir()
            if found.name.startswith(stem) and found.suffix == ".h5"
        )
        if not years:
            return None, ("There is no series beside the aerial image.",)
        path = self.path / f"{stem}{years[-1]}.h5"
        values, masks, products = _read_arrays(path)
        when = parse_acquisitions(products, path)
        check_shapes(values, len(when.dates), masks, path, (len(SENTINEL2_BANDS),))
        grid = centred_grid(file.grid, *values.shape[2:])
        series, notes = assemble(values, SENTINEL2_BANDS, when, grid, masks, path)
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
            shares = json.loads(path.read_text(encoding="utf-8"))[f"{scene_id}{SUFFIX}.tif"]
            named = ", ".join(f"{tree} {float(share):.0%}" for tree, share in shares.items())
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
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


def _read_arrays(path: Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Series, masks and product names of one file."""
    try:
        with h5py.File(path, "r") as file:
            values, masks, products = (file[name][()] for name in _ARRAYS)
            return values, masks, [product.decode("ascii") for product in products]
    except KeyError as error:
        raise SceneError(
            "lacks one of its arrays", where=path, expected=", ".join(_ARRAYS)
        ) from error
    except (OSError, AttributeError, UnicodeDecodeError, TypeError) as error:
        raise SceneError(
            "cannot be read: it is truncated, damaged or no HDF5 file",
            where=path,
            expected="a complete .h5 file of TreeSatAI-TS",
            advice="copy or download it again",
        ) from error
