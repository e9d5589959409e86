"""Where a run stands: its progress, the time of its stages, and whether it was cancelled."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lcapp.errors import Cancelled
from lcapp.types import Progress


class Course:
    """Counts a run's units of work and obeys its cancel event.

    Args:
        total: Units of work in the run.
        on_step: Called after each unit, in the thread of the run.
        cancel: Set from another thread to stop the run.
    """

    def __init__(
        self,
        total: int,
        on_step: Callable[[Progress], None] | None,
        cancel: threading.Event | None,
    ) -> None:
        self.seconds: dict[str, float] = {}
        self._total = total
        self._done = 0
        self._on_step = on_step
        self._cancel = cancel
        self._started = time.perf_counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage; does not begin it when the run was cancelled."""
        self.check()
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started

    def step(self, stage: str) -> None:
        """One unit of work is done."""
        self._done += 1
        if self._on_step is not None:
            self._on_step(Progress(stage=stage, done=self._done, total=self._total))

    def check(self) -> None:
        """Stop here when asked to.

        Raises:
            Cancelled: The cancel event is set.
        """
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled("the run was cancelled")

    def timings(self) -> dict[str, float]:
        """Seconds of each stage, and `total` since the course began."""
        return {**self.seconds, "total": time.perf_counter() - self._started}
