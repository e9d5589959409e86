"""The network at the paper's size, through the same door as any other bundle."""

from pathlib import Path

import numpy as np
import pytest

from lcapp.hub import load, write_initial_bundle
from lcapp.pipeline import predict
from lcapp.scene import open_collection


@pytest.mark.slow
def test_the_paper_size_runs_a_real_scene_in_two_steps(
    treesat_folder: Path, tmp_path: Path
) -> None:
    write_initial_bundle(tmp_path / "paper", "paper")
    bundle = load(tmp_path / "paper")
    scene = open_collection(treesat_folder).scene("Quercus_robur_7_86717")
    prediction = predict(scene, bundle, "ddim", steps=2, device="cpu")
    present = sum(month.present for month in prediction.super_resolved.months)
    assert prediction.record.model == "paper"
    assert prediction.record.denoiser_evaluations == 2 * present
    assert prediction.land_cover.class_map.shape == (304, 304)
    assert np.isfinite(prediction.land_cover.probabilities).all()
