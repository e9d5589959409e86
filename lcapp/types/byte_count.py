"""How many bytes have come, of how many; told now and then, and stopped on request."""

import threading
import time
from collections.abc import Callable

from lcapp.errors import Cancelled
from lcapp.types.run import Progress

_REPORT_EVERY = 0.1  # seconds


class ByteCount:
    """Counts bytes, tells `on_progress` at most ten times a second, and stops on `cancel`.

    What it tells has the file that is being fetched as stage, and the bytes on disk of all files
    as work done, those of earlier tries included. Several threads may count.

    Args:
        total: Bytes that are to come; an estimate grows as it is passed.
        done: Bytes that are there already.
        on_progress: Told, never by two threads at a time.
        cancel: Set from another thread to stop.
    """

    def __init__(
        self,
        total: int,
        done: int = 0,
        on_progress: Callable[[Progress], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        self.total, self.done = total, done
        self._on_progress = on_progress
        self._cancel = cancel or threading.Event()
        self._told = float("-inf")
        self._lock = threading.Lock()

    def add(self, file: str, count: int) -> None:
        """Note `count` bytes more (fewer where a file starts anew).

        Raises:
            Cancelled: On request.
        """
        self.check()
        with self._lock:
            now = time.monotonic()
            self.done += count
            self.total = max(self.total, self.done)
            if now - self._told >= _REPORT_EVERY or self.done >= self.total:
                self._told = now
                if self._on_progress is not None:
                    self._on_progress(Progress(file, self.done, self.total))

    def check(self) -> None:
        """Raise Cancelled where it was asked for."""
        if self._cancel.is_set():
            raise Cancelled(
                "the download was cancelled",
                advice="start it again to go on: what was fetched is kept",
            )

    def wait(self, seconds: float) -> None:
        """Sleep; a cancel wakes it."""
        self._cancel.wait(seconds)
        self.check()
