"""The simulated countryside as a folder in FLAIR-HUB's layout, with all its modalities.

One region of interest, smaller than a real one, of the plan that the FLAIR #2 demo shows; every
modality is drawn from it, so that they agree. Names, sizes, types and units follow Table V and
section III of the paper.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from lcapp.classes import COSIA, FLAIR2, LPIS2, LPIS3
from lcapp.scene.rasters.plain import write_geotiff
from lcapp.scene.reader import SIMULATED
from lcapp.sensors import (
    AERIAL,
    AERIAL_GSD,
    COMMON_BANDS,
    CROPS,
    DIGITAL_NUMBERS_PER_REFLECTANCE,
    ELEVATION,
    HISTORICAL,
    LAND_COVER,
    MODALITIES,
    PATCH_METRES,
    SENTINEL1_ASC,
    SENTINEL1_DESC,
    SENTINEL2,
    SENTINEL2_BANDS,
    SNOW_CLOUD,
    SPOT,
)
from lcapp.simulate.demo.countryside import countryside
from lcapp.simulate.domain import HOME
from lcapp.simulate.formats.flair2 import appear
from lcapp.simulate.formats.geopackage import Value, write_geopackage
from lcapp.simulate.instruments.aerial import SHADOW_REACH, photograph
from lcapp.simulate.instruments.sentinel2 import record
from lcapp.simulate.land.ground.settled import settled
from lcapp.simulate.land.ground.surface import Surface
from lcapp.simulate.land.landscape import Landscape, Plan
from lcapp.simulate.land.texture import noise
from lcapp.types import Bytes, Floats, Grid

Pixels = NDArray[Any]

DEPARTMENT, ROI = "D900", "AU-S1-1"
"""French departments end at 976; 900 is none."""

DOMAIN, HISTORICAL_DOMAIN = f"{DEPARTMENT}-{HOME.year}", f"{DEPARTMENT}-195X"
SPOT_PASS = dt.date(HOME.year, 8, 3)
_DAYS = {
    AERIAL: HOME.flight.date(),
    SPOT: SPOT_PASS,
    HISTORICAL: dt.date(1956, 6, 21),
}
_EDGES = ("patch_xmin", "patch_ymin", "patch_xmax", "patch_ymax")

_LEFT, _TOP = 612_400.0, 6_634_800.0
_CRS = "EPSG:2154"
_SERIES_PIXELS = 10
_AROUND = 4
"""Series pixels drawn around the region, from where the satellite's blur brings light."""

_CROPS = {
    "wheat": "winter wheat",
    "tramline": "winter wheat",
    "maize": "maize",
    "rapeseed": "rapeseed",
    "plowed": "winter barley",
    "meadow": "grasses mixture",
    "hay": "grasses mixture",
    "vine": "vineyard",
    "vine row": "vineyard",
}
"""Surface to LPIS crop of the finest level; all else is background."""

_MARKER = (
    "Every patch in this folder is simulated by lcapp in the layout of FLAIR-HUB (seed {seed}): "
    "no aeroplane and no satellite has seen this place. The region is smaller than a real one.\n"
)


def simulate_flairhub(out: Path | str, seed: int = 0, rows: int = 1, cols: int = 2) -> Path:
    """Write a simulated region of interest with all modalities of FLAIR-HUB.

    The same arguments give the same pixels. The folder appears when it is complete, or not at
    all.

    Args:
        out: The folder to make; may exist when it is empty.
        seed: Of the trees, the fields, the weather and the noise.
        rows: Patches from north to south, 102.4 m each.
        cols: Patches from west to east.

    Returns:
        `out`.

    Raises:
        RunError: `out` holds something already, or cannot be written.
    """
    out = Path(out)
    with threadpool_limits(limits=1, user_api="blas"):
        appear(out, lambda folder: _write(folder, seed, rows, cols))
    return out


def _write(folder: Path, seed: int, rows: int, cols: int) -> None:
    plan = countryside(seed)
    generator = np.random.default_rng((seed, 2))
    images = _images(plan, seed, rows, cols)
    series, dates = _series(plan, seed, rows, cols, generator)
    for row, col in _positions(rows, cols):
        for name, region in (images | series).items():
            size = MODALITIES[name].pixels
            patch = region[:, row * size : (row + 1) * size, col * size : (col + 1) * size]
            path = folder / f"{_domain(name)}_{name}" / ROI / f"{_patch_id(row, col, name)}.tif"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_geotiff(path, np.ascontiguousarray(patch), _grid(row, col, size))
    _write_metadata(folder / "GLOBAL_ALL_MTD", dates, rows, cols)
    # Last: it marks the folder as simulated and as complete.
    (folder / SIMULATED).write_text(_MARKER.format(seed=seed), encoding="utf-8")


def _images(plan: Plan, seed: int, rows: int, cols: int) -> dict[str, Pixels]:
    """Modality to C H W over the region: all that is drawn from the plan at 0.2 m."""
    side = MODALITIES[AERIAL].pixels
    margin = round(SHADOW_REACH / AERIAL_GSD)
    inner = (slice(margin, margin + rows * side), slice(margin, margin + cols * side))
    height, width = (size * side + 2 * margin for size in (rows, cols))
    near = _settled(plan.raster(-SHADOW_REACH, -SHADOW_REACH, AERIAL_GSD, height, width))
    aerial = photograph(near, HOME, seed)[:, *inner]
    index, tone, above = near.index[inner], near.tone[inner], near.height[inner]
    x, y = np.meshgrid(near.x[inner[1]], near.y[inner[0]])
    terrain = 182.0 + 0.03 * x - 0.02 * y + 1.5 * noise(x, y, 120.0, seed + 81, octaves=3)
    grey = _mean_of_blocks(aerial[:3].mean(axis=0, dtype=np.float32), 2)
    grain = np.random.default_rng((seed, 3)).normal(0.0, 9.0, grey.shape)
    cosia, crops = _classes(near.surfaces)
    level3 = crops[index]
    level2 = np.array(LPIS3.parents, np.uint8)[level3]
    level1 = np.array(LPIS2.parents, np.uint8)[level2]
    return {
        AERIAL: aerial,
        HISTORICAL: np.clip(np.round(58.0 + 0.55 * grey + grain), 0, 255).astype("u1")[None],
        ELEVATION: np.stack([terrain + above, terrain]).astype(np.float32),
        SPOT: _spot(near.surfaces, index, tone),
        LAND_COVER: cosia[index][None],
        CROPS: np.stack([level1, level2, level3]),
    }


def _spot(
    surfaces: Sequence[Surface], index: NDArray[np.uint16], tone: Floats
) -> NDArray[np.uint16]:
    """4 H W, reflectance x 10000 at 1.6 m."""
    order = [SENTINEL2_BANDS.index(band) for band in COMMON_BANDS.values()]
    day = SPOT_PASS.timetuple().tm_yday
    spectra = np.array([one.spectrum(day)[order] for one in surfaces])  # N 4
    factor = MODALITIES[AERIAL].pixels // MODALITIES[SPOT].pixels
    ground = np.stack(
        [_mean_of_blocks(spectra[index, band] * tone, factor) for band in range(len(order))]
    )
    return np.round(ground * DIGITAL_NUMBERS_PER_REFLECTANCE).astype(np.uint16)


def _classes(surfaces: Sequence[Surface]) -> tuple[Bytes, Bytes]:
    """COSIA and finest LPIS ids of each surface."""
    cosia, crops = [], []
    for surface in surfaces:
        cover = FLAIR2.names[FLAIR2.from_label_values([surface.label])[0]]
        cosia.append(COSIA.index("swimming pool" if surface.kind == "pool" else cover))
        crops.append(LPIS3.index(_CROPS.get(surface.kind, "background")))
    return np.array(cosia, np.uint8), np.array(crops, np.uint8)


def _settled(place: Landscape) -> Landscape:
    return replace(place, surfaces=settled(place.surfaces, HOME))


def _series(
    plan: Plan, seed: int, rows: int, cols: int, generator: np.random.Generator
) -> tuple[dict[str, Pixels], dict[str, tuple[dt.date, ...]]]:
    """Modality to T*C H W over the region, and to its dates."""
    pixel = PATCH_METRES / _SERIES_PIXELS
    # Ten of the landscape's pixels under each of the series'.
    height, width = (10 * (size * _SERIES_PIXELS + 2 * _AROUND) for size in (rows, cols))
    far = _settled(plan.raster(-_AROUND * pixel, -_AROUND * pixel, pixel / 10.0, height, width))
    recording = record(far, HOME, generator, seed, pixel=pixel)
    inner = (..., slice(_AROUND, -_AROUND), slice(_AROUND, -_AROUND))
    above = _mean_of_blocks(far.height, 10)[inner]
    series: dict[str, Pixels] = {
        SENTINEL2: _stacked(recording.digital_numbers[inner]),
        SNOW_CLOUD: _stacked(recording.masks[inner].astype(np.uint16)),
    }
    dates = {SENTINEL2: recording.dates}
    for name, first in ((SENTINEL1_ASC, 4), (SENTINEL1_DESC, 9)):
        start = dt.date(HOME.year, 1, first)
        dates[name] = tuple(start + dt.timedelta(days=12 * step) for step in range(30))
        series[name] = _stacked(_backscatter(above, dates[name], generator))
    return series, dates


def _backscatter(above: Floats, dates: Sequence[dt.date], generator: np.random.Generator) -> Floats:
    """T 2 H W, VV and VH, linear: what stands scatters more; speckle of four looks."""
    images = []
    for date in dates:
        season = 1.5 * np.cos(2 * np.pi * (date.timetuple().tm_yday - 20) / 365)
        decibels = -12.5 + season + 4.0 * np.clip(above / 8.0, 0.0, 1.0)
        both = 10.0 ** (np.stack([decibels, decibels - 6.5]) / 10.0)
        images.append(both * generator.gamma(4.0, 0.25, both.shape))
    return np.stack(images).astype(np.float32)


def _write_metadata(
    folder: Path, dates: Mapping[str, tuple[dt.date, ...]], rows: int, cols: int
) -> None:
    """The GeoPackages that tell dates, splits and places."""
    folder.mkdir()
    positions = tuple(_positions(rows, cols))
    boxes = [_grid(row, col, 1).bounds for row, col in positions]
    tables: dict[str, list[dict[str, Value]]] = {}
    for name, days in dates.items():
        tables[f"{MODALITIES[name].sensor}_MTD_DATES"] = [
            {"patch_id": _patch_id(*at), "acquisition_dates": _numbered(days)} for at in positions
        ]
    for name, day in _DAYS.items():
        tables[f"{MODALITIES[name].sensor}_MTD_DATES"] = [
            {"patch_id": _patch_id(*at, domain=_domain(name)), "date": f"{day:%Y%m%d}"}
            for at in positions
        ]
    tables["ALL_MTD_SPLIT"] = [
        {
            "patch_id": _patch_id(*at),
            **dict.fromkeys(("split_flairhub", *(f"split_{n}" for n in range(1, 6))), "train"),
            "split_flairchallenge": "none",
        }
        for at in positions
    ]
    tables["ALL_MTD_GEOM"] = [
        {
            "patch_id": _patch_id(row, col),
            "ROI_id": f"{DOMAIN}_{ROI}",
            "patch_row": row,
            "patch_col": col,
            **dict(zip(_EDGES, box, strict=True)),
        }
        for (row, col), box in zip(positions, boxes, strict=True)
    ]
    for kind, entries in tables.items():
        write_geopackage(folder / f"GLOBAL_{kind}.gpkg", entries, boxes)


def _positions(rows: int, cols: int) -> Iterator[tuple[int, int]]:
    return ((row, col) for row in range(rows) for col in range(cols))


def _domain(modality: str) -> str:
    return HISTORICAL_DOMAIN if modality == HISTORICAL else DOMAIN


def _patch_id(row: int, col: int, modality: str = "", domain: str = DOMAIN) -> str:
    """As in file names with a modality, as in the tables without."""
    if modality:
        return f"{_domain(modality)}_{modality}_{ROI}_{row}-{col}"
    return f"{domain}_{ROI}_{row}-{col}"


def _grid(row: int, col: int, pixels: int) -> Grid:
    gsd = PATCH_METRES / pixels
    left, top = _LEFT + col * PATCH_METRES, _TOP - row * PATCH_METRES
    return Grid(_CRS, Affine(gsd, 0, left, 0, -gsd, top), pixels, pixels)


def _numbered(days: Sequence[dt.date]) -> str:
    return json.dumps({str(number): f"{day:%Y%m%d}" for number, day in enumerate(days, start=1)})


def _stacked(values: Pixels) -> Pixels:
    return values.reshape(-1, *values.shape[2:])  # T C H W -> T*C H W


def _mean_of_blocks(image: NDArray[np.floating], factor: int) -> Floats:
    height, width = image.shape
    blocks = image.reshape(height // factor, factor, width // factor, factor)
    means: Floats = blocks.mean(axis=(1, 3)).astype(np.float32)
    return means
