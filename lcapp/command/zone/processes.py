"""One zone, several processes: on one machine, or on many that share a folder.

The windows of a zone need nothing of one another, and what is finished lies in the folder of the
results. So the processes need no rendezvous, no port and no collective calls: each takes its share
of the windows, and the first one waits for the others and writes the maps. A process may die and
be started again, and a run may go on with another number of processes. Lightning's predict would
make all of them meet first, for nothing that they have to say to one another.

`torchrun` and `srun` tell a process its rank; `--devices N` starts processes in the same way.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO

from lcapp.errors import RunError

_TORCHRUN = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
_SRUN = ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID")
"""Names of a process's rank, of the number of processes, and of its rank on its machine. The
number of tasks is the step's own: in a batch script without `srun` the job's is set as well, where
no other process exists."""

_NOT_PASSED_ON = ("devices", "part", "json", "verb")
_LONGEST_MESSAGE = 2000


@dataclass(frozen=True)
class Share:
    """Which of several processes this one is.

    Attributes:
        rank: From 0 to one less than `processes`.
        processes: How many there are.
        local: Rank among those of this machine, which numbers its GPUs.
        alone: It was told its part by hand: nobody waits, and it writes no maps.
    """

    rank: int = 0
    processes: int = 1
    local: int = 0
    alone: bool = False

    @property
    def part(self) -> tuple[int, int] | None:
        """For `predict_zone`."""
        return None if self.processes == 1 and not self.alone else (self.rank, self.processes)


def share_of(text: str | None, environment: Mapping[str, str]) -> Share:
    """The share of this process.

    Args:
        text: `RANK/PROCESSES`, from the command line.
        environment: Where `torchrun` or `srun` tell theirs.

    Raises:
        RunError: The text is no such thing.
    """
    if text is not None:
        rank, _, processes = text.partition("/")
        if not (rank.isdecimal() and processes.isdecimal() and int(rank) < int(processes)):
            raise RunError(f"part is {text!r}", expected="RANK/PROCESSES, for instance 0/4 to 3/4")
        return Share(int(rank), int(processes), alone=True)
    for names in (_TORCHRUN, _SRUN):
        told = [environment.get(name, "") for name in names]
        if all(map(str.isdecimal, told)):
            return Share(int(told[0]), int(told[1]), int(told[2]))
    return Share()


def device_of(name: str, share: Share) -> str:
    """The device of a process: of several on one machine each takes the next GPU."""
    import torch

    if share.processes == 1 or name not in ("auto", "cuda") or not torch.cuda.is_available():
        return name
    return f"cuda:{share.local % torch.cuda.device_count()}"


def share_threads(devices: int) -> None:
    """Give each of so many processes of this machine its part of the cores, this one included.

    Nothing changes where OMP_NUM_THREADS says it already.
    """
    import torch

    if "OMP_NUM_THREADS" not in os.environ:
        threads = max(1, (os.cpu_count() or 1) // devices)
        os.environ["OMP_NUM_THREADS"] = str(threads)  # the processes that are started inherit it
        torch.set_num_threads(threads)


def check_devices(devices: int, device: str) -> None:
    """Refuse a number of processes that the machine has no devices for.

    Raises:
        RunError: None, more than there are GPUs, or several on one GPU that is named.
    """
    import torch

    if devices < 1:
        raise RunError(f"devices is {devices}", expected="1 or more")
    if devices == 1 or device == "cpu":
        return
    if device not in ("auto", "cuda"):
        raise RunError(f"{devices} devices, and device is {device!r}", expected="auto, cpu or cuda")
    found = torch.cuda.device_count()
    if found and devices > found:
        raise RunError(f"{devices} devices asked for", expected=f"at most the {found} GPUs here")


class Others:
    """The processes that this one has started."""

    def __init__(self, running: Mapping[int, tuple["subprocess.Popen[bytes]", IO[bytes]]]) -> None:
        self._running = running

    def check(self) -> None:
        """Stop when one of them has failed.

        Raises:
            RunError: With what it said last.
        """
        for rank, (process, errors) in self._running.items():
            if process.poll():
                errors.seek(0)
                said = errors.read()[-_LONGEST_MESSAGE:].decode(errors="replace").strip()
                raise RunError(
                    f"process {rank} has stopped: {said.removeprefix('lcapp: ')}",
                    advice="what was finished is kept: call again to go on",
                )


@contextmanager
def others(options: argparse.Namespace) -> Iterator[Others]:
    """Start the processes of ranks 1 to `options.devices` - 1; they do not outlive the block."""
    running: dict[int, tuple[subprocess.Popen[bytes], IO[bytes]]] = {}
    with ExitStack() as files:
        try:
            for rank in range(1, options.devices):
                told = dict(zip(_TORCHRUN, map(str, (rank, options.devices, rank)), strict=True))
                errors = files.enter_context(tempfile.TemporaryFile())
                process = subprocess.Popen(
                    [sys.executable, "-m", "lcapp", "zone", *_arguments(options)],
                    env={**os.environ, **told},
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                )
                running[rank] = (process, errors)
            yield Others(running)
        finally:
            for process, _ in running.values():
                process.terminate()
            for process, _ in running.values():
                process.wait()


def _arguments(options: argparse.Namespace) -> Iterator[str]:
    """The options as they were typed."""
    for name, value in vars(options).items():
        if value is not None and name not in _NOT_PASSED_ON:
            for one in value if isinstance(value, list) else [value]:
                yield f"--{name.replace('_', '-')}={one}"
