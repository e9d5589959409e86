"""Which device a run uses, how much memory it has, and how much a run took at its highest."""

import threading
from types import TracebackType

import psutil
import torch

from lcapp.errors import RunError

MEGABYTE = 2**20


def choose_device(name: str) -> torch.device:
    """The device of that name; `auto` is the first GPU where there is one, else the CPU.

    Raises:
        RunError: There is no such device here.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise RunError(f"no such device: {name!r}", expected="auto, cpu, cuda or cuda:N") from None
    if device.type == "cpu":
        return device
    if device.type != "cuda":
        raise RunError(f"device {name!r} is not supported", expected="auto, cpu, cuda or cuda:N")
    if not torch.cuda.is_available() or (device.index or 0) >= torch.cuda.device_count():
        raise RunError(
            f"there is no device {name!r} here",
            advice=f"use cpu, or one of the {torch.cuda.device_count()} CUDA devices torch sees",
        )
    return device


def free_memory_mb(device: torch.device) -> float:
    """Memory that a run may still take on the device, in MB."""
    if device.type == "cuda":
        return float(torch.cuda.mem_get_info(device)[0] / MEGABYTE)
    return float(psutil.virtual_memory().available / MEGABYTE)


class PeakMemory:
    """Context that measures the highest memory while it is open; `mb` holds it afterwards.

    On a GPU torch counts its own allocations; on a CPU a thread reads the resident size of the
    process every 10 ms, because the kernel's own high-water mark never falls back between runs.
    """

    def __init__(self, device: torch.device) -> None:
        self.mb = 0.0
        self._device = device
        self._process = psutil.Process()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lcapp-memory", daemon=True)

    def _resident(self) -> float:
        return float(self._process.memory_info().rss / MEGABYTE)

    def _watch(self) -> None:
        while not self._closed.wait(0.01):
            self.mb = max(self.mb, self._resident())

    def __enter__(self) -> "PeakMemory":
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
        else:
            self.mb = self._resident()
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._device.type == "cuda":
            self.mb = float(torch.cuda.max_memory_allocated(self._device) / MEGABYTE)
        else:
            self._closed.set()
            self._thread.join()
            self.mb = max(self.mb, self._resident())
