"""Runs in worker threads: progress, cancel, errors, and results that are found again."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from lcapp.errors import Cancelled, RunError
from lcapp.types import Progress
from lcapp.ui.session.jobs import Job, Jobs, RunKey

KEY = RunKey("c", "s", "b", "ddim", 2, 0)
RESULT: Any = SimpleNamespace(
    record=SimpleNamespace(seconds={"super_resolve": 4.0, "total": 5.0}, denoiser_evaluations=8)
)


def instantly(on_step: Callable[[Progress], None], cancel: threading.Event) -> Any:
    on_step(Progress("prepare", 1, 1))
    return RESULT


def until_cancelled(on_step: Callable[[Progress], None], cancel: threading.Event) -> Any:
    for done in range(1, 1000):
        on_step(Progress("super-resolve", done, 1000))
        if cancel.wait(0.01):
            raise Cancelled("the run was cancelled")
    return RESULT


def lcapp_threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name.startswith("lcapp")]


def ended(job: Job) -> Job:
    assert job.wait(5), "the thread did not end"
    return job


def test_a_run_ends_with_its_result() -> None:
    job = ended(Jobs().start(KEY, instantly))
    assert job.state == "done"
    assert job.prediction is RESULT
    assert job.progress == Progress("prepare", 1, 1)


def test_the_same_settings_find_the_same_result_without_another_run() -> None:
    jobs, calls = Jobs(), []

    def counted(on_step: Callable[[Progress], None], cancel: threading.Event) -> Any:
        calls.append(1)
        return RESULT

    first = ended(jobs.start(KEY, counted))
    assert jobs.start(KEY, counted) is first
    assert jobs.find(KEY) is first
    assert jobs.find(replace(KEY, seed=1)) is None
    assert len(calls) == 1


def test_two_who_ask_at_once_share_one_run() -> None:
    jobs = Jobs()
    job = jobs.start(KEY, until_cancelled)
    assert jobs.start(KEY, instantly) is job
    job.cancel.set()
    ended(job)


def test_cancel_leaves_no_result_no_thread_and_the_next_run_works() -> None:
    jobs = Jobs()
    job = jobs.start(KEY, until_cancelled)
    while job.progress is None:
        time.sleep(0.005)
    assert job.state == "running"
    job.cancel.set()
    ended(job)
    assert job.state == "cancelled"
    assert job.prediction is None
    assert lcapp_threads() == []
    again = ended(jobs.start(KEY, instantly))
    assert again is not job
    assert again.state == "done"


def test_a_run_that_waits_its_turn_can_be_cancelled_too() -> None:
    jobs = Jobs()
    first = jobs.start(KEY, until_cancelled)
    second = jobs.start(replace(KEY, seed=1), instantly)
    time.sleep(0.05)
    assert second.waiting
    assert second.state == "running"
    second.cancel.set()
    assert ended(second).state == "cancelled"
    assert first.state == "running"
    first.cancel.set()
    ended(first)


def test_one_run_at_a_time_and_the_next_follows() -> None:
    jobs = Jobs()
    first = jobs.start(KEY, until_cancelled)
    second = jobs.start(replace(KEY, seed=1), instantly)
    first.cancel.set()
    assert ended(second).state == "done"


@pytest.mark.parametrize("error", [RunError("too large"), ZeroDivisionError("oops")])
def test_what_ended_a_run_is_kept_for_the_page(error: Exception) -> None:
    def fails(on_step: Callable[[Progress], None], cancel: threading.Event) -> Any:
        raise error

    job = ended(Jobs().start(KEY, fails))
    assert job.state == "failed"
    assert job.error is error
    assert lcapp_threads() == []


def test_an_unforeseen_error_is_in_the_log_as_well(caplog: pytest.LogCaptureFixture) -> None:
    def fails(on_step: Callable[[Progress], None], cancel: threading.Event) -> Any:
        raise ZeroDivisionError("oops")

    ended(Jobs().start(KEY, fails))
    assert "ZeroDivisionError: oops" in caplog.text


def test_a_failed_run_gives_way_to_the_next() -> None:
    jobs = Jobs()

    def fails(on_step: Callable[[Progress], None], cancel: threading.Event) -> Any:
        raise RunError("too large")

    ended(jobs.start(KEY, fails))
    assert ended(jobs.start(KEY, instantly)).state == "done"


def test_only_the_latest_results_stay_and_never_a_run_under_way_goes() -> None:
    jobs = Jobs(kept=2)
    keys = [replace(KEY, seed=seed) for seed in range(4)]
    for key in keys:
        ended(jobs.start(key, instantly))
    running = jobs.start(replace(KEY, seed=9), until_cancelled)
    assert [jobs.find(key) is not None for key in keys] == [False, False, True, True]
    assert jobs.find(running.key) is running
    running.cancel.set()
    ended(running)


def test_the_time_left_follows_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 104.0])
    job = ended(Jobs().start(KEY, lambda on_step, cancel: RESULT))
    monkeypatch.setattr("lcapp.ui.session.jobs.time.monotonic", lambda: next(clock))
    assert job.seconds_left() is None
    job._step(Progress("encode", 2, 12))
    job._step(Progress("super-resolve", 3, 12))
    assert job.seconds_left() is None
    job._step(Progress("super-resolve", 7, 12))
    assert job.seconds_left() == pytest.approx(5.0)  # 4 steps in 4 s, 5 to go


def test_the_expected_time_scales_with_the_evaluations_alone() -> None:
    jobs = Jobs()
    assert jobs.expected_seconds("b", 8) is None
    ended(jobs.start(KEY, instantly))
    assert jobs.expected_seconds("b", 16) == pytest.approx(1.0 + 16 * 0.5)
    assert jobs.expected_seconds("another", 16) is None
