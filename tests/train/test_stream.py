"""The order in which scenes are visited: of the seed alone, cut but never changed by processes."""

import pytest

from lcapp.train.data.stream import Stream, Visit


def batches(
    round_: int,
    rank: int = 0,
    processes: int = 1,
    batch: int = 4,
    scenes: int = 10,
    seed: int = 0,
    per_round: int = 24,
) -> list[list[Visit]]:
    """What one process takes at once, one list a batch."""
    stream = Stream(scenes, seed, per_round, batch, rank, processes)
    stream.set_epoch(round_)
    visits = list(stream)
    assert len(visits) == len(stream)
    return [visits[first : first + batch] for first in range(0, len(visits), batch)]


def visits(*rounds: int, **settings: int) -> list[Visit]:
    return [visit for round_ in rounds for one in batches(round_, **settings) for visit in one]


def test_every_scene_comes_once_a_pass_and_passes_follow_each_other() -> None:
    seen = visits(0, 1, 2, 3, 4)  # 120 visits of 10 scenes
    for number in range(12):
        one_pass = seen[10 * number : 10 * (number + 1)]
        assert {visit.number for visit in one_pass} == {number}
        assert sorted(visit.scene for visit in one_pass) == list(range(10))


def test_each_pass_and_each_seed_has_an_order_of_its_own() -> None:
    seen = [visit.scene for visit in visits(0, 1, 2, 3, 4)]
    orders = {tuple(seen[first : first + 10]) for first in range(0, 120, 10)}
    assert len(orders) == 12
    assert visits(0, seed=1) != visits(0)
    assert visits(0) == visits(0)


@pytest.mark.parametrize("processes", [2, 4])
def test_processes_together_take_the_batches_of_one_with_the_same_global_batch(
    processes: int,
) -> None:
    for round_ in range(3):
        alone = batches(round_, batch=8, per_round=32)
        shares = [
            batches(round_, rank, processes, batch=8 // processes, per_round=32)
            for rank in range(processes)
        ]
        together = [
            [visit for one in side_by_side for visit in one]
            for side_by_side in zip(*shares, strict=True)
        ]
        assert together == alone


def test_a_round_can_be_entered_without_those_before_it() -> None:
    stream = Stream(10, 0, 24, 4, 0, 1)
    passed = []
    for round_ in range(4):
        stream.set_epoch(round_)
        passed.append(list(stream))
    assert visits(3) == passed[3]
    stream.set_epoch(1)  # and back
    assert list(stream) == passed[1]


def test_whole_scenes_are_seen_from_the_named_round_on_in_an_order_that_does_not_change() -> None:
    squares = Stream(10, 0, 24, 4, 0, 1, whole_from=2)
    for round_, whole in enumerate([False, False, True, True]):
        squares.set_epoch(round_)
        assert {visit.whole for visit in squares} == {whole}
        assert [visit[:2] for visit in squares] == [visit[:2] for visit in visits(round_)]


def test_fewer_scenes_than_a_batch_are_visited_again_in_it() -> None:
    first = batches(0, scenes=3, batch=8, per_round=8)[0]
    assert [visit.number for visit in first] == [0, 0, 0, 1, 1, 1, 2, 2]
    assert (
        {visit.scene for visit in first[:3]} == {visit.scene for visit in first[3:6]} == {0, 1, 2}
    )


@pytest.mark.parametrize(("per_round", "processes"), [(10, 1), (12, 2)])
def test_a_round_that_batches_do_not_divide_is_refused(per_round: int, processes: int) -> None:
    with pytest.raises(ValueError, match=f"{per_round} visits do not divide"):
        Stream(10, 0, per_round, 4, 0, processes)
