"""Windows over a zone: they cover it, and their weights are a smooth partition of unity."""

import numpy as np
import pytest

from lcapp.errors import RunError
from lcapp.pipeline.zone.windows import Axis, Layout, Tiling

LAYOUTS = [Layout(64, 16, 4), Layout(64, 32, 0), Layout(64, 32, 15), Layout(64, 0, 0)]
SIZES = [1, 63, 64, 65, 112, 113, 200, 449]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", SIZES)
def test_weights_of_each_pixel_sum_to_one(size, layout):
    axis = Axis(size, layout)
    total = np.zeros(size)
    for index in range(len(axis)):
        weights = axis.weights(index)
        assert (weights >= 0).all()
        total[axis.window(index)] += weights
    np.testing.assert_allclose(total, 1, atol=1e-6)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", SIZES)
def test_cells_partition_the_axis_and_know_the_windows_that_show_them(size, layout):
    axis = Axis(size, layout)
    shown = [set(range(*axis.window(i).indices(size))) for i in range(len(axis))]
    cells = [set(range(*axis.cell(i).indices(size))) for i in range(len(axis))]
    assert sorted(pixel for cell in cells for pixel in cell) == list(range(size))
    assert max(map(len, shown)) == min(size, layout.window) == min(map(len, shown))
    for i in range(len(axis)):
        assert list(axis.windows_on(i)) == [j for j in range(len(axis)) if shown[j] & cells[i]]
        assert list(axis.cells_of(i)) == [j for j in range(len(axis)) if shown[i] & cells[j]]


def test_weights_are_a_raised_cosine_between_the_rims():
    left = Axis(112, Layout(64, 16, 4)).weights(0)  # the overlap is pixels 48 to 63
    np.testing.assert_array_equal(left[:52], 1)
    np.testing.assert_array_equal(left[60:], 0)
    ramp = np.cos(np.pi / 2 * (np.arange(8) + 0.5) / 8) ** 2
    np.testing.assert_allclose(left[52:60], ramp, atol=1e-6)


@pytest.mark.parametrize("size", [112, 113, 150, 449])
def test_no_weight_jumps_where_the_last_window_is_moved_back(size):
    layout = Layout(64, 32, 0)
    axis = Axis(size, layout)
    for index in range(len(axis)):
        padded = np.zeros(size + 2)
        span = axis.window(index)
        padded[span.start + 1 : span.stop + 1] = axis.weights(index)
        inside = padded[1:-1]
        steepest = 1.6 * np.pi / 2 / layout.overlap  # of a raised cosine, and a third window's
        assert np.abs(np.diff(inside)).max(initial=0) < 2 * steepest


@pytest.mark.parametrize(
    ("window", "overlap", "rim"),
    [(1, 0, 0), (0, 0, 0), (64, -1, 0), (64, 33, 0), (64, 16, 8), (64, 16, -1), (64, 0, 1)],
)
def test_sizes_that_do_not_go_together_are_refused(window, overlap, rim):
    with pytest.raises(RunError, match="expected"):
        Layout(window, overlap, rim)


@pytest.mark.parametrize("processes", [1, 2, 3, 7, 40])
def test_parts_are_a_partition_of_the_windows(processes):
    tiling = Tiling.over(200, 449, Layout(64, 16, 4))
    parts = [list(tiling.indices((rank, processes))) for rank in range(processes)]
    assert [index for part in parts for index in part] == list(tiling.indices())
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1
