"""Patches side by side, degraded until the series as measured is the truth (Wald's protocol).

The land is a sum of waves that the aerial image and the series both show, so that what a pixel of
either should hold can be computed from where it lies.
"""

import datetime as dt
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray

from lcapp.__main__ import main
from lcapp.errors import NoClearDate, SceneError
from lcapp.prepare import InputSpec, prepare
from lcapp.scene.collection import Collection, open_collection
from lcapp.sensors import AERIAL, NDSM_IMAGE, SENTINEL2, point_spread
from lcapp.train.data.reduced import joined, reduced
from lcapp.types import Scene, Truth

ACROSS = 4
"""Patches along a region."""

SIDE = 520
"""Aerial pixels along a patch, as many as 10.4 of the series."""

METRES = SIDE * 0.2

CONTEXT = 22.2
"""Pixels of the series around the region: so rounded centres place it exactly."""

DAYS = ("0115", "0515", "0525", "0815")
CLOUDY = "0525"
FACTOR = 6.25


def land(east: NDArray, south: NDArray, day: int) -> NDArray:
    """Between 0 and 1, by metres from the region's corner; each day sees it otherwise."""
    return (
        0.5
        + 0.25 * np.sin(2 * math.pi * (east / 170 + 0.1 * day))
        + 0.2 * np.cos(2 * math.pi * (south / 230 + east / 410))
    )


def write_region(root: Path, domain: str, corner: tuple[float, float], first: int) -> None:
    """A region of a FLAIR #2 tree."""
    west, north = corner
    images, masks, sen = (
        root / f"flair_{kind}_train" / domain / "Z1_NN" / folder
        for kind, folder in (("aerial", "img"), ("labels", "msk"), ("sen", "sen"))
    )
    for folder in (images, masks, sen):
        folder.mkdir(parents=True)
    tables = {"centroids_sp_to_patch": {}, "metadata_aerial": {}}
    for name, table in tables.items():
        path = root / f"flair-2_{name}.json"
        table |= json.loads(path.read_text()) if path.is_file() else {}
    middles = (np.arange(SIDE) + 0.5) * 0.2
    for row in range(ACROSS):
        for col in range(ACROSS):
            number = f"{first + ACROSS * row + col:06d}"
            east, south = middles + METRES * col, middles[:, None] + METRES * row
            seen = np.broadcast_to(200 * land(east, south, 2), (SIDE, SIDE))
            pixels = np.stack([seen, seen / 2, 255 - seen, seen, seen / 4])
            classes = np.where(east + 0 * south < 2 * METRES, 5, 7)  # water in the west, then woods
            at = Affine(0.2, 0, west + METRES * col, 0, -0.2, north - METRES * row)
            profile = {"driver": "GTiff", "height": SIDE, "width": SIDE, "dtype": "uint8"}
            profile |= {"crs": "EPSG:2154", "transform": at}
            for path, values in (
                (images / f"IMG_{number}.tif", np.rint(pixels)),
                (masks / f"MSK_{number}.tif", classes[None]),
            ):
                with rasterio.open(path, "w", count=len(values), **profile) as dataset:
                    dataset.write(values.astype(np.uint8))
            place = [round(CONTEXT + METRES * (at + 0.5) / 10) for at in (row, col)]
            tables["centroids_sp_to_patch"][f"IMG_{number}.tif"] = place
            tables["metadata_aerial"][f"IMG_{number}"] = {"date": "2021-07-10", "domain": domain}
    size = round(METRES * ACROSS / 10 + 2 * CONTEXT)
    pixels = 10 * (np.arange(size) + 0.5 - CONTEXT)
    series = np.stack(
        [
            [3000 * land(pixels, pixels[:, None], day) / (1 + band) for band in range(10)]
            for day in range(len(DAYS))
        ]
    )
    cover = np.zeros((len(DAYS), 2, size, size), np.uint8)
    cover[DAYS.index(CLOUDY), 1] = 100
    stem = f"SEN2_sp_{domain}-Z1_NN"
    np.save(sen / f"{stem}_data.npy", np.rint(series).astype(np.uint16))
    np.save(sen / f"{stem}_masks.npy", cover)
    (sen / f"{stem}_products.txt").write_text(
        "".join(f"S2A_MSIL2A_2021{day}T105031_N0209_R051_T31TDL_X.SAFE\n" for day in DAYS)
    )
    for name, table in tables.items():
        (root / f"flair-2_{name}.json").write_text(json.dumps(table))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two regions of four by four patches, in a domain each."""
    root = tmp_path_factory.mktemp("regions")
    write_region(root, "D001_2021", (700_000.0, 6_600_000.0), 1)
    write_region(root, "D004_2021", (720_000.0, 6_600_000.0), 101)
    return root


@pytest.fixture(scope="module")
def collection(folder: Path) -> Collection:
    return open_collection(folder)


@pytest.fixture(scope="module")
def coarser(collection: Collection) -> tuple[Scene, Truth]:
    made = reduced(collection, collection.ids)
    truth = made.truth(made.ids[0])
    assert truth is not None
    return made.scene(made.ids[0]), truth


def where(grid_height: int, gsd: float) -> NDArray:
    """Metres of real land from the region's corner to the middles of pixels; it is centred."""
    edge = (METRES * ACROSS - grid_height * gsd) / 2
    return edge + (np.arange(grid_height) + 0.5) * gsd


def test_patches_side_by_side_make_one_scene_and_each_is_used_once(collection: Collection) -> None:
    made = reduced(collection, collection.ids)
    assert list(made.ids) == [
        f"{domain}/Z1_NN/IMG_{first} and 15 beside it"
        for domain, first in (("D001_2021", "000001"), ("D004_2021", "000101"))
    ]


def test_its_truth_is_what_was_measured_on_the_clear_days(
    coarser: tuple[Scene, Truth],
) -> None:
    _, truth = coarser
    assert np.flatnonzero(truth.observed).tolist() == [0, 4, 7]
    at = where(38, 10.0)
    expected = 0.3 * land(at, at[:, None], 1)  # of May the clear day alone
    blue = truth.reflectance[4, truth.bands.index("B2")]
    np.testing.assert_allclose(blue, expected, atol=1e-4)  # whole digital numbers


def test_its_series_is_what_the_satellite_would_measure_from_that_much_farther_off(
    coarser: tuple[Scene, Truth],
) -> None:
    """A literal Gaussian over the pixels that were measured."""
    scene, truth = coarser
    series = scene.series[SENTINEL2]
    assert series.dates == tuple(dt.date(2021, *at) for at in ((1, 15), (5, 15), (8, 15)))
    assert series.values.shape[-2:] == (6, 6)
    measured = truth.reflectance[4, truth.bands.index("B4")]
    aside = (38 - 6 * FACTOR) / 2
    deviation = point_spread("B4") * FACTOR
    row, col = 2, 4
    weights = np.zeros((38, 38))
    for i in range(38):
        for j in range(38):
            down = i + 0.5 - (aside + (row + 0.5) * FACTOR)
            right = j + 0.5 - (aside + (col + 0.5) * FACTOR)
            weights[i, j] = math.exp(-(down**2 + right**2) / (2 * deviation**2))
    found = series.values[1, series.bands.index("B4"), row, col] / 10_000
    assert found == pytest.approx(float((weights * measured).sum() / weights.sum()), abs=2e-4)


def test_its_aerial_image_heights_and_labels_lie_where_its_series_lies(
    coarser: tuple[Scene, Truth],
) -> None:
    scene, _ = coarser
    assert (scene.grid.gsd, scene.grid.height) == (pytest.approx(0.2), 8 * 38)
    at = where(8 * 38, 1.25)
    expected = 200 * land(at, at[:, None], 2)
    red = scene.aerial.planes["red"].astype(float)
    np.testing.assert_allclose(red, expected, atol=1.5)
    heights = scene.images[NDSM_IMAGE].pixels[0]
    np.testing.assert_allclose(heights, expected / 4 * 0.2, atol=0.25)
    assert scene.reference is not None
    labels = scene.reference.labels
    assert [scene.reference.table.names[one] for one in labels[7, [0, 151, 152, 303]]] == [
        *("water", "water", "deciduous", "deciduous")
    ]


def test_the_world_of_the_coarser_scene_has_the_sizes_of_any_other(
    coarser: tuple[Scene, Truth],
) -> None:
    scene, truth = coarser
    prepared = prepare(scene, InputSpec())
    assert truth.grid.bounds == pytest.approx(prepared.sr_grid.bounds, abs=1e-6)
    assert prepared.sr_grid.gsd == pytest.approx(1.6)
    assert prepared.lr_grid.gsd == pytest.approx(10)
    rows, cols = prepared.windows.inside
    assert (rows, cols) == (slice(0, 6), slice(0, 6))


def test_neighbours_that_were_never_seen_on_one_day_make_no_scene(collection: Collection) -> None:
    names = (AERIAL, SENTINEL2)
    one, other = (collection.scene(collection.ids[at], names) for at in (0, 1))
    series = other.series[SENTINEL2]
    later = tuple(day + dt.timedelta(days=1) for day in series.dates)
    other = replace(other, series={SENTINEL2: replace(series, dates=later)})
    with pytest.raises(NoClearDate, match="any day in common"):
        joined([[one, other]])


def test_patches_that_leave_a_gap_are_refused_with_what_to_do(collection: Collection) -> None:
    ids = [one for one in collection.ids if not one.endswith(("6", "106"))]
    with pytest.raises(SceneError, match=r"nowhere 4 x 4 patches side by side.*--targets paper"):
        reduced(collection, ids)


def train(folder: Path, out: Path, *options: object) -> int:
    asked = ("--collection", folder, "--out", out, "--accelerator", "cpu", "--batch", 2)
    asked += ("--targets", "reduced", "--residual-deviation", 0.3, "--noise-norm", "unit")
    return main(["train", *map(str, (*asked, *options))])


def test_a_denoiser_learns_from_them(folder: Path, tmp_path: Path) -> None:
    options = (
        "--no-registration",
        "--pretrain-passes",
        0,
        "--denoiser-passes",
        2,
        "--iterations",
        1,
    )
    options += ("--denoiser", "frozen", "--few-steps", 1, "--square", 128, "--whole-rounds", 0)
    options += ("--few-step-share", 1, "--validation-scenes", 1)
    assert train(folder, tmp_path / "run", *options) == 0
    lines = (tmp_path / "run" / "metrics.csv").read_text().splitlines()
    assert any("denoising" in line and "train" in line for line in lines)
    assert (tmp_path / "run" / "bundle" / "model.safetensors").is_file()


def test_an_eps_w_that_learns_beside_the_classifiers_cannot_see_them(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(folder, tmp_path / "run", "--iterations", 1) == 2
    assert "--denoiser frozen" in capsys.readouterr().err
