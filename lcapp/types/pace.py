"""The time that a long piece of work still takes, from the pace of its last steps."""

import time
from collections import deque

from lcapp.types.run import Progress

_STEPS, _SECONDS = 20, 10.0
"""What is remembered: the last ten seconds, and never fewer than so many steps."""


class Pace:
    """Notes each step and tells the time left.

    The first step of a stage starts the clock and counts for nothing: what lies before it, such as
    loading a network or asking a server, takes another time altogether.
    """

    def __init__(self) -> None:
        self._marks: deque[tuple[float, Progress]] = deque()
        self._stages: set[str] = set()

    def note(self, progress: Progress) -> None:
        """A step is done; `done` may go back where a file starts anew."""
        now = time.monotonic()
        back = bool(self._marks) and progress.done < self._marks[-1][1].done
        if back or progress.stage not in self._stages:
            self._marks.clear()
        self._stages.add(progress.stage)
        self._marks.append((now, progress))
        while len(self._marks) > _STEPS + 1 and now - self._marks[0][0] > _SECONDS:
            self._marks.popleft()

    def seconds_left(self) -> float | None:
        """At the pace of the last steps; None until there is a pace."""
        if not self._marks:
            return None
        (since, first), (_, last) = self._marks[0], self._marks[-1]
        if last.done <= first.done:
            return 0.0 if last.done >= last.total else None
        # Until now and not until the last step: what has stalled takes longer.
        pace = (time.monotonic() - since) / (last.done - first.done)
        return pace * (last.total - last.done)
