"""A kind of source that lcapp does not know: a class and one line make it one it does."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pytest
from affine import Affine

from lcapp.errors import SceneError
from lcapp.scene import collection as collections
from lcapp.scene.collection import open_collection
from lcapp.scene.places import scenes_at
from lcapp.scene.reader import Reader, SceneHeader
from lcapp.sensors import AERIAL, NDSM_IMAGE, SPECTRAL_AERIAL_BANDS
from lcapp.types import Grid, Image, Scene


class Squares(Sequence[str]):
    """A hundred thousand ids that nobody lists."""

    def __len__(self) -> int:
        return 100_000

    def __getitem__(self, index: int) -> str:
        assert index == 0, "all ids are asked for"
        return "square/0"

    def __contains__(self, name: object) -> bool:
        return str(name).startswith("square/") and 0 <= int(str(name)[7:]) < len(self)


class Squared(Reader):
    """Squares of 12.8 m east of a place: `squares:800000,6500000`."""

    kind = "squares"
    looks = "squares:EASTING,NORTHING in EPSG:2154"

    def __init__(self, source: str) -> None:
        self.ids = Squares() if source.startswith("squares:") else ()
        self.corner = source.removeprefix("squares:").split(",")

    def header(self, scene_id: str) -> SceneHeader:
        west = float(self.corner[0]) + 12.8 * int(scene_id[7:])
        place = Affine(0.2, 0, west, 0, -0.2, float(self.corner[1]))
        return SceneHeader(scene_id, Grid("EPSG:2154", place, 64, 64), frozenset({AERIAL}), False)

    def scene(self, scene_id: str, names: object = None) -> Scene:
        grid = self.header(scene_id).grid
        pixels = np.full((4, 64, 64), int(scene_id[7:]), np.uint8)
        image = Image(pixels, SPECTRAL_AERIAL_BANDS, grid, dt.date(2021, 7, 1))
        return Scene(scene_id, "", grid, {AERIAL: image})


@pytest.fixture
def place(monkeypatch):
    monkeypatch.setattr(collections, "READERS", [*collections.READERS, Squared])
    return open_collection("squares:800000,6500000")


def test_its_scenes_are_read_by_id_and_by_name(place) -> None:
    assert (place.kind, place.name, place.ids[0]) == (
        "squares",
        "squares:800000,6500000",
        "square/0",
    )
    scene = place.scene("square/7", [AERIAL])
    assert (scene.aerial.pixels == 7).all()
    assert (scene.collection, scene.simulated) == ("squares:800000,6500000", False)
    assert place.header("square/7").grid.bounds[0] == pytest.approx(800_089.6)
    with pytest.raises(SceneError, match="there is no NDSM"):
        place.scene("square/7", [NDSM_IMAGE])


def test_what_it_does_not_know_has_a_plain_answer(place) -> None:
    assert place.find("square/99999") == "square/99999"
    assert (place.tree("square/1"), place.truth("square/1")) == (None, None)
    assert place.fingerprint("square/1") == place.fingerprint("square/2")


def test_few_scenes_are_found_by_their_place_and_are_no_zone(place, monkeypatch) -> None:
    place.ids = place.reader.ids = ("square/0", "square/3")
    assert scenes_at(place, 800_040.0, 6_499_990.0, "EPSG:2154") == ("square/3",)
    with pytest.raises(SceneError, match="the nearest is square/0, 8 m away"):
        scenes_at(place, 800_020.0, 6_499_990.0, "EPSG:2154")
    assert place.regions() == {"square": ["square/0", "square/3"]}
    with pytest.raises(SceneError, match="squares scenes are not joined to a zone"):
        place.region("square")


def test_whoever_names_something_else_is_told_what_it_looks_like(place) -> None:
    with pytest.raises(SceneError, match="squares:EASTING,NORTHING"):
        open_collection("plaice:1,2")
