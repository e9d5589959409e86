"""The network at the paper's size, through the same door as any other bundle."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.initial import write_initial_bundle

# Every date counts as clear: all twelve months go through the networks. The kernel's high-water
# mark (kB) counts imports, weights and the reading of the scene too; ru_maxrss would also count
# the process that started this one.
_RUN = """
import json, sys
from pathlib import Path
import numpy as np
from lcapp.families.door import open_model
from lcapp.pipeline.predict import predict
from lcapp.scene.collection import open_collection
from lcapp.types import CloudRule, Run

collection = open_collection(sys.argv[1])
run = Run(steps=1, device="cpu", rule=CloudRule(max_cover_percent=100.0))
prediction = predict(collection.scene(collection.ids[0]), open_model(sys.argv[2]), run)
status = Path("/proc/self/status").read_text().split()
print(json.dumps({
    "months": sum(month.present for month in prediction.super_resolved.months),
    "sr": prediction.super_resolved.reflectance.shape,
    "aerial": prediction.land_cover.class_map.shape,
    "peak_gb": int(status[status.index("VmHWM:") + 1]) / 2**20,
    "micro_batch": prediction.record.run.micro_batch,
    "variant": prediction.record.model.variant,
    "evaluations": prediction.record.evaluations,
    "finite": bool(np.isfinite(prediction.land_cover.probabilities).all()),
    "seconds": prediction.record.seconds,
}))
"""


@pytest.mark.slow
def test_a_whole_year_of_a_flair_tile_stays_below_four_gigabytes(
    demo_folder: Path, tmp_path: Path
) -> None:
    write_initial_bundle(tmp_path / "paper", "paper")
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(demo_folder), str(tmp_path / "paper")],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "OMP_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    measured = json.loads(done.stdout)
    print(measured)
    assert (measured["variant"], measured["finite"]) == ("paper", True)
    assert (measured["months"], measured["evaluations"]) == (12, 12)
    assert (measured["sr"], measured["aerial"]) == ([12, 4, 64, 64], [512, 512])
    assert measured["peak_gb"] < 4.0
