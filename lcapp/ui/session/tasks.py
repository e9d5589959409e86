"""Work in threads that belongs to the process and not to the tab that asked for it.

A rerun, a closed tab or a second tab finds the same task under the same key. Knows no Streamlit.
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from types import TracebackType
from typing import Generic, Literal, TypeVar

from lcapp.errors import Cancelled, LcappError

Step = TypeVar("Step")
Result = TypeVar("Result")
Key = TypeVar("Key", bound=Hashable)

Work = Callable[[Callable[[Step], None], threading.Event], Result]
"""What a task does, given a progress callback and a cancel event."""

_KEPT = 32
"""Ended tasks kept in memory."""

_log = logging.getLogger(__name__)


class Task(Generic[Step, Result]):
    """One piece of work: its progress while it lasts, then its result or what went wrong.

    Attributes:
        progress: What was told last; None before the first.
        result: None until it is there.
        error: What ended the task instead, foreseen or not.
        cancel: Set it to end the task.
    """

    def __init__(self, work: Work[Step, Result]) -> None:
        self.progress: Step | None = None
        self.result: Result | None = None
        self.error: BaseException | None = None
        self.cancel = threading.Event()
        self._work = work
        self._started = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="lcapp-task", daemon=True)
        self._thread.start()

    @property
    def state(self) -> Literal["running", "done", "cancelled", "failed"]:
        """Where it stands.

        A cancel counts at once, even while the thread still waits for a server that says nothing;
        a result that was there first counts all the same.
        """
        if self.result is not None:
            return "done"
        if self.cancel.is_set() or isinstance(self.error, Cancelled):
            return "cancelled"
        return "running" if self.error is None else "failed"

    @property
    def seconds(self) -> float:
        """Since it was started."""
        return time.monotonic() - self._started

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end of the thread; True when it has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        with self:
            self.result = self._work(self._tell, self.cancel)

    def _tell(self, progress: Step) -> None:
        self.progress = progress

    def __enter__(self) -> "Task[Step, Result]":
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
            _log.error("a task ended unexpectedly", exc_info=error)
        return True


class Tasks(Generic[Key, Step, Result]):
    """All tasks of one kind in this process.

    Args:
        kept: How many ended ones stay.
    """

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._tasks: dict[Key, Task[Step, Result]] = {}  # oldest first
        self._lock = threading.Lock()

    def find(self, key: Key) -> Task[Step, Result] | None:
        """The task under that key, whatever its state."""
        with self._lock:
            return self._tasks.get(key)

    def running(self) -> tuple[Key, ...]:
        """Keys of those under way, oldest first."""
        with self._lock:
            return tuple(key for key, one in self._tasks.items() if one.state == "running")

    def start(self, key: Key, work: Work[Step, Result], again: bool = False) -> Task[Step, Result]:
        """Start a task, or return the one that is under way or done under the same key.

        Args:
            key: What the result depends on.
            work: What to do.
            again: Start anew even where a result is there.
        """
        with self._lock:
            task = self._tasks.get(key)
            if task is None or (task.state != "running" and (again or task.result is None)):
                self._tasks.pop(key, None)
                task = self._tasks[key] = Task(work)
            ended = [old for old, one in self._tasks.items() if one.state != "running"]
            for old in ended[: max(0, len(ended) - self._kept)]:
                del self._tasks[old]
            return task
