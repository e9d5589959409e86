"""A line on a terminal that says how far a long run has come and how long it will take."""

import sys

from lcapp.types import Progress
from lcapp.types.pace import Pace


class ProgressLine:
    """A line of progress where somebody watches."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._pace = Pace()

    def step(self, progress: Progress) -> None:
        """Some units of work are done."""
        self._pace.note(progress)
        left = self._pace.seconds_left()
        time_left = "" if left is None else f"{_time(left)} left"
        is_last = progress.done == progress.total
        self._print(f"{progress.stage:13} {progress.done}/{progress.total}  {time_left}", is_last)

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
