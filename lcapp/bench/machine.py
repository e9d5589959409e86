"""The machine under the benchmark: its clock and its name. Others may use it too."""

import platform
import time
from collections.abc import Callable
from pathlib import Path

import torch

MIN_ROUNDS = 3
"""Calls that are timed at least."""


def seconds_of(call: Callable[[], object], device: torch.device, budget: float) -> float:
    """The shortest time of a call, in seconds, after one that is not counted.

    The shortest and not the mean: what else runs on the machine can only make a call longer.

    Args:
        call: What is timed; on a GPU until the GPU has done it.
        device: Where it computes.
        budget: Seconds to spend; at least `MIN_ROUNDS` calls are made.
    """

    def timed() -> float:
        start = time.perf_counter()
        call()
        _wait(device)
        return time.perf_counter() - start

    timed()
    best, rounds, until = timed(), 1, time.perf_counter() + budget
    while rounds < MIN_ROUNDS or time.perf_counter() < until:
        best, rounds = min(best, timed()), rounds + 1
    return best


def device_name(device: torch.device) -> str:
    """Model of the GPU or of the processor, as far as the system says it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    described = Path("/proc/cpuinfo")
    if described.is_file():
        for line in described.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
