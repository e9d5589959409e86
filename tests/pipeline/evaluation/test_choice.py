"""Which scenes an evaluation takes, and what is said where there are none."""

from pathlib import Path

import pytest

from lcapp.errors import LcappError, SceneError
from lcapp.pipeline.evaluation.choice import chosen
from lcapp.scene.collection import open_collection
from tests.train.conftest import write_area

FIRST, SECOND = "D801_2021/Z1_NN/IMG_000010", "D801_2021/Z1_NN/IMG_000011"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tiles of a test domain, one to train on."""
    root = tmp_path_factory.mktemp("made")
    write_area(root, "test", "D801_2021", 2, 64, 1)
    write_area(root, "train", "D802_2021", 1, 64, 2)
    return root


def test_scenes_are_chosen_by_split_and_by_domain_and_evenly(folder: Path) -> None:
    found = open_collection(folder)
    assert chosen(found, "test") == (FIRST, SECOND)
    assert len(chosen(found, "all")) == 3
    assert chosen(found, "all", limit=2) == (found.ids[0], found.ids[1])
    assert chosen(found, "test", ["D802_2021"]) == chosen(found, "train")
    assert chosen(found, "test", limit=9) == (FIRST, SECOND)


@pytest.mark.parametrize(
    ("part", "named", "limit", "words"),
    [
        ("validation", [], None, "no scene for validation.*--split all"),
        ("test", ["D999_2021"], None, "no domain 'D999_2021'.*D801_2021"),
        ("test", [], 0, "limit is 0"),
    ],
)
def test_an_empty_choice_is_refused(
    folder: Path, part: str, named: list[str], limit: int | None, words: str
) -> None:
    with pytest.raises(LcappError, match=words):
        chosen(open_collection(folder), part, named, limit)


def test_a_collection_without_a_split_says_how_to_choose(treesat_folder: Path) -> None:
    with pytest.raises(SceneError, match=r"no official split.*--domains"):
        chosen(open_collection(treesat_folder), "test")
