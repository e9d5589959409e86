"""A FLAIR-HUB region of interest in which every window of a modality can be told from the rest."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from affine import Affine

from lcapp.scene.rasters.plain import write_geotiff
from lcapp.sensors import MODALITIES, PATCH_METRES
from lcapp.types import Grid

DOMAIN, ROI = "D012-2019", "AF-S1-27"
NAME = f"{DOMAIN}/{ROI}"
WEST, NORTH = 800_000.0, 6_500_000.0
DAYS = ("20190114", "20190530", "20190702", "20191231")


def write_roi(
    root: Path,
    rows: int,
    cols: int,
    modalities: tuple[str, ...],
    gaps: tuple[tuple[int, int], ...] = (),
    days: Mapping[tuple[int, int], tuple[str, ...]] | None = None,
) -> dict[str, np.ndarray]:
    """Write patches and the dates of their series; returns each modality's region, C H W.

    Args:
        root: Folder of the data set.
        rows: Patches from north to south.
        cols: Patches from west to east.
        modalities: By FLAIR-HUB's names; the masks of SENTINEL2_TS come with it, all clear.
        gaps: Row and column of patches that are not there.
        days: Of single patches whose series have not all of `DAYS`.
    """
    rng = np.random.default_rng(0)
    at = [(row, col) for row in range(rows) for col in range(cols) if (row, col) not in gaps]
    names = (*modalities, *(["SENTINEL2_MSK-SC"] if "SENTINEL2_TS" in modalities else []))
    regions = {}
    for name in names:
        one = MODALITIES[name]
        shape = (len(one.bands) * (len(DAYS) if one.dated else 1),)
        shape += (rows * one.pixels, cols * one.pixels)
        kind = "uint8" if name.startswith("AERIAL") else "float32" if "DEM" in name else "uint16"
        region = rng.integers(1, 256, shape).astype(kind)
        regions[name] = np.zeros_like(region) if name == "SENTINEL2_MSK-SC" else region
        for row, col in at:
            there = np.s_[
                :,
                row * one.pixels : (row + 1) * one.pixels,
                col * one.pixels : (col + 1) * one.pixels,
            ]
            values = regions[name][there]
            if one.dated:
                kept = [DAYS.index(day) for day in (days or {}).get((row, col), DAYS)]
                bands = values.reshape(len(DAYS), -1, *values.shape[1:])[kept]
                values = bands.reshape(-1, *values.shape[1:])
            path = file(root, name, row, col)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_geotiff(path, np.ascontiguousarray(values), _grid(row, col, one.pixels))
    for sensor in {MODALITIES[name].sensor for name in modalities if MODALITIES[name].dated}:
        _write_days(root, sensor, {one: (days or {}).get(one, DAYS) for one in at})
    return regions


def file(root: Path, modality: str, row: int, col: int) -> Path:
    domain = "D012-195X" if modality == "AERIAL-RLT_PAN" else DOMAIN
    kind = f"{domain}_{modality}"
    return root / kind / ROI / f"{kind}_{ROI}_{row}-{col}.tif"


def _grid(row: int, col: int, pixels: int) -> Grid:
    gsd = PATCH_METRES / pixels
    left, top = WEST + col * PATCH_METRES, NORTH - row * PATCH_METRES
    return Grid("EPSG:2154", Affine(gsd, 0, left, 0, -gsd, top), pixels, pixels)


def _write_days(root: Path, sensor: str, days: Mapping[tuple[int, int], tuple[str, ...]]) -> None:
    path = root / "GLOBAL_ALL_MTD" / f"GLOBAL_{sensor}_MTD_DATES.gpkg"
    path.parent.mkdir(exist_ok=True)
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT)")
    database.execute("INSERT INTO gpkg_contents VALUES ('layer', 'features')")
    database.execute("CREATE TABLE layer (fid INTEGER PRIMARY KEY, patch_id, acquisition_dates)")
    for (row, col), found in days.items():
        numbered = json.dumps({str(number): day for number, day in enumerate(found, start=1)})
        key = f"{DOMAIN}_{ROI}_{row}-{col}"
        database.execute("INSERT INTO layer VALUES (NULL, ?, ?)", (key, numbered))
    database.commit()
    database.close()
