"""Writers of small, genuine scenes; each test spoils the part it is about."""

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine

PIXELS = 64
"""Aerial pixels a side: 12.8 m."""

CORNER = (800_000.0, 6_500_000.0)


def write_tif(path: Path, values: np.ndarray, **profile: Any) -> Path:
    """C H W into a GeoTIFF in Lambert-93, 0.2 m, unless the profile says otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptions = profile.pop("descriptions", None)
    tags = profile.pop("tags", {})
    profile = {
        "crs": "EPSG:2154",
        "transform": Affine(0.2, 0.0, CORNER[0], 0.0, -0.2, CORNER[1]),
        **profile,
    }
    count, height, width = values.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=count,
        height=height,
        width=width,
        dtype=values.dtype,
        **profile,
    ) as dataset:
        dataset.write(values)
        dataset.update_tags(**tags)
        for index, text in enumerate(descriptions or (), start=1):
            dataset.set_band_description(index, text)
    return path


def aerial_pixels(bands: int = 4, side: int = PIXELS) -> np.ndarray:
    return np.random.default_rng(bands).integers(0, 255, (bands, side, side), np.uint8)


def write_zero_pixel_tif(path: Path) -> Path:
    """A TIFF whose header says 0 x 0; no library would write it."""
    entries = [(256, 0), (257, 0), (258, 8), (259, 1), (262, 1), (273, 200), (278, 1), (279, 10)]
    directory = b"".join(struct.pack("<HHII", tag, 3, 1, value) for tag, value in entries)
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    path.write_bytes(head + directory + bytes(200))
    return path


def truncate(path: Path) -> Path:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


@dataclass
class PairFolder:
    """A plain pair: 3 dates, 4 bands, 4 x 4 pixels of 10 m around a 12.8 m aerial image."""

    folder: Path
    dates: list[str] = field(default_factory=lambda: ["2021-01-10", "2021-03-14", "2021-07-01"])

    @property
    def aerial(self) -> Path:
        return self.folder / "a_aerial.tif"

    @property
    def series(self) -> Path:
        return self.folder / "a_series.npy"

    def write_dates(self) -> None:
        (self.folder / "a_dates.txt").write_text("\n".join(self.dates) + "\n")

    def write(self, series: np.ndarray | None = None, **profile: Any) -> "PairFolder":
        write_tif(self.aerial, aerial_pixels(), **profile)
        if series is None:
            series = np.arange(3 * 4 * 16, dtype=np.uint16).reshape(3, 4, 4, 4) + 1000
        np.save(self.series, series)
        self.write_dates()
        return self

    def masks(self, array: np.ndarray) -> None:
        np.save(self.folder / "a_masks.npy", array)


@pytest.fixture
def pair(tmp_path: Path) -> PairFolder:
    return PairFolder(tmp_path)


@dataclass
class Flair2Folder:
    """FLAIR #2's test folder with one area; the series' corner is known to the writer."""

    root: Path
    left: float = CORNER[0] - 203.0
    top: float = CORNER[1] + 198.0
    side: int = 60
    centroids: dict[str, list[float]] = field(default_factory=dict)

    def tile(
        self,
        number: int,
        east: float = 0.0,
        south: float = 0.0,
        pixels: np.ndarray | None = None,
        labels: np.ndarray | None = None,
        rounded: Callable[[float], float] = round,
    ) -> str:
        """One 102.4 m tile, its corner that far from `CORNER`; returns its id."""
        pixels = aerial_pixels(5, 512) if pixels is None else pixels
        left, top = CORNER[0] + east, CORNER[1] - south
        transform = Affine(0.2, 0.0, left, 0.0, -0.2, top)
        name = f"IMG_{number:06d}"
        area = "D004_2021/Z1_NN"
        write_tif(
            self.root / f"flair_aerial_test/{area}/img/{name}.tif", pixels, transform=transform
        )
        if labels is not None:
            mask = self.root / f"flair_labels_test/{area}/msk/MSK_{number:06d}.tif"
            write_tif(mask, labels[None], transform=transform)
        self.centroids[f"{name}.tif"] = [
            rounded((self.top - (top - 51.2)) / 10),
            rounded((left + 51.2 - self.left) / 10),
        ]
        self.save_centroids()
        return f"{area}/{name}"

    def save_centroids(self) -> None:
        path = self.root / "flair-2_centroids_sp_to_patch.json"
        path.write_text(json.dumps(self.centroids))

    def series(self) -> np.ndarray:
        """Two dates; band B2 of the first holds 1000 + 100 row + column. Returns the values."""
        folder = self.root / "flair_sen_test/D004_2021/Z1_NN/sen"
        folder.mkdir(parents=True, exist_ok=True)
        values = np.full((2, 10, self.side, self.side), 700, np.uint16)
        rows, cols = np.indices((self.side, self.side))
        values[0, 0] = 1000 + 100 * rows + cols
        masks = np.zeros((2, 2, self.side, self.side), np.uint8)
        masks[1, 1] = 80
        stem = "SEN2_sp_D004_2021-Z1_NN"
        np.save(folder / f"{stem}_data.npy", values)
        np.save(folder / f"{stem}_masks.npy", masks)
        (folder / f"{stem}_products.txt").write_text(
            "S2A_MSIL2A_20210327T105031_N0209_R051_T31TDL_20210327T134629.SAFE\n"
            "S2B_MSIL2A_20220301T104859_N0400_R051_T31TDL_20220301T134629.SAFE\n"
        )
        return values

    def metadata(self, entries: dict[str, Any]) -> None:
        path = self.root.parent / "flair-2_metadata_aerial.json"
        path.write_text(json.dumps(entries))


@pytest.fixture
def flair2(tmp_path: Path) -> Flair2Folder:
    root = tmp_path / "flair-2"
    root.mkdir()
    return Flair2Folder(root)


@pytest.fixture
def make() -> SimpleNamespace:
    """The writers above, for tests that write a single file."""
    return SimpleNamespace(
        tif=write_tif, pixels=aerial_pixels, truncate=truncate, zero_pixel_tif=write_zero_pixel_tif
    )
