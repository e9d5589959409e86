"""What a guide meets in training that it will meet in use."""

import numpy as np
import torch

from lcapp.train.data.disturbance import METRES, Disturbance


def drawn(seed: int) -> Disturbance:
    return Disturbance.drawn(torch.Generator().manual_seed(seed), 64, 64)


def still(**changed: object) -> Disturbance:
    one = np.ones(4, np.float32)
    kept = {"shift": (0.0, 0.0), "gain": one, "offset": 0 * one, "moved": (), "shaded": ()}
    return Disturbance(**{**kept, **changed})  # type: ignore[arg-type]


def image() -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (5, 64, 64)).astype(np.float32)


def test_one_that_does_nothing_leaves_the_guide_as_it_is() -> None:
    np.testing.assert_allclose(still().image(image()), image(), atol=1e-6)


def test_what_lay_here_lies_so_far_south_and_east() -> None:
    found = still(shift=(2.0, -1.0)).image(image())
    np.testing.assert_allclose(found[:, 2:, :-1], image()[:, :-2, 1:], atol=1e-5)


def test_heights_are_moved_and_have_no_colour() -> None:
    change = still(gain=np.full(4, 0.9, np.float32), shaded=((0, 0, 10, 10),))
    found = change.image(image())
    np.testing.assert_allclose(found[4], image()[4], atol=1e-6)
    np.testing.assert_allclose(found[:4, 20:], 0.9 * image()[:4, 20:], atol=1e-6)
    np.testing.assert_allclose(
        found[:4, :10, :10], 0.9 * (0.45 * (image()[:4, :10, :10] + 1) - 1), atol=1e-6
    )


def test_a_place_shows_another_as_it_was() -> None:
    found = still(moved=((0, 0, 5, 6, 40, 50), (40, 50, 5, 6, 0, 0))).image(image())
    np.testing.assert_allclose(found[:, :5, :6], image()[:, 40:45, 50:56], atol=1e-6)
    np.testing.assert_allclose(found[:, 40:45, 50:56], image()[:, :5, :6], atol=1e-6)


def test_most_shifts_are_what_registration_leaves_and_none_is_beyond_three_metres() -> None:
    metres = [1.6 * float(np.hypot(*drawn(seed).shift)) for seed in range(300)]
    assert max(metres) < METRES
    assert 0.65 < np.mean(np.array(metres) <= 0.5) < 0.85


def test_the_same_generator_draws_the_same_and_another_another() -> None:
    one, same, other = (drawn(seed).image(image()) for seed in (0, 0, 1))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
