"""Work in threads: one queue, progress, cancel, errors, and results that are found again."""

import threading
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from streamlit.testing.v1 import AppTest

from lcapp.errors import Cancelled, RunError
from lcapp.types import Progress
from lcapp.ui.parts import task as line
from lcapp.ui.session import cache
from lcapp.ui.session.work import runs
from lcapp.ui.session.work.downloads import DOWNLOAD
from lcapp.ui.session.work.runs import RUN, RunKey
from lcapp.ui.session.work.tasks import Kind, Task, Tasks, Tell

LONG = 60.0


def kind(computes: bool = True, kept: int = 9) -> Kind[int, str]:
    return Kind("run", computes, kept, "Loading", lambda now: f"{now.done} done", "It was.")


RUNS, TRIALS, FETCHES = kind(), kind(), kind(computes=False)


def instantly(tell: Tell, cancel: threading.Event) -> str:
    tell(Progress("prepare", 1, 1))
    return "result"


class Held:
    """Work that begins, and goes on when it is let."""

    def __init__(self) -> None:
        self.begun, self.goes_on = threading.Event(), threading.Event()

    def __call__(self, tell: Tell, cancel: threading.Event) -> str:
        self.begun.set()
        assert self.goes_on.wait(LONG)
        return "result"


def until_cancelled(tell: Tell, cancel: threading.Event) -> str:
    tell(Progress("super-resolve", 1, 9))
    assert cancel.wait(LONG)
    raise Cancelled("the run was cancelled")


def fails(tell: Tell, cancel: threading.Event) -> str:
    raise ZeroDivisionError("oops")


def ended(task: Task[Any]) -> Task[Any]:
    assert task.wait(LONG), "the thread did not end"
    return task


def test_a_task_ends_with_its_result() -> None:
    task = ended(Tasks().start(RUNS, 1, instantly))
    assert (task.state, task.result) == ("done", "result")
    assert task.progress == Progress("prepare", 1, 1)


def test_the_same_key_finds_the_same_task_under_way_and_done() -> None:
    tasks, work = Tasks(), Held()
    task = tasks.start(RUNS, 1, work)
    assert tasks.start(RUNS, 1, fails, again=True) is task
    work.goes_on.set()
    ended(task)
    assert tasks.start(RUNS, 1, fails) is task
    assert tasks.find(RUNS, 1) is task
    assert tasks.find(RUNS, 2) is None
    assert tasks.find(TRIALS, 1) is None
    assert ended(tasks.start(RUNS, 1, instantly, again=True)) is not task


def test_whatever_computes_takes_its_turn_in_the_order_of_the_starts() -> None:
    tasks, first, order = Tasks(), Held(), []

    def noted(name: str) -> Any:
        return lambda tell, cancel: order.append(name) or name

    held = tasks.start(RUNS, 1, first)
    assert first.begun.wait(LONG)
    waiting = [tasks.start(TRIALS, 1, noted("trial")), tasks.start(RUNS, 2, noted("run"))]
    assert [task.before for task in (held, *waiting)] == [0, 1, 2]
    assert [line.told(task) for task in (held, *waiting)] == [
        "Loading",
        "Waiting for its turn: 1 before it on this computer",
        "Waiting for its turn: 2 before it on this computer",
    ]
    first.goes_on.set()
    assert [ended(task).state for task in waiting] == ["done", "done"]
    assert order == ["trial", "run"]


def test_what_computes_nothing_waits_for_nobody() -> None:
    tasks, first = Tasks(), Held()
    held = tasks.start(RUNS, 1, first)
    assert ended(tasks.start(FETCHES, 1, instantly)).state == "done"
    first.goes_on.set()
    ended(held)


def test_cancel_leaves_no_result_and_the_next_task_works() -> None:
    tasks = Tasks()
    task = tasks.start(RUNS, 1, until_cancelled)
    task.cancel()
    assert task.state == "cancelled"
    again = tasks.start(RUNS, 1, instantly)
    assert again is not task
    assert ended(again).state == "done"
    assert task.result is None


def test_a_cancel_counts_at_once_and_yet_keeps_its_turn_until_the_work_has_ended() -> None:
    tasks, deaf = Tasks(), Held()
    task = tasks.start(RUNS, 1, deaf)
    assert deaf.begun.wait(LONG)
    task.cancel()
    assert task.state == "cancelled"
    again = tasks.start(RUNS, 1, instantly)
    assert again.before == 1
    deaf.goes_on.set()
    assert ended(again).state == "done"
    assert ended(task).state == "cancelled", "a result came after the page had said otherwise"


def test_one_that_waits_for_its_turn_can_be_cancelled_and_the_others_move_up() -> None:
    tasks, first = Tasks(), Held()
    held = tasks.start(RUNS, 1, first)
    waiting, last = tasks.start(RUNS, 2, instantly), tasks.start(RUNS, 3, instantly)
    waiting.cancel()
    assert ended(waiting).state == "cancelled"
    assert waiting.progress is None
    assert (held.state, last.before) == ("running", 1)
    first.goes_on.set()
    ended(last)


@pytest.mark.parametrize("error", [RunError("too large"), ZeroDivisionError("oops")])
def test_what_ended_a_task_is_kept_and_gives_way_to_the_next(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(tell: Tell, cancel: threading.Event) -> str:
        raise error

    tasks = Tasks()
    task = ended(tasks.start(RUNS, 1, fails))
    assert (task.state, task.error) == ("failed", error)
    assert ("oops" in caplog.text) == isinstance(error, ZeroDivisionError)
    assert ended(tasks.start(RUNS, 1, instantly)).state == "done"


def test_of_each_kind_the_latest_stay_and_never_one_under_way_goes() -> None:
    tasks, few, work = Tasks(), kind(computes=False, kept=2), Held()
    other = ended(tasks.start(RUNS, 0, instantly))
    for key in range(4):
        ended(tasks.start(few, key, fails))
    running = tasks.start(few, 9, work)
    assert [key for key, _ in tasks.all(few)] == [2, 3, 9]
    tasks.find(few, 2)  # somebody still looks at it
    ended(tasks.start(few, 4, fails))
    last = tasks.start(few, 5, work)
    assert [key for key, _ in tasks.all(few)] == [9, 2, 4, 5]
    assert tasks.find(RUNS, 0) is other
    work.goes_on.set()
    ended(running)
    ended(last)


def test_the_line_tells_how_far_a_run_or_a_download_is_and_the_time_left() -> None:
    run = Progress("super-resolve", 3, 12)
    assert RUN.told(run) == "3 of 12 steps done, super-resolving"
    assert DOWNLOAD.told(Progress("x", 179_000_000, 358_000_000)) == "179.0 of 358.0 MB"
    assert "checksum" in DOWNLOAD.told(Progress("x", 5, 5))
    task: Any = SimpleNamespace(kind=RUNS, before=0, progress=run)
    for seconds, left in (
        (None, ""),
        (42.4, ", about 42 s left"),
        (600.0, ", about 10 min left"),
        (0.0, ""),
    ):
        task.seconds_left = Mock(return_value=seconds)
        assert line.told(task) == f"3 done{left}"


def test_the_expected_time_of_a_run_scales_with_the_evaluations_alone(
    nothing_shared: None,
) -> None:
    record = SimpleNamespace(seconds={"super_resolve": 4.0, "total": 5.0}, evaluations=8)
    key = RunKey("content", "b")
    assert runs.expected_seconds("b", 8) is None
    result: Any = SimpleNamespace(record=record)
    ended(cache.tasks().start(RUN, key, lambda tell, cancel: result))
    assert runs.expected_seconds("b", 16) == pytest.approx(1.0 + 16 * 0.5)
    assert runs.expected_seconds("another", 16) is None


def test_a_long_task_lets_others_before_it_between_two_pieces_of_work() -> None:
    tasks, order = Tasks(), []
    asked = threading.Event()

    def long(tell: Tell, cancel: threading.Event) -> str:
        order.append("first piece")
        assert asked.wait(LONG)
        task = tasks.find(RUNS, 1)
        assert task is not None
        task.give_way()
        order.append("second piece")
        task.give_way()  # nobody waits: it goes on at once
        return "long"

    def short(tell: Tell, cancel: threading.Event) -> str:
        order.append("another")
        return "short"

    first = tasks.start(RUNS, 1, long)
    second = tasks.start(TRIALS, 2, short)
    asked.set()
    assert (ended(second).result, ended(first).result) == ("short", "long")
    assert order == ["first piece", "another", "second piece"]


def test_a_task_that_has_given_way_can_be_cancelled_at_once() -> None:
    tasks, held, given = Tasks(), Held(), threading.Event()
    asked = threading.Event()

    def long(tell: Tell, cancel: threading.Event) -> str:
        assert asked.wait(LONG)
        task = tasks.find(RUNS, 1)
        assert task is not None
        given.set()
        task.give_way()
        return "long"

    first = tasks.start(RUNS, 1, long)
    second = tasks.start(TRIALS, 2, held)
    asked.set()
    assert held.begun.wait(LONG)
    assert first.before == 1
    first.cancel()
    assert ended(first).state == "cancelled"
    held.goes_on.set()
    assert ended(second).result == "result"


def test_a_result_that_is_there_is_filed_like_one_that_was_computed() -> None:
    tasks, few = Tasks(), kind(kept=2)
    task = tasks.put(few, 1, "kept")
    assert (task.state, task.result, task.wait(0)) == ("done", "kept", True)
    assert tasks.start(few, 1, fails) is task
    assert tasks.put(few, 1, "another") is task
    tasks.put(few, 2, "b")
    tasks.put(few, 3, "c")
    assert tasks.find(few, 1) is None
    again = tasks.start(few, 3, instantly, again=True)
    assert ended(again).result == "result"


def _looks_twice() -> None:
    import streamlit as st

    from lcapp.ui.parts.task import under_way

    looks = st.session_state["looks"] = st.session_state.get("looks", 0) + 1
    under_way(st.session_state["task"], "cancel", seen=looks > 1)
    st.caption("drawn")


def test_what_ends_while_a_page_is_drawn_has_the_page_run_again() -> None:
    """Its result was looked for before it ended: nothing else would ever show it."""
    page = AppTest.from_function(_looks_twice)
    page.session_state["task"] = ended(Tasks().start(RUNS, 1, instantly))
    page.run()
    assert page.session_state["looks"] == 2
    assert [one.value for one in page.caption] == ["drawn"]
