"""Small FLAIR #2 folders with labels that an aerial image and a year of Sentinel-2 agree with."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

MONTHS = (2, 5, 8, 11)
LABEL_VALUES = (1, 5, 7, 11)
"""Building, water, deciduous, agricultural land."""

AERIAL = np.array(  # red, green, blue, nir, elevation byte
    [[180, 120, 110, 130, 60], [40, 60, 80, 15, 0], [60, 90, 60, 150, 90], [150, 140, 90, 120, 2]]
)
SUMMER = np.array([0.12, 0.01, 0.45, 0.40])
"""Near infrared of the four classes in summer; in winter all have a tenth of it more than red."""

SUPER_AREA = 46


def write_area(root: Path, tree: str, domain: str, tiles: int, side: int, seed: int) -> None:
    """One area: `tiles` tiles of `side` pixels in a row, and the series around them."""
    random = np.random.default_rng(seed)
    left, top = 700_000.0 + 10_000 * seed, 6_600_000.0
    area = root / f"flair_aerial_{tree}" / domain / "Z1_NN" / "img"
    masks = root / f"flair_labels_{tree}" / domain / "Z1_NN" / "msk"
    for folder in (area, masks):
        folder.mkdir(parents=True)
    size = SUPER_AREA + tiles * side * 0.2 / 10
    columns = int(np.ceil(size))
    series = np.full((len(MONTHS), 10, SUPER_AREA, columns), 900, np.uint16)
    series += random.integers(0, 200, series.shape, np.uint16)
    centroids, metadata = _tables(root)
    for tile in range(tiles):
        classes = _parcels(random, side)
        noise = random.normal(0, 6, (5, side, side))
        pixels = (np.moveaxis(AERIAL[classes], -1, 0) + noise).clip(0, 255).astype(np.uint8)
        name = f"{10 * seed + tile:06d}"
        # The tile's centre lies on the corner of four pixels of the series.
        middle = SUPER_AREA // 2, SUPER_AREA // 2 + tile * round(side * 0.2 / 10)
        west = left + 10 * middle[1] - side * 0.1
        north = top - 10 * middle[0] + side * 0.1
        transform = Affine(0.2, 0.0, west, 0.0, -0.2, north)
        _write(area / f"IMG_{name}.tif", pixels, transform)
        _write(
            masks / f"MSK_{name}.tif", np.array(LABEL_VALUES, np.uint8)[classes][None], transform
        )
        centroids[f"IMG_{name}.tif"] = [middle[0], middle[1]]
        metadata[f"IMG_{name}"] = {"date": "2021-07-10", "domain": domain}
        _see(series, classes, middle, side)
    folder = root / f"flair_sen_{tree}" / domain / "Z1_NN" / "sen"
    folder.mkdir(parents=True)
    stem = f"SEN2_sp_{domain}-Z1_NN"
    np.save(folder / f"{stem}_data.npy", series)
    np.save(folder / f"{stem}_masks.npy", np.zeros((len(MONTHS), 2, *series.shape[2:]), np.uint8))
    (folder / f"{stem}_products.txt").write_text(
        "".join(f"S2A_MSIL2A_2021{m:02d}15T105031_N0209_R051_T31TDL_X.SAFE\n" for m in MONTHS)
    )
    (root / "flair-2_centroids_sp_to_patch.json").write_text(json.dumps(centroids))
    (root / "flair-2_metadata_aerial.json").write_text(json.dumps(metadata))


def _tables(root: Path) -> tuple[dict, dict]:
    files = ("flair-2_centroids_sp_to_patch.json", "flair-2_metadata_aerial.json")
    return tuple(
        json.loads((root / name).read_text()) if (root / name).is_file() else {} for name in files
    )


def _parcels(random: np.random.Generator, side: int) -> np.ndarray:
    """Four parcels, one of each class, around a point near the middle: H W."""
    down, right = random.integers(side * 3 // 8, side * 5 // 8, 2)
    rows, cols = np.indices((side, side))
    return random.permutation(4)[2 * (rows >= down) + (cols >= right)]


def _see(series: np.ndarray, classes: np.ndarray, middle: tuple[int, int], side: int) -> None:
    """The tile as the series sees it: means over 50 x 50 pixels, near infrared by the season."""
    count = side // 50
    first = [one - count // 2 for one in middle]
    margin = (side - 50 * count) // 2
    for row in range(count):
        for col in range(count):
            rows = slice(margin + 50 * row, margin + 50 * (row + 1))
            cols = slice(margin + 50 * col, margin + 50 * (col + 1))
            seen = classes[rows, cols]
            spectra = AERIAL[seen].mean((0, 1)) / 255 * 0.3
            for place, month in enumerate(MONTHS):
                green = np.sin(np.pi * month / 12) ** 2
                nir = (SUMMER[seen] * green + 0.05).mean()
                values = 10_000 * np.array([spectra[2], spectra[1], spectra[0], nir])
                series[place, [0, 1, 2, 6], first[0] + row, first[1] + col] = values


def _write(path: Path, values: np.ndarray, transform: Affine) -> None:
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=len(values),
        height=values.shape[1],
        width=values.shape[2],
        dtype=values.dtype,
        crs="EPSG:2154",
        transform=transform,
    ) as dataset:
        dataset.write(values)


WriteScenes = Callable[[Mapping[str, int], int], Path]


@pytest.fixture(scope="session")
def write_scenes(tmp_path_factory: pytest.TempPathFactory) -> WriteScenes:
    """Domain to number of tiles, and their side in pixels; returns a FLAIR #2 root.

    A domain that begins with `test/` goes into the test folders.
    """

    def write(domains: Mapping[str, int], side: int) -> Path:
        root = tmp_path_factory.mktemp("flair2")
        for seed, (name, tiles) in enumerate(domains.items(), start=1):
            tree = "test" if name.startswith("test/") else "train"
            write_area(root, tree, name.removeprefix("test/"), tiles, side, seed)
        return root

    return write


@pytest.fixture(scope="session")
def small_folder(write_scenes: WriteScenes) -> Path:
    """Two domains of two tiles to train on, one official validation domain, one of the test."""
    return write_scenes({"D001_2021": 2, "D002_2021": 2, "D004_2021": 2, "test/D012_2021": 1}, 128)
