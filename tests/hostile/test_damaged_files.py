"""Damaged files of every kind: each is a result or one sentence, and nothing else.

`LCAPP_BENCH_COUNT=10000 LCAPP_BENCH_SEED=1 pytest tests/hostile/test_damaged_files.py --timeout 0`
is the night's bench; a failure names seed and case, which `worker.py FOLDER SEED CASE 1` repeats.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

COUNT = int(os.environ.get("LCAPP_BENCH_COUNT", "500"))
SEED = int(os.environ.get("LCAPP_BENCH_SEED", "0"))

SILENT = 120.0
"""Seconds after which a case counts as one that never ends, on a machine that is busy as well."""


def _run(folder: Path, first: int, count: int):
    """Lines of a worker until it has done, dies, or falls silent."""
    worker = Path(__file__).with_name("worker.py")
    command = [sys.executable, str(worker), str(folder), *map(str, (SEED, first, count))]
    lines: queue.Queue[str | None] = queue.Queue()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:

        def listen() -> None:
            for line in process.stdout:
                lines.put(line)
            lines.put(None)

        threading.Thread(target=listen, daemon=True).start()
        try:
            while (line := lines.get(timeout=SILENT)) is not None:
                yield json.loads(line)
            process.wait()
            if process.returncode:
                yield {"outcome": f"the interpreter died ({process.returncode})"}
        except queue.Empty:
            yield {"outcome": f"silent for {SILENT:g} s"}
        finally:
            process.kill()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_damaged_file_is_a_result_or_a_sentence(tmp_path: Path) -> None:
    counted, faults, first, begun = Counter(), [], 0, {}
    for attempt in range(20):
        for told in _run(tmp_path / str(attempt), first, COUNT - first):
            if "outcome" not in told:
                begun = told
                continue
            outcome = told["outcome"]
            counted[outcome if outcome in ("result", "sentence") else "fault"] += 1
            if outcome not in ("result", "sentence"):
                faults.append({"seed": SEED, **begun, **told})
        first = begun.get("case", 0) + 1
        if first >= COUNT:
            break
    assert not faults, "\n".join(map(json.dumps, faults))
    assert sum(counted.values()) == COUNT
    # Damage that is never noticed, or always, would be none that tests the doors.
    assert min(counted["result"], counted["sentence"]) > COUNT / 20, counted
