"""Runs in worker threads, and their results, shared by all sessions of the app.

A run belongs to its settings, not to the tab that asked for it: a rerun, a closed tab or a second
tab with the same settings finds the same run and later the same result. Knows no Streamlit.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

from lcapp.errors import Cancelled, LcappError
from lcapp.types import Prediction, Progress

Work = Callable[[Callable[[Progress], None], threading.Event], Prediction]
"""What a run does, given a step callback and a cancel event."""

_KEPT = 12
"""Results kept in memory; one of a 512 x 512 patch takes some 30 MB."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunKey:
    """What a result depends on.

    Attributes:
        collection: Folder of the collection.
        scene: Scene id.
        bundle: Hash of the bundle's weights and description.
        sampler: `ancestral`, `ddim` or `dpm++`.
        steps: Denoising steps.
        seed: Seed of the noise.
    """

    collection: str
    scene: str
    bundle: str
    sampler: str
    steps: int
    seed: int


class Job:
    """One run: its progress while it lasts, then its result or what went wrong.

    Attributes:
        key: Its settings.
        progress: The last unit of work done; None before the first.
        prediction: The result, once it is there.
        error: What ended the run instead, foreseen or not.
        cancel: Set it to end the run before its next denoising step.
    """

    def __init__(self, key: RunKey, work: Work, turn: threading.Lock) -> None:
        self.key = key
        self.progress: Progress | None = None
        self.prediction: Prediction | None = None
        self.error: BaseException | None = None
        self.cancel = threading.Event()
        self.waiting = True
        self._work = work
        self._turn = turn
        self._first_step: tuple[float, int] | None = None
        self._thread = threading.Thread(target=self._run, name="lcapp-run", daemon=True)
        self._thread.start()

    @property
    def state(self) -> Literal["running", "done", "cancelled", "failed"]:
        """Where it stands."""
        if self.prediction is not None:
            return "done"
        if self.error is not None:
            return "cancelled" if isinstance(self.error, Cancelled) else "failed"
        return "running"

    def seconds_left(self) -> float | None:
        """Expected from the pace of the denoising steps; None until there is a pace."""
        first, now = self._first_step, self.progress
        if first is None or now is None or now.done <= first[1]:
            return None
        pace = (time.monotonic() - first[0]) / (now.done - first[1])
        return max(0.0, pace * (now.total - now.done))

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end of the thread; True when it has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        with self:
            # One run at a time: two would only take each other's cores and memory.
            while not self._turn.acquire(timeout=0.1):
                self._stop_if_cancelled()
            try:
                self.waiting = False
                self._stop_if_cancelled()
                self.prediction = self._work(self._step, self.cancel)
            finally:
                self._turn.release()

    def _step(self, progress: Progress) -> None:
        # What comes before the first denoising step takes another time altogether.
        if self._first_step is None and progress.stage == "super-resolve":
            self._first_step = (time.monotonic(), progress.done)
        self.progress = progress

    def _stop_if_cancelled(self) -> None:
        if self.cancel.is_set():
            raise Cancelled("the run was cancelled")

    def __enter__(self) -> "Job":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Whatever ended the run is kept for the page, which shows it; nobody else would see it."""
        self.error = error
        if error is not None and not isinstance(error, LcappError):
            _log.error("a run ended unexpectedly", exc_info=error)
        return True


class Jobs:
    """All runs of this process, the latest results among them.

    Args:
        kept: How many finished runs stay.
    """

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._jobs: OrderedDict[RunKey, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def find(self, key: RunKey) -> Job | None:
        """The run with these settings, whatever its state."""
        with self._lock:
            if key in self._jobs:
                self._jobs.move_to_end(key)
            return self._jobs.get(key)

    def start(self, key: RunKey, work: Work) -> Job:
        """Start a run, or return the one that is under way or done with the same settings."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.state in ("cancelled", "failed"):
                job = self._jobs[key] = Job(key, work, self._turn)
            self._jobs.move_to_end(key)
            finished = [old for old, one in self._jobs.items() if one.state != "running"]
            for old in finished[: max(0, len(finished) - self._kept)]:
                del self._jobs[old]
            return job

    def expected_seconds(self, bundle: str, evaluations: int) -> float | None:
        """From the latest finished run with this bundle; None before there is one."""
        with self._lock:
            for key, job in reversed(self._jobs.items()):
                if key.bundle == bundle and job.prediction is not None:
                    record = job.prediction.record
                    sampling = record.seconds.get("super_resolve", 0.0)  # none in a baseline
                    pace = sampling / max(1, record.denoiser_evaluations)
                    return record.seconds["total"] - sampling + pace * evaluations
        return None
