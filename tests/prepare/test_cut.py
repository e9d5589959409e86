"""A square of a prepared scene is the scene whose aerial image was cut before."""

from dataclasses import replace

import numpy as np
import pytest

from lcapp.classes import FLAIR2
from lcapp.prepare import Cut, InputSpec, apply_window, prepare, targets
from lcapp.types import Reference
from tests.scenes import with_parts

SPEC = InputSpec()
ROW, COL, SIZE = 12, 31, 32  # SR pixels
ROWS, COLS = slice(96, 352), slice(248, 504)  # the same in aerial pixels


@pytest.fixture
def scene(make):
    """Noise of 512 x 512 pixels in a series that is not centred on it."""
    random = np.random.default_rng(0)
    scene = make.scene(make.series(["2021-06-20", "2021-09-03"], left=-143.0, top=-157.7))
    scene.sentinel2.values[:] = random.uniform(200, 5000, (2, 4, 40, 40))
    aerial = replace(
        scene.aerial,
        pixels=random.integers(0, 256, (4, 512, 512), dtype=np.uint8),
        grid=make.grid(0, 0, 0.2, 512, 512),
    )
    ndsm = random.uniform(0, 30, (512, 512)).astype(np.float32)
    labels = random.integers(0, 13, (512, 512), dtype=np.uint8)
    return with_parts(scene, aerial=aerial, ndsm=ndsm, reference=Reference(labels, FLAIR2))


def test_a_square_of_a_prepared_scene_is_the_scene_cut_before_it_was_prepared(scene, make) -> None:
    left, top = 0.2 * COLS.start, 0.2 * ROWS.start  # metres from the tile's corner
    aerial = replace(
        scene.aerial,
        pixels=scene.aerial.pixels[:, ROWS, COLS],
        grid=make.grid(left, top, 0.2, 256, 256),
    )
    before = prepare(with_parts(scene, aerial=aerial, ndsm=scene.ndsm[ROWS, COLS]), SPEC)
    after = Cut(ROW, COL, SIZE).prepared(prepare(scene, SPEC))
    np.testing.assert_array_equal(after.aerial, before.aerial)
    np.testing.assert_array_equal(after.day_offsets, before.day_offsets)
    for name in ("hr_grid", "sr_grid"):
        one, other = getattr(after, name), getattr(before, name)
        assert (one.height, one.width) == (other.height, other.width)
        np.testing.assert_allclose(one.bounds, other.bounds, atol=1e-9)
    # The crops of the series lie elsewhere, each around its footprint; what they say of it agrees.
    np.testing.assert_allclose(
        apply_window(after.series, after.windows.levels[0]),
        apply_window(before.series, before.windows.levels[0]),
        atol=1e-5,
    )
    assert after.months == before.months


def test_the_way_to_the_series_grid_and_back_is_that_of_the_square(scene) -> None:
    whole = prepare(scene, SPEC)
    part = Cut(ROW, COL, SIZE).prepared(whole)
    inside = part.windows.inside
    west, _, _, north = part.sr_grid.bounds
    lr = part.lr_grid.transform
    assert lr.c + 10 * inside[1].start == pytest.approx(west, abs=10)
    assert lr.c + 10 * inside[1].start >= west - 0.1
    assert lr.f - 10 * inside[0].start <= north + 0.1
    flat = np.full((1, SIZE, SIZE), 0.25, np.float32)
    lines, columns = (one.stop - one.start for one in inside)
    assert {lines, columns} <= {4, 5}  # 51.2 m
    np.testing.assert_allclose(apply_window(flat, part.windows.down), 0.25, atol=1e-6)
    assert apply_window(flat, part.windows.down).shape == (1, lines, columns)


def test_targets_are_cut_where_the_aerial_image_is(scene) -> None:
    prepared = prepare(scene, SPEC)
    whole = targets(scene, prepared, SPEC, FLAIR2)
    part = Cut(ROW, COL, SIZE).targets(whole)
    np.testing.assert_array_equal(part.labels, scene.reference.labels[ROWS, COLS])
    inner = (slice(ROW, ROW + SIZE), slice(COL, COL + SIZE))
    np.testing.assert_array_equal(part.sr_labels, whole.sr_labels[inner])
    np.testing.assert_array_equal(part.aerial_on_sr, whole.aerial_on_sr[:, *inner])
    assert (part.nearest, part.alignment) == (whole.nearest, whole.alignment)


@pytest.mark.parametrize(("row", "col"), [(-1, 0), (0, -1), (33, 0), (0, 33)])
def test_a_square_that_leaves_the_tile_is_refused(row: int, col: int, scene) -> None:
    with pytest.raises(ValueError, match="does not lie in 64 x 64 SR pixels"):
        Cut(row, col, SIZE).prepared(prepare(scene, SPEC))
