"""Runs in worker threads: a rerun of the script or a closed tab does not lose them."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from lcapp.errors import Cancelled
from lcapp.pipeline import Prediction
from lcapp.types import Progress

Work = Callable[[Callable[[Progress], None], threading.Event], Prediction]

_KEPT = 12
"""Predictions of one patch take some tens of MB each."""


@dataclass(frozen=True)
class RunKey:
    """What a result depends on."""

    collection: str
    scene: str
    bundle: str
    bundle_hash: str
    sampler: str
    steps: int
    seed: int


@dataclass(eq=False)
class Job:
    """One run; its fields are written by its thread and read by pages.

    Attributes:
        key: What it computes.
        cancel: Set to stop it.
        started: Monotonic seconds.
        progress: The last step that was reported.
        result: The prediction, when done.
        error: What went wrong, when it failed.
    """

    key: RunKey
    cancel: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.monotonic)
    progress: Progress | None = None
    result: Prediction | None = None
    error: Exception | None = None
    thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Its thread is at work or waits for its turn."""
        return self.thread is not None and self.thread.is_alive()

    @property
    def cancelled(self) -> bool:
        """It ended because it was asked to."""
        return isinstance(self.error, Cancelled)

    def seconds_left(self) -> float | None:
        """Estimated from the units of work done so far; None before the first."""
        if self.progress is None or self.progress.done == 0:
            return None
        elapsed = time.monotonic() - self.started
        return elapsed / self.progress.done * (self.progress.total - self.progress.done)


class Jobs:
    """All runs of this server, found by what they compute; one is at work at a time."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[RunKey, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def find(self, key: RunKey) -> Job | None:
        """The job of that key, running or ended."""
        with self._lock:
            job = self._jobs.get(key)
            if job is not None:
                self._jobs.move_to_end(key)
            return job

    def start(self, key: RunKey, work: Work) -> Job:
        """Start a run, or return the one that is running or done already."""
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and (job.running or job.result is not None):
                return job
            job = Job(key)
            job.thread = threading.Thread(
                target=self._run, args=(job, work), name=f"lcapp-run-{key.scene}", daemon=True
            )
            self._jobs[key] = job
            self._jobs.move_to_end(key)
            self._forget()
            job.thread.start()
            return job

    def _run(self, job: Job, work: Work) -> None:
        def report(progress: Progress) -> None:
            job.progress = progress

        while not self._turn.acquire(timeout=0.1):
            if job.cancel.is_set():
                job.error = Cancelled("the run was cancelled before its turn")
                return
        try:
            job.started = time.monotonic()
            job.result = work(report, job.cancel)
        except Exception as error:  # shown by the page that waits for this job
            job.error = error
        finally:
            self._turn.release()

    def _forget(self) -> None:
        ended = [key for key, job in self._jobs.items() if job.thread and not job.running]
        for key in ended[: max(0, len(self._jobs) - _KEPT)]:
            del self._jobs[key]
