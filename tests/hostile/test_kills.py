"""Verbs that are killed at random moments leave what was there, or nothing that seems whole.

`LCAPP_BENCH_KILLS=200 LCAPP_BENCH_SEED=1 pytest tests/hostile/test_kills.py --timeout 0` is the
night's bench.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COUNT = int(os.environ.get("LCAPP_BENCH_KILLS", "10"))
SEED = int(os.environ.get("LCAPP_BENCH_SEED", "0"))

VERBS = ("predict", "zone", "release", "evaluate")
SLOW_VERBS = ("survey", "simulate", "train")
"""Only where there is a night for it."""


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
def test_a_kill_leaves_nothing_that_seems_whole(tmp_path: Path) -> None:
    script = Path(__file__).with_name("killing.py")
    names = VERBS + (SLOW_VERBS if COUNT > 20 else ())
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "bench"), str(SEED), str(COUNT), *names],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    faults = [one for one in told if "fault" in one]
    assert not faults, "\n".join(map(json.dumps, faults))
    assert len(told) == COUNT, done.stderr[-2000:]
    # A bench whose verbs all end before the kill would test nothing.
    assert any(one["code"] is None for one in told)
