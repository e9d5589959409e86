"""Writing a simulated collection: settings, processes, interruptions, a full disk."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from lcapp.errors import RunError
from lcapp.scene.collection import open_collection
from lcapp.simulate import workers
from lcapp.simulate.collection import needed_bytes, simulate
from lcapp.simulate.demo.scenes import demo_collection
from lcapp.simulate.domain import domains
from lcapp.simulate.zones import zones_of
from lcapp.types import Progress
from tests.conftest import SIMULATED as SETTINGS
from tests.conftest import heeds_ctrl_c

ROOT = Path(__file__).resolve().parents[2]


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def folder(simulated_folder: Path) -> Path:
    return simulated_folder


def test_progress_counts_tiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    steps: list[Progress] = []
    monkeypatch.setattr(workers.Task, "write", lambda self, zone: None)
    simulate(tmp_path / "out", **SETTINGS, processes=1, on_step=steps.append)
    assert [(step.done, step.total) for step in steps] == [(0, 5), (4, 5), (5, 5)]


def test_two_zones_of_a_domain_have_the_same_flight_and_another_weather(folder: Path):
    collection = open_collection(folder)
    first, second = (collection.scene(collection.ids[number]) for number in (0, -1))
    assert first.aerial.date == second.aerial.date
    assert first.sentinel2 is not None
    assert second.sentinel2 is not None
    assert len(first.sentinel2.dates) == len(second.sentinel2.dates)
    assert first.sentinel2.dates != second.sentinel2.dates


@pytest.mark.slow
def test_an_interruption_leaves_whole_zones_and_the_same_call_goes_on(folder: Path, tmp_path: Path):
    out = tmp_path / "out"
    code = (
        "import sys; from lcapp.__main__ import main; "
        f"sys.exit(main(['simulate', '--out', {str(out)!r}, '--tiles', '5', '--seed', '3', "
        "'--domains', '1', '--processes', '2']))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    run = subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heeds_ctrl_c,
    )
    patience = time.monotonic() + 60
    # The zone of one tile is there long before that of four.
    while not list(out.glob("flair_aerial_*/*/*/img/IMG_000005.tif")):
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < patience
        time.sleep(0.02)
    # As a terminal does it: to all processes of the group.
    os.killpg(run.pid, signal.SIGINT)
    _, error = run.communicate(timeout=60)
    assert (run.returncode, error.strip()) == (2, "lcapp: interrupted; nothing is half-written")
    left, complete = digest(out), digest(folder)
    # What the two processes have written is what one writes, byte for byte.
    del left[".writing.lock"]
    assert left == {name: complete[name] for name in left}
    (only,) = open_collection(out).ids
    assert open_collection(out).scene(only).simulated
    assert digest(simulate(out, **SETTINGS)) == complete


def test_what_is_complete_is_not_written_again(folder: Path):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    simulate(folder, **SETTINGS)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_another_simulation_is_not_mixed_into_the_first(folder: Path):
    with pytest.raises(RunError, match=r"tiles 5, seed 3, domains 1.*now .* tiles 9"):
        simulate(folder, tiles=9, seed=3)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="not an empty folder"):
        simulate(tmp_path)
    with pytest.raises(RunError, match="not an empty folder"):
        simulate(tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tiles": 0}, "tiles is 0; expected at least 1"),
        ({"tiles": 10**9}, "tiles is 1000000000; expected .* at most 999999"),
        ({"seed": -1}, "seed is -1; expected 0 or more"),
        ({"processes": 0}, "processes is 0"),
        ({"tiles": 8, "domains": 3}, "domains is 3; expected 1 to 2 for 8 tiles"),
        ({"tiles": 4000, "domains": 351}, "domains is 351; expected 1 to 350"),
    ],
)
def test_settings_without_meaning_are_refused_before_anything_is_written(
    settings: dict[str, int], said: str, tmp_path: Path
):
    with pytest.raises(RunError, match=said):
        simulate(tmp_path / "out", **settings)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_too_small_is_told_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(10**9, 10**9 - 10**6, 10**6))
    with pytest.raises(RunError, match=r"about \d{3} MB needed, 1 MB free"):
        simulate(tmp_path / "out", tiles=100)
    assert list((tmp_path / "out").rglob("*.tif")) == []


def test_the_space_it_asks_for_is_enough_and_not_twice_as_much(folder: Path):
    needed = sum(map(needed_bytes, zones_of(5, domains(1, 3), 3)))
    taken = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert taken < needed < 2 * taken


def test_a_disk_that_fills_on_the_way_keeps_what_is_complete(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    out = tmp_path / "out"
    shutil.copytree(folder, out)
    (second,) = out.rglob("IMG_000005.tif")
    shutil.rmtree(second.parent)

    def full(path: str, values: np.ndarray) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lcapp.simulate.formats.flair2.np.save", full)
    with pytest.raises(RunError, match=r"No space left on device.*goes on from there"):
        simulate(out, **SETTINGS, processes=1)
    assert len(open_collection(out).ids) == 4
    kept = digest(out)
    del kept[".writing.lock"]
    whole = digest(folder)
    del whole[str(second.relative_to(out))]
    assert kept == whole


def test_two_do_not_write_into_one_folder(tmp_path: Path):
    with FileLock(tmp_path / ".writing.lock"), pytest.raises(RunError, match="another process"):
        simulate(tmp_path, tiles=1)


def test_simulating_imports_no_torch():
    code = "import sys, lcapp.simulate; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_a_process_that_is_ended_from_outside_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("lcapp.simulate.workers.sys.executable", "false")
    with pytest.raises(RunError, match="was ended from outside; run it again with fewer"):
        simulate(tmp_path / "out", tiles=8, processes=2)
    assert not list((tmp_path / "out").rglob("*.tif"))


def test_an_interpreter_that_this_user_may_not_run_is_no_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    closed = tmp_path / "python"
    closed.write_bytes(b"")
    monkeypatch.setattr("lcapp.simulate.workers.sys.executable", str(closed))
    monkeypatch.setenv("LCAPP_CACHE", str(tmp_path / "cache"))
    with pytest.raises(RunError, match=r"python: cannot be started .*: Permission denied.*install"):
        demo_collection(1, background=True)


def test_python_waits_for_no_thread_that_draws_when_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Or an interruption would end the app only when all zones are there."""
    never = threading.Event()
    monkeypatch.setattr(workers._Worker, "__init__", lambda self, nice: None)
    monkeypatch.setattr(workers._Worker, "end", lambda self: None)
    monkeypatch.setattr(
        workers._Worker, "write", lambda self, task, zone: zone.key and never.wait()
    )
    before = set(threading.enumerate())
    writing = workers.run(workers.Task(tmp_path, tmp_path), zones_of(12, domains(1, 0), 0), 2)
    try:
        assert next(writing).key == 0
        drawing = set(threading.enumerate()) - before
        assert drawing
        assert all(thread.daemon for thread in drawing)
    finally:
        never.set()  # or a failure would hang the tests as it hung the app
    assert len(list(writing)) == 2
