"""Chance in training: a function of the seed, the scene and the visit."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from lcapp.diffusion.noise import keyed_generator
from lcapp.prepare import SYMMETRIES
from lcapp.train.data.draws import VALIDATION, Draw, Draws

IMAGE = (4, 2, 2)
DRAWS = Draws(seed=3, steps=50, per_month=False, augment=True, few_step_share=0.5)


def alike(one: Draw, two: Draw) -> bool:
    return (
        one.symmetry == two.symmetry
        and torch.equal(one.k, two.k)
        and torch.equal(one.noise, two.noise)
        and (one.few_step, one.sample_seed) == (two.few_step, two.sample_seed)
    )


def test_a_visit_draws_the_same_whatever_was_drawn_before_it() -> None:
    first = DRAWS.of("a/1", 7, IMAGE)
    torch.manual_seed(99)
    replace(DRAWS).of("a/2", 8, IMAGE)
    torch.rand(3)
    assert alike(replace(DRAWS).of("a/1", 7, IMAGE), first)


@pytest.mark.parametrize(("seed", "scene", "visit"), [(4, "a/1", 7), (3, "a/2", 7), (3, "a/1", 8)])
def test_another_seed_scene_or_visit_draws_another_noise(seed: int, scene: str, visit: int) -> None:
    first = DRAWS.of("a/1", 7, IMAGE)
    other = replace(DRAWS, seed=seed).of(scene, visit, IMAGE)
    assert not torch.equal(other.noise, first.noise)
    assert other.sample_seed != first.sample_seed


def test_the_flip_of_the_whole_draw_is_that_which_symmetry_names() -> None:
    for visit in range(20):
        assert DRAWS.of("a/1", visit, IMAGE).symmetry == DRAWS.symmetry("a/1", visit)


def test_validation_draws_the_same_each_time_and_never_flips() -> None:
    scenes = [f"a/{number}" for number in range(20)]
    for scene in scenes:
        first = DRAWS.of(scene, VALIDATION, IMAGE)
        assert first.symmetry == SYMMETRIES[0]
        assert alike(DRAWS.of(scene, VALIDATION, IMAGE), first)
    assert len({int(DRAWS.of(scene, VALIDATION, IMAGE).k[0]) for scene in scenes}) > 5


def test_all_eight_flips_and_turns_are_drawn_alike_and_none_without_augmentation() -> None:
    counts = Counter(DRAWS.symmetry("a/1", visit) for visit in range(1600))
    assert set(counts) == set(SYMMETRIES)
    assert all(140 < count < 260 for count in counts.values())  # 200 expected, deviation 13
    still = replace(DRAWS, augment=False)
    assert {still.symmetry("a/1", visit) for visit in range(50)} == {SYMMETRIES[0]}


def test_each_step_of_the_diffusion_is_drawn_alike_the_first_and_the_last_included() -> None:
    counts = np.bincount([int(DRAWS.of("a/1", v, (1, 1, 1)).k[0]) for v in range(2000)])
    assert len(counts) == DRAWS.steps
    assert counts.min() > 40 - 4.5 * 6.3  # 40 expected, deviation 6.3
    assert counts.max() < 40 + 4.5 * 6.3


def test_the_months_of_a_scene_share_one_step_and_one_noise_image() -> None:
    draw = DRAWS.of("a/1", 0, IMAGE)
    assert draw.noise.shape == (1, *IMAGE)
    assert draw.k.shape == (12,)
    assert len(set(draw.k.tolist())) == 1


def test_each_month_has_its_own_step_and_noise_where_that_is_asked() -> None:
    draw = replace(DRAWS, per_month=True).of("a/1", 0, IMAGE)
    assert draw.noise.shape == (12, *IMAGE)
    assert len({tuple(image.flatten().tolist()) for image in draw.noise}) == 12
    assert len(set(draw.k.tolist())) > 6


def test_noise_is_standard_normal() -> None:
    noise = DRAWS.of("a/1", 0, (4, 64, 64)).noise
    assert float(noise.mean()) == pytest.approx(0, abs=0.03)
    assert float(noise.std()) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(
    ("share", "least", "most"), [(0.0, 0, 0), (0.3, 240, 360), (1.0, 1000, 1000)]
)
def test_few_step_samples_are_read_as_often_as_asked(share: float, least: int, most: int) -> None:
    draws = replace(DRAWS, few_step_share=share)
    count = sum(draws.of("a/1", visit, (1, 1, 1)).few_step for visit in range(1000))
    assert least <= count <= most


def test_the_share_of_few_step_samples_leaves_the_other_draws_as_they_are() -> None:
    one, two = (replace(DRAWS, few_step_share=s).of("a/1", 5, IMAGE) for s in (0.0, 1.0))
    assert alike(replace(one, few_step=True), two)


@pytest.mark.parametrize(
    ("one", "two"),
    [(("a1", 2), ("a", 12)), ((1, "2"), (1, 2)), (("a", "b"), ("ab",)), ((1, 11), (11, 1))],
)
def test_keys_that_read_alike_give_different_numbers(
    one: tuple[int | str, ...], two: tuple[int | str, ...]
) -> None:
    numbers = [torch.rand(4, generator=keyed_generator(*key)).tolist() for key in (one, two)]
    assert numbers[0] != numbers[1]
