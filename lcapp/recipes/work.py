"""Trainings run one after another or several at once, each a process of its own.

What is done is left as it is, what was begun goes on, what somebody else has claimed is left to
him. So the same call, started as often as there are GPUs or machines, shares the work; and a call
after a break takes it up.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcapp.errors import LcappError, RunError
from lcapp.recipes.claims import Claim, claim, holder
from lcapp.recipes.jobs import Job

LOGS = "logs"
"""Folder of what the trainings print, a file each."""

_TRAIN = (sys.executable, "-m", "lcapp", "train")
_BETWEEN_LOOKS_S = 0.2
_LAST = 300
"""Letters of what a training said last, in the refusal."""

Say = Callable[[str], None]


@dataclass(eq=False)
class _Running:
    job: Job
    place: int
    held: Claim
    process: "subprocess.Popen[bytes]"
    started: float


class Work:
    """What this process does of some trainings.

    Args:
        jobs: All of them, in the order in which they are begun.
        out: Their folder.
        machine: Options of `train` on the machine.
        at_once: How many run side by side; each takes the next GPU, where there are several.
        join: Joins the runs of a job.
        say: Told of what begins and ends.
        command: What trains a job; by default `python -m lcapp train`.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        out: Path,
        machine: Sequence[str],
        at_once: int,
        join: Callable[[Job], object],
        say: Say,
        command: Callable[[Job], Sequence[str]] | None = None,
    ) -> None:
        if at_once < 1:
            raise RunError(f"at once is {at_once}", expected="1 or more")
        self._jobs, self._out = jobs, out
        self._command = command or (lambda job: [*_TRAIN, *job.options, *machine])
        self._at_once, self._join, self._say = at_once, join, say
        self._running: list[_Running] = []
        self._done: set[Path] = set()
        self.failed: dict[str, str] = {}

    def run(self) -> None:
        """Until nothing is left that this process could do; what failed is in `failed`."""
        try:
            while self._step():
                time.sleep(_BETWEEN_LOOKS_S)
        finally:
            for one in self._running:
                one.process.terminate()
            for one in self._running:
                one.process.wait()
                one.held.release()

    def _step(self) -> bool:
        """Look after what runs, begin what can be begun; whether there is something to wait for."""
        for one in [one for one in self._running if one.process.poll() is not None]:
            self._running.remove(one)
            one.held.release()
            self._ended(one)
        waits = False
        for job in self._jobs:
            if job.folder not in self._done and job.state().kind == "done":
                self._done.add(job.folder)
        busy = {one.job.name for one in self._running}
        for job in self._jobs:
            if job.folder in self._done or job.name in self.failed or job.name in busy:
                continue
            if hopeless := [need for need in job.needs if self._is_lost(need)]:
                self.failed[job.name] = f"needs {hopeless[0]}, which failed"
                continue
            if not self._done.issuperset(job.needs):
                waits = True
                continue
            if len(self._running) >= self._at_once:
                break
            waits |= self._begin(job)
        return bool(self._running) or waits

    def _is_lost(self, folder: Path) -> bool:
        return any(job.folder == folder and job.name in self.failed for job in self._jobs)

    def _begin(self, job: Job) -> bool:
        """Whether there is something to look for after that."""
        held = claim(self._out, job.name)
        if held is None:
            return False  # who holds it will end it
        if job.state().kind == "done":  # by somebody else, since we looked
            held.release()
            return True
        if job.state().kind == "other":
            held.release()
            self._fail(job, f"{job.folder}: {job.state().told}")
            return False
        if job.config is None:
            try:
                self._join(job)
            except LcappError as error:
                self._fail(job, str(error))
            else:
                self._say(f"{job.name}: joined")
            finally:
                held.release()
            return True
        log = self._out / LOGS / f"{job.name}.log"
        log.parent.mkdir(exist_ok=True)
        place = min(set(range(self._at_once)) - {one.place for one in self._running})
        with log.open("ab") as file:
            process = subprocess.Popen(
                self._command(job),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env={**os.environ, **_device(place, self._at_once)},
                # Whoever kills this process has not freed the claim of its trainings.
                pass_fds=(held.descriptor,) if os.name == "posix" else (),
            )
        self._running.append(_Running(job, place, held, process, time.monotonic()))
        self._say(f"{job.name}: begun, {log}")
        return True

    def _ended(self, one: _Running) -> None:
        code = one.process.returncode
        if code == 0 and one.job.state().kind == "done":
            self._say(f"{one.job.name}: done in {time.monotonic() - one.started:.0f} s")
            return
        log = self._out / LOGS / f"{one.job.name}.log"
        said = log.read_bytes()[-_LAST:].decode(errors="replace").strip().splitlines()
        self._fail(one.job, said[-1] if code and said else f"ended with {code}, not done")

    def _fail(self, job: Job, why: str) -> None:
        self.failed[job.name] = why
        self._say(f"{job.name}: failed: {why}")


def left_to_others(jobs: Sequence[Job], out: Path) -> dict[str, str]:
    """The jobs that are not done and that somebody holds, with who does."""
    return {
        job.name: who
        for job in jobs
        if job.state().kind != "done" and (who := holder(out, job.name)) is not None
    }


def _device(place: int, at_once: int) -> dict[str, str]:
    """The GPU of one of several that run at once, where there is more than one."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if at_once == 1:
        return {}
    if named is None:
        import torch

        visible = [str(one) for one in range(torch.cuda.device_count())]
    else:
        visible = [one for one in named.split(",") if one]
    return {"CUDA_VISIBLE_DEVICES": visible[place % len(visible)]} if len(visible) > 1 else {}
