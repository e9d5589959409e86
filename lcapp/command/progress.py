"""A line on a terminal that says how far a long run has come and how long it will take."""

import sys
import time
from collections import deque

from lcapp.types import Progress

_STEPS_REMEMBERED = 20


class ProgressLine:
    """A line of progress where somebody watches.

    The time left comes from the last few steps: what an earlier run has done passes in no time.
    """

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._recent: deque[tuple[float, int]] = deque(maxlen=_STEPS_REMEMBERED + 1)

    def step(self, progress: Progress) -> None:
        """Some units of work are done."""
        self._recent.append((time.monotonic(), progress.done))
        (since, before), (now, done) = self._recent[0], self._recent[-1]
        left = ""
        if done > before:
            each = (now - since) / (done - before)
            left = f"{_time(each * (progress.total - done))} left"
        is_last = progress.done == progress.total
        self._print(f"{progress.stage:13} {progress.done}/{progress.total}  {left}", is_last)

    def wait(self, missing: int) -> None:
        """Others are not ready yet."""
        self._print(f"waiting for {missing} more process{'es' if missing > 1 else ''}", False)

    def _print(self, text: str, is_last: bool) -> None:
        if self._shown:
            print(f"\r{text:50}", end="\n" if is_last else "", file=sys.stderr, flush=True)


def _time(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
