"""The network at the paper's size, through the same door as any other bundle."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lcapp.families.tsrdiff.model import load
from lcapp.pipeline.predict import predict
from lcapp.scene.collection import open_collection
from lcapp.types import Run
from tests.initial import write_initial_bundle


@pytest.fixture(scope="module")
def paper_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "paper"
    write_initial_bundle(path, "paper")
    return path


@pytest.mark.slow
def test_the_paper_size_runs_a_real_scene_in_two_steps(
    treesat_folder: Path, paper_bundle: Path
) -> None:
    bundle = load(paper_bundle)
    scene = open_collection(treesat_folder).scene("Quercus_robur_7_86717")
    prediction = predict(scene, bundle, Run("ddim", steps=2, device="cpu"))
    present = sum(month.present for month in prediction.super_resolved.months)
    assert prediction.record.model.variant == "paper"
    assert prediction.record.evaluations == 2 * present
    assert prediction.land_cover.class_map.shape == (304, 304)
    assert np.isfinite(prediction.land_cover.probabilities).all()


# Every date counts as clear: all twelve months go through the networks. The kernel's high-water
# mark (kB) counts imports, weights and the reading of the scene too; ru_maxrss would also count
# the process that started this one.
_RUN = """
import json, sys
from pathlib import Path
from lcapp.families.door import open_model
from lcapp.pipeline.predict import predict
from lcapp.scene.collection import open_collection
from lcapp.types import CloudRule, Run

collection = open_collection(sys.argv[1])
run = Run(steps=2, device="cpu", rule=CloudRule(max_cover_percent=100.0))
prediction = predict(collection.scene(collection.ids[0]), open_model(sys.argv[2]), run)
status = Path("/proc/self/status").read_text().split()
print(json.dumps({
    "months": sum(month.present for month in prediction.super_resolved.months),
    "sr": prediction.super_resolved.reflectance.shape,
    "aerial": prediction.land_cover.class_map.shape,
    "peak_gb": int(status[status.index("VmHWM:") + 1]) / 2**20,
    "micro_batch": prediction.record.run.micro_batch,
    "seconds": prediction.record.seconds,
}))
"""


@pytest.mark.slow
def test_a_whole_year_of_a_flair_tile_stays_below_four_gigabytes(
    demo_folder: Path, paper_bundle: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(demo_folder), str(paper_bundle)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "OMP_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    measured = json.loads(done.stdout)
    print(measured)
    assert measured["months"] == 12
    assert (measured["sr"], measured["aerial"]) == ([12, 4, 64, 64], [512, 512])
    assert measured["peak_gb"] < 4.0
