import numpy as np
import pytest
import torch

from lcapp.models.windows import BatchWindow
from lcapp.types import Window


def _window(seed: int) -> Window:
    random = np.random.default_rng(seed)
    return Window(
        random.standard_normal((5, 3)).astype("float32"),
        random.standard_normal((6, 4)).astype("float32"),
    )


def test_each_image_is_resampled_by_the_window_of_its_own_scene():
    windows = [_window(0), _window(1)]
    images = torch.randn(3, 2, 3, 4, generator=torch.Generator().manual_seed(0))
    out = BatchWindow.of(windows)(images, torch.tensor([1, 0, 1]))
    for image, result, scene in zip(images.numpy(), out.numpy(), (1, 0, 1), strict=True):
        expected = windows[scene].rows @ image @ windows[scene].cols.T
        assert np.abs(result - expected).max() < 1e-5


def test_bands_may_have_windows_of_their_own():
    random = np.random.default_rng(2)
    windows = [
        Window(
            *(random.standard_normal(shape).astype("float32") for shape in ((2, 5, 3), (2, 6, 4)))
        )
        for _ in range(2)
    ]
    images = torch.randn(3, 2, 3, 4, generator=torch.Generator().manual_seed(0))
    out = BatchWindow.of(windows)(images, torch.tensor([1, 0, 1])).numpy()
    for image, result, scene in zip(images.numpy(), out, (1, 0, 1), strict=True):
        for band in range(2):
            expected = windows[scene].rows[band] @ image[band] @ windows[scene].cols[band].T
            assert np.abs(result[band] - expected).max() < 1e-5


def test_one_window_serves_any_number_of_images():
    images = torch.ones(3, 2, 3, 4)
    one = BatchWindow.of([_window(0)])
    assert torch.equal(one(images), one(images, torch.zeros(3, dtype=torch.long)))


def test_windows_of_different_shapes_cannot_meet_in_a_batch():
    other = Window(np.ones((5, 2), np.float32), np.ones((6, 4), np.float32))
    with pytest.raises(ValueError, match="one shape"):
        BatchWindow.of([_window(0), other])


def test_mixed_precision_does_not_round_the_series():
    images = torch.randn(2, 2, 3, 4, generator=torch.Generator().manual_seed(0))
    window = BatchWindow.of([_window(0), _window(1)])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = window(images)
    assert torch.equal(found, window(images))
