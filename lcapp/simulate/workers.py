"""Processes that draw zones, each on one thread.

Plain child processes that are handed one zone after the other. Those of `multiprocessing` import
the caller's main module again, which in an app or a script may be the whole app; a fork takes over
its threads and locks. What they write is complete zone by zone, so that an interruption can end
them at once.
"""

import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_limits

from lcapp.errors import LcappError, RunError
from lcapp.simulate.formats.flair2 import write_zone
from lcapp.simulate.zones import Zone


@dataclass(frozen=True)
class Task:
    """Where the zones go.

    Attributes:
        root: The collection.
        scratch: For what is not complete yet.
    """

    root: Path
    scratch: Path

    def write(self, zone: Zone) -> None:
        """Draw and write one zone."""
        # One thread: the order of BLAS's sums, and so the bytes, must not depend on the cores.
        with threadpool_limits(limits=1, user_api="blas"):
            write_zone(self.root, self.scratch / f"{zone.domain.name}_{zone.name}", zone)


def available() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    task: Task, zones: Sequence[Zone], processes: int, *, nice: int | None = None
) -> Generator[Zone, None, None]:
    """Write zones and give each back when it is complete.

    Args:
        task: Where to.
        zones: Which.
        processes: How many work at once; 1 works in this one.
        nice: Work in other processes only, whose nice value it is, 1..19, where the system knows
            one; 0 leaves theirs as it is. None: one process is this one.

    Raises:
        RunError: The disk is full or refuses, or a process was ended from outside.
        OSError: The disk refuses.
    """
    processes = min(processes, len(zones))
    if processes > 1 or (processes == 1 and nice is not None):
        yield from _run_beside(task, zones, processes, nice or 0)
        return
    for zone in zones:
        task.write(zone)
        yield zone


def _run_beside(
    task: Task, zones: Sequence[Zone], processes: int, nice: int
) -> Generator[Zone, None, None]:
    workers = [_Worker(nice) for _ in range(processes)]
    waiting = iter(zones)
    done: queue.SimpleQueue[Zone | Exception] = queue.SimpleQueue()
    taking = threading.Lock()

    def keep_busy(worker: _Worker) -> None:
        while True:
            with taking:
                zone = next(waiting, None)
            if zone is None:
                return
            try:
                worker.write(task, zone)
            except Exception as refused:  # for the one who asked
                done.put(refused)
                return
            done.put(zone)

    try:
        for worker in workers:
            # Daemons: Python would not end before other threads do, nor they before their zones.
            threading.Thread(target=keep_busy, args=(worker,), daemon=True).start()
        for _ in zones:
            outcome = done.get()
            if isinstance(outcome, Exception):
                raise outcome
            yield outcome
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """A child process that writes the zones it is sent."""

    def __init__(self, nice: int) -> None:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", f"from {__name__} import serve; serve()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # An interruption on the terminal is for the one who asked; it ends this one. Not a
                # session of its own: Linux shares time among sessions first, whatever their
                # priority.
                process_group=0,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except OSError as error:
            raise RunError(
                f"cannot be started for the simulation: {error.strerror or error}",
                where=sys.executable,
                expected="an interpreter that this user may run",
                advice="install the environment where this user may read it",
            ) from error
        if nice and hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, nice)

    def write(self, task: Task, zone: Zone) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            pickle.dump((task, zone), self._process.stdin)
            self._process.stdin.flush()
            refused: Exception | None = pickle.load(self._process.stdout)
        except (EOFError, BrokenPipeError, ValueError) as error:
            raise RunError(
                "a process of the simulation was ended from outside",
                where=task.root,
                advice="run it again with fewer processes: what is complete stays, and it goes "
                "on from there",
            ) from error
        if refused is not None:
            raise refused

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def serve() -> None:
    """Write the zones that come in, until no more come: what a child process does."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed must not run into the replies
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    with suppress(EOFError):
        while True:
            task, zone = pickle.load(sys.stdin.buffer)
            refused: Exception | None = None
            try:
                task.write(zone)
            except (OSError, LcappError) as error:
                refused = error
            pickle.dump(refused, replies)
            replies.flush()


def _end_with(parent: int) -> None:
    """Without the one who asked, another run may write the same zone."""
    while os.getppid() == parent:
        time.sleep(0.3)
    os._exit(1)
