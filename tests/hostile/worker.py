"""A process that reads damaged files, one line of JSON each: `worker.py FOLDER SEED FIRST COUNT`.

The one who asks notices when it dies or falls silent.
"""

import json
import logging
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from lcapp.errors import LcappError
from tests.hostile.damage import damaged
from tests.hostile.doors import written

MOST_BYTES = 4 * 2**30


def main(folder: Path, seed: int, first: int, count: int) -> None:
    logging.disable()
    doors = written(folder)
    for _, read in doors.values():
        read()  # the whole ones are right, and everything is imported
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MOST_BYTES,) * 2)
    kinds = sorted(doors)
    for case in range(first, first + count):
        draw = np.random.default_rng((seed, case))
        kind = kinds[case % len(kinds)]
        files, read = doors[kind]
        file = files[int(draw.integers(len(files)))]
        content = file.read_bytes()
        how, changed = damaged(content, draw)
        told = {"case": case, "kind": kind, "file": file.name, "damage": how}
        print(json.dumps(told), flush=True)  # before, so that a death has a name
        file.write_bytes(changed)
        started = time.monotonic()
        try:
            read()
            outcome = "result"
        except LcappError as error:
            outcome = "sentence" if len(str(error)) < 4000 else f"a sentence of {len(str(error))}"
        except BaseException as error:
            outcome = f"{type(error).__name__}: {error}"[:300]
        file.write_bytes(content)
        seconds = round(time.monotonic() - started, 2)
        print(json.dumps({**told, "outcome": outcome, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
