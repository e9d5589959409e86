"""Scenes collated: the same numbers as each alone, on one device, or a refusal that names one."""

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from affine import Affine
from torch import Tensor

from lcapp.classes import FLAIR2
from lcapp.errors import SceneError
from lcapp.models.windows import BatchWindow
from lcapp.prepare import InputSpec, apply_window, footprint_windows
from lcapp.scene.collection import open_collection
from lcapp.train.config import DataConfig
from lcapp.train.data.batch import Example, collate
from lcapp.train.data.draws import Draws
from lcapp.train.data.examples import Examples


@pytest.fixture(scope="module")
def examples(small_folder: Path) -> list[Example]:
    """Two scenes as they lie and one whose tile lies 3.7 and 1.2 m further in its crop."""
    collection = open_collection(small_folder)
    draws = Draws(0, 500, per_month=False, augment=False, few_step_share=0.0)
    some = Examples(
        collection, collection.ids, InputSpec(), FLAIR2, DataConfig(str(small_folder)), draws
    )
    one, two = some[0, 0], some[1, 0]
    grid = one.prepared.sr_grid
    t = grid.transform
    moved = replace(grid, transform=Affine(t.a, t.b, t.c + 3.7, t.d, t.e, t.f - 1.2))
    windows = footprint_windows(one.prepared.lr_grid, moved)
    aside = replace(one.prepared, scene_id="aside", sr_grid=moved, windows=windows)
    return [one, two, replace(one, prepared=aside)]


def sr_images(examples: Sequence[Example]) -> np.ndarray:
    shape = (len(examples), *examples[0].targets.aerial_on_sr.shape)
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def test_scenes_at_other_fractions_of_a_pixel_fit_in_one_batch(examples: list[Example]) -> None:
    counts = {tuple(s.stop - s.start for s in one.prepared.windows.inside) for one in examples}
    assert len(counts) > 1, "the scenes must cover different numbers of LR pixels"
    batch = collate(examples)
    assert batch.scene_ids == tuple(one.prepared.scene_id for one in examples)
    crop = examples[0].prepared.series.shape[-2:]
    for scene, one in enumerate(examples):
        mask = np.zeros(crop, dtype=bool)
        mask[one.prepared.windows.inside] = True
        np.testing.assert_array_equal(batch.inside[scene], mask)


def test_down_on_the_whole_crop_is_that_of_each_scene_and_zero_outside(
    examples: list[Example],
) -> None:
    images = sr_images(examples)
    batch = collate(examples)
    found = batch.down(torch.from_numpy(images)).numpy()
    for scene, one in enumerate(examples):
        windows = one.prepared.windows
        np.testing.assert_allclose(
            found[scene][:, *windows.inside], apply_window(images[scene], windows.down), atol=1e-5
        )
        assert not found[scene][:, ~batch.inside[scene].numpy()].any()


def test_up_from_the_whole_crop_is_that_of_each_scene_and_blind_outside(
    examples: list[Example],
) -> None:
    series = np.stack([np.nan_to_num(one.prepared.series[6]) for one in examples])
    series += np.random.default_rng(1).normal(size=series.shape).astype(np.float32)
    batch = collate(examples)
    found = batch.up(torch.from_numpy(series)).numpy()
    for scene, one in enumerate(examples):
        windows = one.prepared.windows
        wanted = apply_window(series[scene][:, *windows.inside], windows.up)
        np.testing.assert_allclose(found[scene], wanted, atol=1e-5)


def test_each_level_is_resampled_by_the_window_of_its_scene(examples: list[Example]) -> None:
    batch = collate(examples)
    random = np.random.default_rng(2)
    for level, window in enumerate(batch.levels):
        size = examples[0].prepared.windows.levels[level]
        image = random.normal(size=(2, size.rows.shape[1], size.cols.shape[1])).astype(np.float32)
        found = window(torch.from_numpy(np.stack([image] * 3))).numpy()
        for scene, one in enumerate(examples):
            wanted = apply_window(image, one.prepared.windows.levels[level])
            np.testing.assert_allclose(found[scene], wanted, atol=1e-5)
    assert not np.allclose(found[0], found[2])


def test_a_batch_holds_each_scene_as_it_is_alone(examples: list[Example]) -> None:
    batch = collate(examples)
    for scene, one in enumerate(examples):
        alone = collate([one])
        for part in fields(batch):
            value = getattr(batch, part.name)
            if isinstance(value, Tensor):
                mine = getattr(alone, part.name)[0]
                torch.testing.assert_close(value[scene], mine, rtol=0, atol=0, equal_nan=True)
    wanted = [one.targets.nearest for one in examples]
    assert batch.nearest.tolist() == wanted
    assert {batch.labels.dtype, batch.sr_labels.dtype, batch.k.dtype} == {torch.int64}


def test_scenes_of_the_present_months_are_named_scene_by_scene(examples: list[Example]) -> None:
    batch = collate(examples[:2])
    assert batch.present.sum(1).tolist() == [4, 4]
    assert batch.scenes.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert batch.series[batch.present].isfinite().all()
    assert batch.series[~batch.present].isnan().all()


def test_moving_a_batch_moves_all_of_it(examples: list[Example]) -> None:
    def tensors(value: object) -> list[Tensor]:
        if isinstance(value, BatchWindow):
            return [value.rows, value.cols]
        if isinstance(value, tuple):
            return [tensor for one in value for tensor in tensors(one)]
        return [value] if isinstance(value, Tensor) else []

    here = collate(examples)
    there = here.to("meta")
    for part in fields(here):
        own, moved = tensors(getattr(here, part.name)), tensors(getattr(there, part.name))
        assert [one.shape for one in moved] == [one.shape for one in own]
        chance = part.name in ("few_step", "sample_seeds")  # decided where its noise is drawn
        assert {one.device.type for one in moved} <= {"cpu" if chance else "meta"}, part.name
    assert there.scene_ids == here.scene_ids
    assert here.aerial.device.type == "cpu"


def test_a_loader_pins_all_of_it_but_what_the_cpu_decides(
    examples: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tensor, "pin_memory", Tensor.clone)  # there may be no GPU
    pinned, plain = collate(examples).pin_memory(), collate(examples)
    for part in fields(plain):
        if isinstance(value := getattr(plain, part.name), Tensor):
            torch.testing.assert_close(getattr(pinned, part.name), value, equal_nan=True)
    assert isinstance(pinned.down, BatchWindow)
    assert isinstance(pinned.levels[0], BatchWindow)


@pytest.mark.parametrize(
    ("part", "what"), [("aerial", "aerial image"), ("series", "crop of the series")]
)
def test_scenes_of_two_sizes_are_refused_and_the_second_is_named(
    examples: list[Example], part: str, what: str
) -> None:
    one, two = examples[:2]
    array = getattr(two.prepared, part)
    odd = replace(two, prepared=replace(two.prepared, **{part: array[..., :-2, :]}))
    name = two.prepared.scene_id
    size = f"{array.shape[-2] - 2} x {array.shape[-1]} pixels"
    with pytest.raises(SceneError, match=f"{name}: the {what} has {size}"):
        collate([one, odd])
