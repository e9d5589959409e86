"""The toy against what is known of it: its data, the paths of its samplers, its randomness."""

import threading

import numpy as np
import pytest
import torch

from lcapp.diffusion.noise import KeyedNoise, keyed_generator
from lcapp.diffusion.toy import APART, PATHS, POINTS, RADIUS, WIDTH, moons, off_moons
from lcapp.diffusion.toy import trained_toy as trained
from lcapp.errors import Cancelled
from lcapp.types.watched import Toy


@pytest.fixture(scope="module")
def toy() -> Toy:
    """Trained once; some five seconds."""
    return trained()


def test_distances_from_the_moons_are_those_of_geometry() -> None:
    middle = np.array([-RADIUS / 2, -APART / 2])  # of the upper half circle
    beside = np.array(
        [
            (0, 0),
            (0, RADIUS),  # its top
            (0, RADIUS + 0.3),
            (-RADIUS, -0.2),  # below its left end, far from the other
        ]
    )
    points = np.concatenate([middle + beside, [(RADIUS / 2, APART / 2 - RADIUS)]])
    away = off_moons(points)
    assert away[1:].tolist() == pytest.approx([0, 0.3, 0.2, 0], abs=1e-6)
    # The lower moon, whose middle is RADIUS and APART away, passes near that of the upper one.
    assert away[0] == pytest.approx(np.hypot(RADIUS, APART) - RADIUS, abs=1e-6)


def test_the_data_lie_on_both_moons() -> None:
    data = moons(4000, keyed_generator(1)).numpy()
    # Across the line half of the normal's spread: its mean is sqrt(2 / pi) of WIDTH.
    assert off_moons(data).mean() == pytest.approx(np.sqrt(2 / np.pi) * WIDTH, rel=0.05)
    assert np.abs(data).max() < 1  # else the samplers' clamp would cut them
    assert data.mean(0) == pytest.approx([0, 0], abs=0.03)


def test_samples_lie_on_the_moons_and_spread_as_the_data(toy: Toy) -> None:
    for path in (toy.ancestral, toy.whole):
        assert path.off < 0.06  # data 0.024, an untrained network 0.15
        assert path.places[-1].std(0) == pytest.approx(toy.data.std(0), rel=0.15)
        assert 0.35 < (path.places[-1][:, 1] > 0).mean() < 0.65  # both moons


def test_all_samplers_begin_with_the_same_noise(toy: Toy) -> None:
    noise = KeyedNoise(0, "toy")(0, 500, (2, POINTS, 1))[..., 0].T.numpy()
    for path in (toy.ancestral, toy.whole, *toy.paths.values()):
        np.testing.assert_array_equal(path.places[0], noise)
        assert len(path.places) == len(path.k) + 1
        assert list(path.k) == sorted(path.k, reverse=True)


def test_few_steps_end_beside_the_path_and_one_leap_ends_at_it(toy: Toy) -> None:
    ddim, second, leap = (
        {steps: toy.paths[sampler, steps].beside for steps in PATHS[sampler]} for sampler in PATHS
    )
    assert ddim[1] > ddim[3] > ddim[8] > ddim[32]
    assert ddim[1] > 0.35  # in the middle of all that is possible
    assert ddim[32] < 0.03
    assert second[3] < 0.85 * ddim[3]  # it takes the bend along
    assert leap[1] < 0.1
    # One step of both leads to the mean of what may be there.
    assert np.abs(toy.paths["ddim", 1].places[-1].mean(0)).max() < 0.1
    assert toy.paths["ddim", 1].places[-1].std(0).max() < 0.3


def test_it_learns(toy: Toy) -> None:
    away = [one.off for one in toy.learning]
    assert toy.learning[0].rounds == 0
    assert away[0] > 0.12
    assert away[-1] < 0.5 * away[0]
    assert away[-1] == min(away)


def test_it_neither_reads_nor_moves_the_global_randomness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lcapp.diffusion.toy._ROUNDS", 3)
    monkeypatch.setattr("lcapp.diffusion.toy._LEAP_ROUNDS", 2)
    monkeypatch.setattr("lcapp.diffusion.toy.PATHS", {"consistency": (2,)})
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first = trained(seed=4)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(2)
    second = trained(seed=4)
    np.testing.assert_array_equal(first.ancestral.places, second.ancestral.places)
    np.testing.assert_array_equal(
        first.paths["consistency", 2].places, second.paths["consistency", 2].places
    )
    assert not np.array_equal(first.whole.places, trained(seed=5).whole.places)


def test_it_tells_how_far_it_is_and_ends_when_it_is_cancelled() -> None:
    cancel, told = threading.Event(), []

    def step(done: int, total: int) -> None:
        told.append((done, total))
        if done >= 40:
            cancel.set()

    with pytest.raises(Cancelled):
        trained(on_step=step, cancel=cancel)
    assert [done for done, _ in told] == [0, 20, 40]
    assert told[0][1] == 1850
