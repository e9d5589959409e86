from pathlib import Path

import pytest

from lcapp.errors import SceneError
from lcapp.scene.collection import Collection, open_collection
from lcapp.scene.splits import domains, split_of

TREES = {
    "train": ("D004_2021", "D015_2020", "D077_2021"),
    "test": ("D012_2019", "D085_2019"),
}


@pytest.fixture
def flair(tmp_path: Path) -> Collection:
    """File names only: nothing else tells the split."""
    for tree, names in TREES.items():
        for domain in names:
            folder = tmp_path / f"flair_aerial_{tree}/{domain}/Z1_NN/img"
            folder.mkdir(parents=True)
            for number in (1, 2):
                (folder / f"IMG_{number:06d}.tif").touch()
    return open_collection(tmp_path)


@pytest.fixture
def pairs(tmp_path: Path) -> Collection:
    for name in ("a", "b"):
        (tmp_path / f"{name}_aerial.tif").touch()
    return open_collection(tmp_path)


def splits(collection: Collection, *named: str) -> dict[str, set[str]]:
    """Domain to the splits of its tiles."""
    return {
        domain: {split_of(collection, one, named or None) for one in ids}
        for domain, ids in domains(collection).items()
    }


def test_the_official_split_of_flair_2_is_by_domain(flair):
    assert splits(flair) == {
        "D004_2021": {"validation"},
        "D012_2019": {"test"},
        "D015_2020": {"train"},
        "D077_2021": {"validation"},
        "D085_2019": {"test"},
    }


def test_a_tile_in_the_test_tree_is_test_whatever_its_domain_is_called(tmp_path):
    folder = tmp_path / "flair_aerial_test/D004_2021/Z1_NN/img"
    folder.mkdir(parents=True)
    (folder / "IMG_000001.tif").touch()
    assert splits(open_collection(tmp_path)) == {"D004_2021": {"test"}}


def test_named_domains_take_the_place_of_the_official_ones(flair):
    found = splits(flair, "D015_2020")
    assert found["D015_2020"] == {"validation"}
    assert found["D004_2021"] == found["D077_2021"] == {"train"}
    assert found["D012_2019"] == {"test"}


def test_domains_hold_every_tile_once(flair):
    found = domains(flair)
    assert found["D015_2020"] == ("D015_2020/Z1_NN/IMG_000001", "D015_2020/Z1_NN/IMG_000002")
    assert sorted(one for ids in found.values() for one in ids) == sorted(flair.ids)


@pytest.mark.parametrize(
    ("named", "said"), [("D012_2019", "for testing"), ("D999_2021", "no domain 'D999_2021'")]
)
def test_a_domain_for_testing_or_of_nowhere_cannot_be_held_out(flair, named, said):
    with pytest.raises(SceneError, match=said):
        split_of(flair, flair.ids[0], (named,))


def test_a_collection_without_official_split_asks_for_domains(pairs):
    with pytest.raises(SceneError, match="no official split"):
        split_of(pairs, "a")
    assert splits(pairs, "b") == {"a": {"train"}, "b": {"validation"}}


def test_an_unknown_scene_is_refused(flair):
    with pytest.raises(SceneError, match="no scene"):
        split_of(flair, "D004_2021/Z1_NN/IMG_000009")
