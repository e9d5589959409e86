"""Scenes in memory whose every number is known, and the way from them to a batch."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from affine import Affine

from lcapp.classes import FLAIR2
from lcapp.prepare import InputSpec, Symmetry
from lcapp.train.config import DataConfig
from lcapp.train.data.draws import Draws
from lcapp.train.data.examples import Examples
from lcapp.types import Grid, Image, Reference, Scene, Series
from tests.scenes import scene_of, with_parts

SIDE = 128
"""Aerial pixels: 16 SR pixels, 2.56 LR pixels."""

OFF_CENTRE = (-183.7, -190.1)
"""Metres east and south of the tile's corner where its series begins; not its middle."""

QUARTERS = (2, 5, 8, 11)
YEAR = tuple(range(1, 13))
FLOWN = dt.date(2021, 7, 1)


def grid(left: float, top: float, gsd: float, side: int) -> Grid:
    """A grid whose corner lies so many metres east and south of the tile's."""
    return Grid("EPSG:2154", Affine(gsd, 0, 6e5 + left, 0, -gsd, 6.6e6 - top), side, side)


def textured(months: Sequence[int] = QUARTERS, seed: int = 0) -> Scene:
    """A labelled scene of noise with one clear acquisition in each of these months."""
    random = np.random.default_rng(seed)
    aerial = Image(
        random.integers(0, 256, (4, SIDE, SIDE), dtype=np.uint8),
        ("red", "green", "blue", "nir"),
        grid(0, 0, 0.2, SIDE),
        FLOWN,
    )
    series = Series(
        values=random.uniform(200, 3000, (len(months), 4, 40, 40)).astype(np.float32),
        bands=InputSpec().series_bands,
        dates=tuple(dt.date(2021, month, 10 + month) for month in months),
        offsets=np.zeros(len(months), np.float32),
        grid=grid(*OFF_CENTRE, 10, 40),
        cloud=np.zeros((len(months), 40, 40), np.float32),
        snow=np.zeros((len(months), 40, 40), np.float32),
    )
    labels = random.integers(0, 13, (SIDE, SIDE), dtype=np.uint8)
    ndsm = random.uniform(0, 30, (SIDE, SIDE)).astype(np.float32)
    return scene_of(f"made/{seed}", aerial, series, ndsm, Reference(labels, FLAIR2))


def with_acquisitions(
    scene: Scene, months: Sequence[int], values: np.ndarray, *, cloud: float
) -> Scene:
    """The scene with further acquisitions.

    Args:
        scene: With a series.
        months: Of the new ones.
        values: Their digital numbers, or one for all.
        cloud: Their probability of cloud, percent.
    """
    series = scene.sentinel2
    shape = (len(months), *series.values.shape[1:])
    added = np.broadcast_to(np.float32(values), shape)
    masks = np.zeros((len(months), *shape[2:]), np.float32)
    return with_parts(
        scene,
        series=replace(
            series,
            values=np.concatenate([series.values, added]),
            dates=(*series.dates, *(dt.date(2021, month, 20) for month in months)),
            offsets=np.concatenate([series.offsets, np.zeros(len(months), np.float32)]),
            cloud=np.concatenate([series.cloud, masks + np.float32(cloud)]),
            snow=np.concatenate([series.snow, masks]),
        ),
    )


class InMemory:
    """Scenes in place of a folder."""

    def __init__(self, *scenes: Scene) -> None:
        self._scenes = {scene.id: scene for scene in scenes}
        self.ids = tuple(self._scenes)

    def scene(self, scene_id: str, names: tuple[str, ...], uses: frozenset[str]) -> Scene:
        scene = self._scenes[scene_id]
        return scene.only(scene.holds.intersection({*names, *uses}))


def examples_of(*scenes: Scene, augment: bool = False, align: str = "none") -> Examples:
    """The scenes as training sees them."""
    draws = Draws(0, 500, per_month=False, augment=augment, few_step_share=0.0)
    there = InMemory(*scenes)
    return Examples(there, there.ids, InputSpec(), FLAIR2, DataConfig("", align=align), draws)


def visit_with(examples: Examples, symmetry: Symmetry) -> int:
    """The first visit in which the first scene goes through the symmetry."""
    return next(
        visit
        for visit in range(1000)
        if examples.draws.symmetry(examples.ids[0], visit) == symmetry
    )
