"""The known truth of simulated scenes: one GeoTIFF a tile, beside FLAIR #2's own trees.

`truth/D901_2021/Z1_AA/TRU_000001.tif` holds the twelve months of the tile `IMG_000001` at 1.6 m,
48 bands of float32 reflectance, named and ordered as those of `superres.tif`
(`scene.rasters.export`) except that no month is absent.
"""

import datetime as dt
from pathlib import Path

import numpy as np
import rasterio
from rasterio.io import MemoryFile

from lcapp.errors import SceneError
from lcapp.files import write_file
from lcapp.scene.collection import Collection
from lcapp.types import Floats, Grid, Truth

FOLDER = "truth"


def truth(collection: Collection, scene_id: str) -> Truth | None:
    """The truth of a scene; None where the collection knows none, as with every real one.

    Args:
        collection: A FLAIR #2 folder; others have no truth.
        scene_id: A scene of it.

    Raises:
        SceneError: Unknown id, or a file that cannot be used.
    """
    collection.check(scene_id)
    if collection.kind != "flair2":
        return None
    area, _, tile = scene_id.rpartition("/")
    path = collection.path / FOLDER / area / file_name(tile)
    return read_truth(path) if path.is_file() else None


def file_name(tile: str) -> str:
    """`TRU_000001.tif` for `IMG_000001`."""
    return f"{tile.replace('IMG_', 'TRU_')}.tif"


def read_truth(path: Path) -> Truth:
    """Read one file.

    Raises:
        SceneError: Not twelve months of the same bands, or no GeoTIFF.
    """
    try:
        with rasterio.open(path) as dataset:
            told = [dataset.tags(index) for index in dataset.indexes]
            values = dataset.read().astype(np.float32)
            grid = Grid(dataset.crs.to_string(), dataset.transform, dataset.height, dataset.width)
        bands = tuple(dict.fromkeys(one["band"] for one in told))
        if [(one["month"], one["band"]) for one in told] != [
            (str(month), band) for month in range(1, 13) for band in bands
        ]:
            raise ValueError("its bands are not twelve months of the same bands")
        firsts = told[:: len(bands)]
        return Truth(
            reflectance=values.reshape(12, len(bands), grid.height, grid.width),  # M C Hs Ws
            bands=bands,
            dates=tuple(dt.date.fromisoformat(one["date"]) for one in firsts),
            observed=np.array([one["observed"] == "true" for one in firsts]),
            grid=grid,
        )
    except (OSError, KeyError, ValueError, AttributeError) as error:
        raise SceneError(
            f"is no truth of twelve months: {error}",
            where=path,
            expected="a file as `python -m lcapp simulate` writes it",
        ) from error


def write_truth(path: Path, truth: Truth) -> None:
    """Write one file; the same truth gives the same bytes.

    Args:
        path: Target; its folder must exist.
        truth: Of one tile.

    Raises:
        RunError: The target cannot be written; nothing half-written is left.
    """
    values: Floats = truth.reflectance.reshape(-1, *truth.reflectance.shape[2:])  # M*C Hs Ws
    grid = truth.grid
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            count=len(values),
            height=grid.height,
            width=grid.width,
            dtype="float32",
            crs=grid.crs,
            transform=grid.transform,
            compress="deflate",
            predictor=3,
            photometric="MINISBLACK",
        ) as dataset:
            dataset.write(values.astype(np.float32))
            dataset.update_tags(unit="surface reflectance", simulated="true")
            layers = [(month, band) for month in range(12) for band in truth.bands]
            for index, (month, band) in enumerate(layers, start=1):
                date = truth.dates[month]
                dataset.set_band_description(index, f"{date.year:04d}-{month + 1:02d} {band}")
                dataset.update_tags(
                    index,
                    band=band,
                    month=str(month + 1),
                    date=date.isoformat(),
                    observed=str(bool(truth.observed[month])).lower(),
                )
        image = bytes(memory.getbuffer())
    write_file(path, image)
