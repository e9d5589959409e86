"""Devices by name, and the memory that a run took."""

import threading
import time

import numpy as np
import pytest
import torch

from lcapp.errors import RunError
from lcapp.pipeline.device import PeakMemory, choose_device


def test_auto_is_a_gpu_only_where_there_is_one() -> None:
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert choose_device("cpu").type == "cpu"


@pytest.mark.parametrize("name", ["tpu", "cuda:99", "meta", "cuda:-1x"])
def test_a_device_that_is_not_here_is_refused(name: str) -> None:
    with pytest.raises(RunError, match="device"):
        choose_device(name)


def test_the_peak_holds_memory_that_was_given_back_and_no_thread_stays() -> None:
    threads = set(threading.enumerate())
    with PeakMemory(torch.device("cpu")) as before:
        pass
    with PeakMemory(torch.device("cpu")) as peak:
        block = np.ones(40_000_000)  # 305 MB, touched
        late = time.monotonic() + 60
        # Until it was seen: a busy machine may give the watcher no time for longer than it sleeps.
        while peak.mb < before.mb + 250 and time.monotonic() < late:
            time.sleep(0.01)
        del block
    assert 250 < peak.mb - before.mb < 400
    assert set(threading.enumerate()) == threads
