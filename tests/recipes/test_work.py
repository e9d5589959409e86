"""Trainings that are claimed, shared, taken up and lost, each stood for by a small process."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lcapp.errors import BundleError, RunError
from lcapp.recipes.claims import claim, holder
from lcapp.recipes.jobs import Job
from lcapp.recipes.states import state
from lcapp.recipes.work import Work, _device, left_to_others
from lcapp.record import to_json
from tests.recipes.conftest import ITERATIONS, described, job

Command = Callable[..., Callable[[Job], list[str]]]


def nothing(_: object) -> None:
    return None


def begun(noted: Path) -> list[str]:
    """Rows in the order in which they were begun."""
    return [Path(line).parent.name for line in noted.read_text().split()]


def test_what_is_done_is_left_and_what_waits_comes_after_what_it_needs(
    tmp_path: Path, command: Command, noted: Path
) -> None:
    jobs = [job(tmp_path, "late", ["early"]), job(tmp_path, "early"), job(tmp_path, "other")]
    said: list[str] = []
    Work(jobs, tmp_path, (), 1, nothing, said.append, command()).run()
    assert begun(noted) == ["early", "late", "other"] or begun(noted) == ["early", "other", "late"]
    assert all(one.state().kind == "done" for one in jobs)
    assert f"{ITERATIONS} iterations" in jobs[0].state().told
    assert sum("done in" in line for line in said) == 3
    Work(jobs, tmp_path, (), 1, nothing, nothing, command()).run()
    assert len(begun(noted)) == 3


def test_two_at_once_share_the_work_and_nothing_is_done_twice(
    tmp_path: Path, command: Command, noted: Path
) -> None:
    jobs = [job(tmp_path, f"row{number}") for number in range(6)]
    works = [Work(jobs, tmp_path, (), 2, nothing, nothing, command((), 0.3)) for _ in range(2)]
    threads = [threading.Thread(target=one.run) for one in works]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(begun(noted)) == [f"row{number}" for number in range(6)]
    assert all(one.state().kind == "done" for one in jobs)


def test_one_that_fails_costs_those_that_need_it_and_no_other(
    tmp_path: Path, command: Command, noted: Path
) -> None:
    jobs = [job(tmp_path, "early"), job(tmp_path, "late", ["early"]), job(tmp_path, "other")]
    work = Work(jobs, tmp_path, (), 1, nothing, nothing, command(["early"]))
    work.run()
    assert work.failed["early-seed-0"] == "lcapp: it would not be trained"
    assert "which failed" in work.failed["late-seed-0"]
    assert jobs[2].state().kind == "done"
    again = Work(jobs, tmp_path, (), 1, nothing, nothing, command())
    again.run()  # what was begun goes on
    assert not again.failed
    assert begun(noted) == ["early", "other", "early", "late"]


def test_a_training_that_says_it_is_done_and_is_not_is_not_begun_for_ever(tmp_path: Path) -> None:
    one = job(tmp_path, "row")
    work = Work(
        [one], tmp_path, (), 1, nothing, nothing, lambda _: [sys.executable, "-S", "-c", ""]
    )
    work.run()
    assert work.failed == {"row-seed-0": "ended with 0, not done"}


def test_a_joining_that_cannot_be_is_said_and_the_rest_goes_on(
    tmp_path: Path, command: Command
) -> None:
    def refuse(_: Job) -> None:
        raise BundleError("cannot be joined")

    early, other = job(tmp_path, "early"), job(tmp_path, "other")
    late = replace(job(tmp_path, "late", ["early"]), config=None, join=((early.folder, 1.0),))
    work = Work([early, late, other], tmp_path, (), 1, refuse, nothing, command())
    work.run()
    assert work.failed == {"late-seed-0": "cannot be joined"}
    assert other.state().kind == "done"


def test_what_somebody_holds_is_left_to_him_and_told(
    tmp_path: Path, command: Command, noted: Path
) -> None:
    jobs = [job(tmp_path, "his"), job(tmp_path, "mine")]
    held = claim(tmp_path, "his-seed-0")
    assert held is not None
    assert claim(tmp_path, "his-seed-0") is None
    Work(jobs, tmp_path, (), 1, nothing, nothing, command()).run()
    assert begun(noted) == ["mine"]
    told = left_to_others(jobs, tmp_path)
    assert list(told) == ["his-seed-0"]
    assert f"process {os.getpid()}" in told["his-seed-0"]
    held.release()
    assert holder(tmp_path, "his-seed-0") is None
    assert left_to_others(jobs, tmp_path) == {}


def test_a_killed_process_leaves_no_claim(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from lcapp.recipes.claims import claim; "
        f"claim(Path({str(tmp_path)!r}), 'row'); print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    assert f"process {process.pid}" in str(holder(tmp_path, "row"))
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert holder(tmp_path, "row") is None


def test_a_training_holds_its_claim_though_who_began_it_is_gone(
    tmp_path: Path, command: Command
) -> None:
    one = job(tmp_path, "row")
    work = Work([one], tmp_path, (), 1, nothing, nothing, command((), 30))
    thread = threading.Thread(target=work._step)
    thread.start()
    thread.join()
    (running,) = work._running
    running.held.release()  # as the end of this process would
    assert holder(tmp_path, one.name) is not None
    running.process.kill()
    running.process.wait()
    assert holder(tmp_path, one.name) is None


def test_an_interruption_ends_what_runs(tmp_path: Path, command: Command) -> None:
    one = job(tmp_path, "row")
    work = Work([one], tmp_path, (), 1, nothing, nothing, command((), 30))
    steps = iter([work._step])

    def step() -> bool:
        found = next(steps, None)
        if found is None:
            raise KeyboardInterrupt
        return found()

    work._step = step  # type: ignore[method-assign]
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        work.run()
    assert work._running[0].process.returncode is not None
    assert time.monotonic() - started < 20
    assert one.state().kind != "done"


def test_how_far_a_run_is_stands_in_its_folder(tmp_path: Path) -> None:
    one = job(tmp_path, "row")
    assert one.state().kind == "missing"
    (one.folder / "bundle").mkdir(parents=True)
    file = one.folder / "config.json"
    file.write_text(json.dumps(to_json(one.config)))
    assert (one.state().kind, one.state().told) == ("begun", "0 of 7 iterations")
    (one.folder / "bundle/config.json").write_text(described(3))
    assert one.state().told == "3 of 7 iterations"
    (one.folder / "bundle/config.json").write_text(described(7))
    assert one.state().kind == "done"
    # Where the scenes lie may differ, what they are trained by may not.
    moved = replace(one.config, data=replace(one.config.data, collection="elsewhere"))
    assert state(one.folder, moved).kind == "done"
    assert state(one.folder, replace(one.config, batch=9)).kind == "other"
    file.write_text("{")
    assert "cannot be read" in one.state().told


def test_a_run_with_other_settings_is_not_written_over(
    tmp_path: Path, command: Command, noted: Path
) -> None:
    one = job(tmp_path, "row")
    one.folder.mkdir(parents=True)
    other = replace(one.config, batch=9)
    (one.folder / "config.json").write_text(json.dumps(to_json(other)))
    work = Work([one], tmp_path, (), 1, nothing, nothing, command())
    work.run()
    assert "holds a run with other settings" in work.failed["row-seed-0"]
    assert not noted.exists()


def test_of_several_gpus_each_training_takes_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6")
    assert [_device(place, 3) for place in range(3)] == [
        {"CUDA_VISIBLE_DEVICES": one} for one in ("4", "6", "4")
    ]
    assert _device(0, 1) == {}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert _device(1, 2) == {}


def test_none_at_once_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="at once is 0"):
        Work([], tmp_path, (), 0, nothing, nothing)
