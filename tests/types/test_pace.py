"""The time left, from the pace of the last steps."""

from types import SimpleNamespace

import pytest

from lcapp.types import Progress, pace
from lcapp.types.pace import Pace


class Timed:
    """A pace on a clock of the test's own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.pace = Pace()
        monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: self.now))

    def after(self, seconds: float, stage: str, done: int, total: int) -> float | None:
        self.now += seconds
        self.pace.note(Progress(stage, done, total))
        return self.pace.seconds_left()


@pytest.fixture
def timed(monkeypatch: pytest.MonkeyPatch) -> Timed:
    return Timed(monkeypatch)


def test_the_first_step_of_a_stage_starts_the_clock_and_counts_for_nothing(timed: Timed) -> None:
    assert timed.pace.seconds_left() is None
    assert timed.after(60.0, "encode", 2, 12) is None
    assert timed.after(30.0, "super-resolve", 3, 12) is None
    assert timed.after(4.0, "super-resolve", 7, 12) == pytest.approx(5.0)  # 4 steps in 4 s, 5 to go


def test_what_has_stalled_takes_longer(timed: Timed) -> None:
    timed.after(0.0, "a file", 10, 30)
    assert timed.after(1.0, "a file", 20, 30) == pytest.approx(1.0)
    timed.now += 4.0
    assert timed.pace.seconds_left() == pytest.approx(5.0)


def test_the_pace_is_that_of_the_last_steps(timed: Timed) -> None:
    done, left = 0, []
    for piece in [10] * 20 + [100] * 21:
        done += piece
        left.append(timed.after(1.0, "a file", done, 10_000))
    assert left[19] == pytest.approx((10_000 - 200) / 10)
    assert left[40] == pytest.approx((10_000 - 2300) / 100)


def test_a_file_that_starts_anew_starts_the_clock_anew(timed: Timed) -> None:
    timed.after(0.0, "a file", 10, 100)
    timed.after(1.0, "a file", 60, 100)
    assert timed.after(1.0, "a file", 0, 100) is None
    assert timed.after(1.0, "a file", 10, 100) == pytest.approx(9.0)


def test_at_the_end_no_time_is_left(timed: Timed) -> None:
    assert timed.after(1.0, "a file", 5, 5) == 0.0


def test_stages_that_take_turns_keep_the_pace(timed: Timed) -> None:
    for done, stage in enumerate(["sample", "classify"] * 3, start=1):
        left = timed.after(2.0, stage, done, 8)
    assert left == pytest.approx(4.0)
