"""What two windows that overlap make of a cell, worked out by hand."""

from pathlib import Path

import numpy as np

from lcapp.pipeline.zone.blend import finish
from lcapp.pipeline.zone.store import Store
from lcapp.pipeline.zone.windows import Layout, Tiling


def test_logits_are_blended_and_not_probabilities(tmp_path: Path) -> None:
    """A window that is sure outvotes one that is not, by as much as it is surer."""
    tiling = Tiling.over(16, 24, Layout(16, 8, 0))
    one, other = tiling.indices()
    store = Store(tmp_path, {})
    sure = np.array([0.0, 8.0], np.float32)[:, None, None] * np.ones((1, 16, 16), np.float32)
    doubtful = np.array([1.0, 0.0], np.float32)[:, None, None] * np.ones((1, 16, 16), np.float32)
    store.put_window(one, sure)
    store.put_window(other, doubtful)
    finish(store, tiling, one, [2])
    finish(store, tiling, other, [2])
    classes, confidence = store.cell(other)  # columns 8 to 23
    weight = tiling.weights(one)[0, 8:]  # of the first window, columns 8 to 15
    logit = weight * 8.0 - (1 - weight) * 1.0  # of the second class against the first
    chance = 1 / (1 + np.exp(-logit))
    np.testing.assert_allclose(
        confidence[0][5, :8], np.maximum(chance, 1 - chance), rtol=1e-5, atol=0
    )
    np.testing.assert_array_equal(classes[0][5, :8], chance > 0.5)
    # By probabilities the first window would lose as soon as it has less than half of the say.
    assert classes[0][5, :8].sum() > (weight > 0.5).sum()
    np.testing.assert_allclose(confidence[0][:, 8:], 1 / (1 + np.exp(-1)), rtol=1e-5)
