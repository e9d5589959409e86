"""Scenes made by hand: an aerial image and what a test needs beside it."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
from affine import Affine

from lcapp.scene.collection import open_collection
from lcapp.scene.flair2.truth import write_truth
from lcapp.sensors import AERIAL, MODALITIES, NDSM, NDSM_IMAGE, SENTINEL2
from lcapp.types import Floats, Grid, Image, Reference, Scene, Series, Truth


def scene_of(
    scene_id: str,
    aerial: Image,
    series: Series | None = None,
    ndsm: Floats | None = None,
    reference: Reference | None = None,
) -> Scene:
    """A scene on the grid of its aerial image."""
    bare = Scene(scene_id, "tests", aerial.grid)
    return with_parts(bare, aerial=aerial, series=series, ndsm=ndsm, reference=reference)


def with_parts(
    scene: Scene,
    *,
    aerial: Image | None = None,
    series: Series | None = None,
    ndsm: Floats | None = None,
    reference: Reference | None = None,
) -> Scene:
    """The scene with these in place of its own; what is None stays as it is."""
    images, grid = dict(scene.images), scene.grid
    if aerial is not None:
        images[AERIAL], grid = aerial, aerial.grid
    if ndsm is not None:
        images[NDSM_IMAGE] = Image(ndsm[None], (NDSM,), grid)
    held = {} if series is None else {SENTINEL2: series}
    labels = {} if reference is None else {reference.table.name: reference}
    return replace(
        scene,
        grid=grid,
        images=images,
        series={**scene.series, **held},
        references={**scene.references, **labels},
    )


def patch_of(images: dict[str, np.ndarray], series: dict[str, Series] | None = None) -> Scene:
    """A patch of FLAIR-HUB whose images and series each have a file of their name."""
    grid = Grid("EPSG:2154", Affine(0.2, 0, 0, 0, -0.2, 0), 512, 512)
    return Scene(
        "D012-2019/AF-S1-27/5-10",
        "tests",
        grid,
        {name: image_of(name, pixels, grid) for name, pixels in images.items()},
        {name: replace(one, source=f"tree/{name}.tif") for name, one in (series or {}).items()},
    )


def image_of(name: str, pixels: np.ndarray, grid: Grid) -> Image:
    """An image of a modality of FLAIR-HUB."""
    bands = MODALITIES[name].bands
    return Image(pixels, bands, grid.divided(pixels.shape[-1]), source=f"tree/{name}.tif")


def put_truth(root: Path, scene_id: str, side: int = 13) -> None:
    """Beside a tile of FLAIR #2 its truth, of constant bands: 0.1, in the near infrared 0.3.

    Args:
        root: Of the collection.
        scene_id: The tile, by default of 104 pixels.
        side: Pixels of 1.6 m.
    """
    grid = replace(
        open_collection(root).scene(scene_id).aerial.grid.coarser(), height=side, width=side
    )
    reflectance = np.full((12, 4, side, side), 0.1, np.float32)
    reflectance[:, 3] = 0.3
    # Not the order of the network's bands.
    bands, order = ("B8", "B2", "B3", "B4"), [3, 2, 1, 0]
    days = tuple(dt.date(2021, month, 15) for month in range(1, 13))
    path = root / "truth" / scene_id.replace("IMG_", "TRU_")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_truth(
        path.with_suffix(".tif"),
        Truth(reflectance[:, order], bands, days, np.ones(12, bool), grid),
    )
