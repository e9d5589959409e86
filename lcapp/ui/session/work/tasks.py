"""Work in threads that belongs to the process and not to the tab that asked for it.

A rerun, a closed tab or a second tab finds the same task under the same key. Whatever computes
takes its turn in one queue: two runs would only take each other's cores and memory. Knows no
Streamlit.
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from traceback import format_exception
from types import TracebackType
from typing import Any, Generic, Literal, TypeVar

from lcapp.errors import Cancelled, LcappError
from lcapp.files import digest
from lcapp.types import Progress
from lcapp.types.pace import Pace

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")

Tell = Callable[[Progress], None]
Work = Callable[[Tell, threading.Event], Result]
"""What a task does, given a progress callback and a cancel event."""

_log = logging.getLogger(__name__)


def number(error: BaseException) -> str:
    """What an error is called on a page and in the log: the same whenever it is asked for."""
    return digest(line.encode("utf-8", "replace") for line in format_exception(error))[:6]


@dataclass(frozen=True, eq=False)
class Kind(Generic[Key, Result]):
    """A kind of work: what its tasks need, and how a page speaks of them.

    Attributes:
        name: As in "the run ended with an error".
        computes: It takes its turn: no two tasks that compute work at once.
        kept: Ended tasks kept in memory.
        begins: What happens before the first progress.
        told: How far it has come, in words.
        cancelled: What holds after a cancel.
    """

    name: str
    computes: bool
    kept: int
    begins: str
    told: Callable[[Progress], str]
    cancelled: str


class Task(Generic[Result]):
    """One piece of work: its progress while it lasts, then its result or what went wrong.

    Attributes:
        kind: What kind of work it is.
        progress: What was told last; None before the first.
        result: None until it is there.
        error: What ended the task instead, foreseen or not.
    """

    def __init__(
        self,
        kind: Kind[Any, Result],
        work: Work[Result] | None,
        queue: "Queue",
        result: Result | None = None,
    ) -> None:
        self.kind = kind
        self.progress: Progress | None = None
        self.result = result
        self.error: BaseException | None = None
        self._cancel = threading.Event()
        self._work = work
        self._queue = queue
        self._pace = Pace()
        self._started = time.monotonic()
        self._thread: threading.Thread | None = None
        if work is None:  # it is done
            return
        if kind.computes:
            queue.join(self)  # here and not in the thread: turns follow the order of the starts
        self._thread = threading.Thread(target=self._run, name="lcapp-task", daemon=True)
        self._thread.start()

    @property
    def state(self) -> Literal["running", "done", "cancelled", "failed"]:
        """Where it stands.

        A cancel counts at once, even while the thread still waits for a server that says nothing
        or ends its denoising step; a result that was there first counts all the same.
        """
        if self.result is not None:
            return "done"
        if self._cancel.is_set() or isinstance(self.error, Cancelled):
            return "cancelled"
        return "running" if self.error is None else "failed"

    @property
    def before(self) -> int:
        """How many tasks have their turn before it; 0 while it works."""
        return self._queue.before(self)

    @property
    def seconds(self) -> float:
        """Since it was started."""
        return time.monotonic() - self._started

    def seconds_left(self) -> float | None:
        """From the pace of its last steps; None until there is a pace."""
        return self._pace.seconds_left()

    def cancel(self) -> None:
        """End the task: at once where it waits for its turn, else before its next step."""
        self._cancel.set()
        self._queue.wake()

    def give_way(self) -> None:
        """Let others have their turn first; called by its own work, between two pieces of it."""
        self._queue.give_way(self, self._cancel)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end of the thread; True when it has ended."""
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        assert self._work is not None
        with self, self._queue.turn(self, self._cancel):
            result = self._work(self._tell, self._cancel)
            self._stop_if_cancelled()  # what the page has called cancelled stays so
            self.result = result

    def _stop_if_cancelled(self) -> None:
        if self._cancel.is_set():
            raise Cancelled(f"the {self.kind.name} was cancelled")

    def _tell(self, progress: Progress) -> None:
        self._pace.note(progress)
        self.progress = progress

    def __enter__(self) -> "Task[Result]":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Whatever ended the task is kept for the page, which shows it; nobody else would see."""
        self.error = error
        if error is not None and not isinstance(error, LcappError):
            name = self.kind.name
            _log.error("a %s ended unexpectedly, error %s", name, number(error), exc_info=error)
        return True


class Queue:
    """Those that compute, in the order of their starts; the first of them works."""

    def __init__(self) -> None:
        self._line: list[Task[Any]] = []
        self._moved = threading.Condition()

    def join(self, task: Task[Any]) -> None:
        """Stand at the end of the line."""
        with self._moved:
            self._line.append(task)

    def before(self, task: Task[Any]) -> int:
        """How many stand before it; 0 too for one that does not stand in line."""
        with self._moved:
            return self._line.index(task) if task in self._line else 0

    def give_way(self, task: Task[Any], cancel: threading.Event) -> None:
        """Stand at the end of the line again, and wait for the next turn, where others wait."""
        with self._moved:
            if len(self._line) < 2 or self._line[0] is not task:
                return
            self._line.append(self._line.pop(0))
            self._moved.notify_all()
            self._moved.wait_for(lambda: cancel.is_set() or task not in self._line[1:])

    def wake(self) -> None:
        """Let those who wait see whether they are cancelled."""
        with self._moved:
            self._moved.notify_all()

    @contextmanager
    def turn(self, task: Task[Any], cancel: threading.Event) -> Iterator[None]:
        """Wait for the task's turn, and hold it (Cancelled); at once where it stands in no line."""
        try:
            with self._moved:
                self._moved.wait_for(lambda: cancel.is_set() or task not in self._line[1:])
            if cancel.is_set():
                raise Cancelled(f"the {task.kind.name} was cancelled")
            yield
        finally:
            with self._moved:
                self._line = [other for other in self._line if other is not task]
                self._moved.notify_all()


class Tasks:
    """All tasks of this process."""

    def __init__(self) -> None:
        self._tasks: dict[tuple[Kind[Any, Any], Hashable], Task[Any]] = {}  # latest last
        self._lock = threading.Lock()
        self._queue = Queue()

    def find(self, kind: Kind[Key, Result], key: Key) -> Task[Result] | None:
        """The task under that key, whatever its state."""
        with self._lock:
            task = self._tasks.pop((kind, key), None)
            if task is not None:
                self._tasks[kind, key] = task
            return task

    def all(self, kind: Kind[Key, Result]) -> list[tuple[Key, Task[Result]]]:
        """Those of a kind with their keys, the one that was asked for last at the end."""
        with self._lock:
            every: Any = self._tasks.items()
            return [(key, task) for (other, key), task in every if other is kind]

    def start(
        self, kind: Kind[Key, Result], key: Key, work: Work[Result], again: bool = False
    ) -> Task[Result]:
        """Start a task, or return the one that is under way or done under the same key.

        Args:
            kind: What kind of work it is.
            key: What the result depends on.
            work: What to do.
            again: Start anew even where a result is there.
        """
        with self._lock:
            task = self._tasks.pop((kind, key), None)
            if task is None or (task.state != "running" and (again or task.result is None)):
                task = Task(kind, work, self._queue)
            self._tasks[kind, key] = task
            self._forget(kind)
            return task

    def put(self, kind: Kind[Key, Result], key: Key, result: Result) -> Task[Result]:
        """File a result that is there already; the task under the same key, where there is one."""
        with self._lock:
            task = self._tasks.pop((kind, key), None)
            if task is None:
                task = Task(kind, None, self._queue, result)
            self._tasks[kind, key] = task
            self._forget(kind)
            return task

    def _forget(self, kind: Kind[Any, Any]) -> None:
        ended = [
            place
            for place, other in self._tasks.items()
            if place[0] is kind and other.state != "running"
        ]
        for place in ended[: max(0, len(ended) - kind.kept)]:
            del self._tasks[place]
