"""Scenes of a split as examples: which, what stays in memory, and what a visit changes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lcapp.classes import FLAIR2
from lcapp.errors import SceneError
from lcapp.prepare import SYMMETRIES, InputSpec, prepare
from lcapp.scene.collection import Collection, open_collection
from lcapp.sensors import AERIAL, SENTINEL2
from lcapp.train.config import DataConfig
from lcapp.train.data.draws import VALIDATION, Draws
from lcapp.train.data.examples import Examples, scenes_of, spread_over
from lcapp.train.data.stream import Visit

DRAWS = Draws(0, 500, per_month=False, augment=True, few_step_share=0.0)
DATA = DataConfig("scenes")


@pytest.fixture(scope="module")
def collection(small_folder: Path) -> Collection:
    return open_collection(small_folder)


def examples(collection: Collection, **settings: object) -> Examples:
    ids = scenes_of(collection, "train", DATA)
    return Examples(collection, ids, InputSpec(), FLAIR2, replace(DATA, **settings), DRAWS)


def domains(ids: tuple[str, ...]) -> set[str]:
    return {one.partition("/")[0] for one in ids}


def test_the_official_split_is_by_domain(collection: Collection) -> None:
    found = {split: scenes_of(collection, split, DATA) for split in ("train", "validation", "test")}
    assert domains(found["train"]) == {"D001_2021", "D002_2021"}
    assert domains(found["validation"]) == {"D004_2021"}
    assert domains(found["test"]) == {"D012_2021"}
    assert [len(ids) for ids in found.values()] == [4, 2, 1]
    assert found["train"] == tuple(one for one in collection.ids if one in found["train"])


def test_named_domains_are_held_out_in_place_of_the_official_ones(collection: Collection) -> None:
    data = replace(DATA, validation_domains=("D002_2021",))
    assert domains(scenes_of(collection, "validation", data)) == {"D002_2021"}
    assert domains(scenes_of(collection, "train", data)) == {"D001_2021", "D004_2021"}


def test_excluded_scenes_are_left_out_of_every_split(collection: Collection) -> None:
    for split in ("train", "validation"):
        first, *others = scenes_of(collection, split, DATA)
        assert scenes_of(collection, split, replace(DATA, exclude=(first,))) == tuple(others)


def test_kept_scenes_are_those_that_would_be_prepared(collection: Collection) -> None:
    kept, alone = examples(collection, cached_scenes=3), examples(collection)
    state = torch.random.get_rng_state()
    kept.keep(workers=2)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert list(kept._kept) == [0, 1, 2]  # as many as are kept, of four
    for place in range(3):
        for own, other in zip(kept._kept[place], alone.prepared(place), strict=True):
            assert type(own) is type(other)
        np.testing.assert_array_equal(kept._kept[place][0].aerial, alone.prepared(place)[0].aerial)
        np.testing.assert_array_equal(kept._kept[place][1].labels, alone.prepared(place)[1].labels)


def test_an_unknown_scene_to_exclude_is_named(collection: Collection) -> None:
    with pytest.raises(SceneError, match=r"scenes: has no scene 'D9/none' to exclude"):
        scenes_of(collection, "train", replace(DATA, exclude=("D9/none",)))


def test_a_split_without_scenes_is_an_error_that_says_how_to_hold_some_out(
    collection: Collection,
) -> None:
    held_out = scenes_of(collection, "validation", DATA)
    with pytest.raises(SceneError, match=r"no scenes for validation.*--validation-domains"):
        scenes_of(collection, "validation", replace(DATA, exclude=held_out))


def test_scenes_without_labels_are_an_error_that_names_one(treesat_folder: Path) -> None:
    collection = open_collection(treesat_folder)
    first, second = collection.ids[:2]
    data = DataConfig(str(treesat_folder), validation_domains=(first,))
    with pytest.raises(SceneError, match=f"no labels: {second} is without"):
        scenes_of(collection, "train", data)


def test_at_most_so_many_scenes_are_spread_evenly_over_the_list() -> None:
    ids = tuple("abcdefghij")
    assert spread_over(ids, 5) == tuple("acegi")
    assert spread_over(ids, 3) == tuple("adg")
    assert spread_over(ids, 0) == spread_over(ids, 10) == spread_over(ids, 99) == ids


def test_no_more_prepared_scenes_stay_in_memory_than_asked_and_the_latest_do(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def scene(self: Collection, scene_id: str, *names: object) -> object:
        read.append(scene_id)
        return reading(self, scene_id, *names)

    reading = Collection.scene
    monkeypatch.setattr(Collection, "scene", scene)
    some = examples(collection, cached_scenes=2)
    for place in (0, 1, 0, 2, 0, 1):  # 2 pushes 1 out: 0 was used since
        some[place, 0]
    assert read == [some.ids[place] for place in (0, 1, 2, 1)]
    read.clear()
    none = examples(collection, cached_scenes=0)
    for _ in range(2):
        none[0, 0]
    assert len(read) == 2


def test_the_same_visit_gives_the_same_arrays_from_disk_and_from_memory(
    collection: Collection,
) -> None:
    some = examples(collection)
    first = some[1, 5]
    for again in (some[1, 5], examples(collection)[1, 5]):
        assert again.draw.symmetry == first.draw.symmetry
        assert torch.equal(again.draw.noise, first.draw.noise)
        for name in ("aerial", "series", "day_offsets"):
            np.testing.assert_array_equal(
                getattr(again.prepared, name), getattr(first.prepared, name)
            )
        for name in ("aerial_on_sr", "labels", "sr_labels"):
            np.testing.assert_array_equal(
                getattr(again.targets, name), getattr(first.targets, name)
            )


def test_other_visits_flip_and_turn_aerial_image_series_and_labels_together(
    collection: Collection,
) -> None:
    some = examples(collection)
    still = some[0]
    seen = set()
    for visit in range(12):
        turned = some[0, visit]
        symmetry = DRAWS.symmetry(some.ids[0], visit)
        assert turned.draw.symmetry == symmetry
        seen.add(symmetry)
        for mine, its in (
            (still.prepared.aerial, turned.prepared.aerial),
            (still.prepared.series, turned.prepared.series),
            (still.targets.labels, turned.targets.labels),
            (still.targets.aerial_on_sr, turned.targets.aerial_on_sr),
        ):
            np.testing.assert_array_equal(symmetry.image(mine), its)
    assert len(seen) > 4


def test_training_sets_the_series_right_as_use_does_unless_told_not_to(
    collection: Collection,
) -> None:
    laid, left = (examples(collection, registration=on)[0].prepared for on in (True, False))
    assert left.registration is None
    assert laid.registration is not None
    moved = np.subtract(laid.lr_grid.bounds[:2], left.lr_grid.bounds[:2])
    expected = [-laid.registration.east, -laid.registration.north]
    assert moved == pytest.approx(expected, abs=1e-6)


def test_an_index_without_a_visit_is_the_validation_of_the_scene(collection: Collection) -> None:
    some = examples(collection)
    assert some[2].draw.symmetry == SYMMETRIES[0]
    assert torch.equal(some[2].draw.noise, some[2, VALIDATION].draw.noise)
    assert len(some) == 4


def test_a_square_is_cut_out_of_the_flipped_and_turned_scene_another_one_each_visit(
    collection: Collection,
) -> None:
    some = examples(collection, square=64)
    corners = set()
    for number in range(6):
        whole, part = some[0, number], some[Visit(0, number, whole=False)]
        cut = part.draw.cut
        assert cut is not None
        corners.add((cut.row, cut.col))
        rows, cols = slice(8 * cut.row, 8 * cut.row + 64), slice(8 * cut.col, 8 * cut.col + 64)
        np.testing.assert_array_equal(part.prepared.aerial, whole.prepared.aerial[:, rows, cols])
        np.testing.assert_array_equal(part.targets.labels, whole.targets.labels[rows, cols])
        np.testing.assert_array_equal(part.prepared.series, whole.prepared.series)
        assert part.targets.aerial_on_sr.shape[1:] == part.draw.noise.shape[2:] == (8, 8)
        assert some[Visit(0, number, whole=False)].draw.cut == cut
    assert len(corners) > 3
    assert some[0].draw.cut is None


def test_a_scene_smaller_than_the_squares_is_named(collection: Collection) -> None:
    some = examples(collection, square=136)
    assert some[0].prepared.aerial.shape[-2:] == (128, 128)  # validation sees all of it
    with pytest.raises(SceneError, match=r"D001.* is smaller than the squares of 136 pixels"):
        some[Visit(0, 0, whole=False)]


def test_some_visits_lose_the_heights_as_a_scene_without_them_would_and_validation_never(
    collection: Collection,
) -> None:
    draws = replace(DRAWS, neutral_share=0.5, augment=False)
    ids = scenes_of(collection, "train", DATA)
    some = Examples(collection, ids, InputSpec(), FLAIR2, DATA, draws)
    scene = collection.scene(ids[0])
    without = prepare(scene.only([AERIAL, SENTINEL2]), InputSpec())
    kept = [some[0, number].prepared.neutral_bands == () for number in range(40)]
    assert 8 < sum(kept) < 32
    lost = some[0, kept.index(False)].prepared
    np.testing.assert_array_equal(lost.aerial, without.aerial)
    assert lost.neutral_bands == without.neutral_bands
    np.testing.assert_array_equal(
        some[0, kept.index(True)].prepared.aerial, prepare(scene, InputSpec()).aerial
    )
    assert replace(draws, neutral_share=1.0).neutral(ids[0], VALIDATION) is False
