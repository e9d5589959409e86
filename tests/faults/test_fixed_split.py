"""Fault 8: a random split of tiles, drawn again at each resume."""

import random
from pathlib import Path

import pytest

from lcapp.scene.collection import open_collection
from lcapp.train.config import DataConfig
from lcapp.train.data.examples import scenes_of
from tests.train.conftest import write_area

HELD_OUT = {"D004_2021", "D014_2020"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three domains to train on and two official validation domains, two tiles each."""
    root = tmp_path_factory.mktemp("flair2")
    for seed, domain in enumerate(("D001_2021", "D002_2021", "D003_2021", *HELD_OUT), start=1):
        write_area(root, "train", domain, 2, 64, seed)
    return root


def check_the_split_is_the_data_sets_own(folder: Path) -> None:
    data = DataConfig(str(folder))
    for _ in range(3):  # a run and two resumes
        collection = open_collection(folder)
        held_out = scenes_of(collection, "validation", data)
        trained = scenes_of(collection, "train", data)
        assert {one.split("/")[0] for one in held_out} == HELD_OUT
        assert not {one.split("/")[0] for one in trained} & HELD_OUT
        assert len(held_out) == 4
        assert len(trained) == 6


def test_the_split_is_the_data_sets_own(folder: Path) -> None:
    check_the_split_is_the_data_sets_own(folder)


def test_seen_to_fail_with_a_random_split(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: two fifths of the tiles at random. Tiles of D001 to D003 were held out as well."""
    drawn = random.Random(0)

    def at_random(collection: object, scene_id: str, domains: object) -> str:
        return "validation" if drawn.random() < 0.4 else "train"

    monkeypatch.setattr("lcapp.train.data.examples.split_of", at_random)
    with pytest.raises(AssertionError):
        check_the_split_is_the_data_sets_own(folder)
