"""Fault 7: attention computed and thrown away. It is part of the result here."""

import numpy as np
import pytest

from lcapp.families.tsrdiff.model import TSRDiffModel
from lcapp.pipeline.predict import predict
from lcapp.types import Prediction, Run, Scene


def check_the_result_explains_itself(found: Prediction) -> None:
    present = np.array([month.present for month in found.super_resolved.months])
    explanation = found.explanation
    for weights in (explanation.temporal_weights, explanation.conditioning_weights):
        assert len(weights) == 3, f"{len(weights)} levels"
        for level in weights:
            np.testing.assert_allclose(level.sum(0), 1, atol=1e-5)
            assert not level[~present].any()
    pixel = found.explanation.attention(row=100, col=40)
    assert set(pixel.maps) == {3, 4, 5}, f"stages {set(pixel.maps)}"
    for heads in pixel.maps.values():
        np.testing.assert_allclose(heads.sum((1, 2)), 1, atol=1e-5)
    without = explanation.without_series.probabilities
    assert np.abs(without - found.land_cover.probabilities).max() > 1e-4


def test_the_result_explains_itself(bundle: TSRDiffModel, scene: Scene) -> None:
    check_the_result_explains_itself(predict(scene, bundle, Run(steps=1, device="cpu")))


@pytest.mark.parametrize("lost", ["months", "queries"])
def test_seen_to_fail_when_attention_is_thrown_away(
    bundle: TSRDiffModel, scene: Scene, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    """Planted: no weights of the months (0 levels), or no queries and keys kept (no stages)."""
    if lost == "months":
        monkeypatch.setattr("lcapp.families.tsrdiff.run.month_weights", lambda levels, present: ())
    else:
        from lcapp.models.fusion.attention import Fusion, FusionState

        inner = Fusion.forward
        monkeypatch.setattr(
            Fusion, "forward", lambda self, hr, sr: (inner(self, hr, sr)[0], FusionState({}))
        )
    found = predict(scene, bundle, Run(steps=1, device="cpu"))
    from lcapp.errors import RunError

    with pytest.raises((AssertionError, RunError)):
        check_the_result_explains_itself(found)
