"""A run that is watched step by step ends where the run itself ends."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lcapp.families.door import open_model
from lcapp.pipeline.denoising import denoised
from lcapp.pipeline.predict import predict
from lcapp.scene.collection import open_collection
from lcapp.types import CloudRule, Denoised, Run
from tests.train.conftest import write_area


@pytest.mark.parametrize("guide", [1.0, 0.5])
def test_the_last_estimate_is_the_super_resolved_year(guide: float, tmp_path: Path) -> None:
    write_area(tmp_path, "test", "D801_2021", 1, 104, 1)
    collection, model = open_collection(tmp_path), open_model("demo")
    ready = model.prepare(collection.scene(collection.ids[0]), CloudRule())
    run = Run("ddim", 3, device="cpu", guide=guide)
    steps = denoised(ready, model, run)
    assert len(steps) == 3
    seen: list[Denoised] = []
    predict(ready, model, run, watch=seen.append)
    assert len(seen) == 3  # of one chain, where two are mixed
    assert [one.k for one in steps] == sorted((one.k for one in steps), reverse=True)
    whole = predict(ready, model, replace(run, guide=1.0)).super_resolved
    assert whole is not None
    np.testing.assert_allclose(steps[-1].estimate, whole.reflectance, atol=1e-5)
    present = ready.present
    assert np.isnan(steps[0].noisy[~present]).all()
    assert np.isfinite(steps[0].noisy[present]).all()


def test_of_many_steps_a_few_are_kept_with_the_first_and_the_last(tmp_path: Path) -> None:
    write_area(tmp_path, "test", "D801_2021", 1, 104, 1)
    collection, model = open_collection(tmp_path), open_model("demo")
    ready = model.prepare(collection.scene(collection.ids[0]), CloudRule())
    few = denoised(ready, model, Run("ddim", 20, device="cpu"))
    assert len(few) == 16
    assert few[-1].k == 0
