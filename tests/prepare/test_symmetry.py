"""One transform for aerial image, labels and series (METHOD.md section 6, fault 4)."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from lcapp.classes import FLAIR2
from lcapp.prepare import (
    SYMMETRIES,
    InputSpec,
    Symmetry,
    apply_window,
    footprint_windows,
    prepare,
    targets,
)
from lcapp.types import Grid, Reference
from tests.scenes import with_parts

SPEC = InputSpec()
each = pytest.mark.parametrize(
    "symmetry", SYMMETRIES, ids=lambda one: f"{one.quarter_turns}{'f' * one.flipped}"
)
OFF_CENTRE = (-143.0, -157.7)
places = pytest.mark.parametrize("place", [(-148.8, -148.8), OFF_CENTRE], ids=["centred", "off"])


def textured(make, place=OFF_CENTRE, height=512, width=512):
    """A labelled scene of noise whose series is exactly the crop: two months, one absent."""
    random = np.random.default_rng(0)
    scene = make.scene(make.series(["2021-06-20", "2021-09-03"], left=place[0], top=place[1]))
    scene.sentinel2.values[:] = random.uniform(200, 5000, (2, 4, 40, 40))
    aerial = replace(
        scene.aerial,
        pixels=random.integers(0, 256, (4, height, width), dtype=np.uint8),
        grid=make.grid(0, 0, 0.2, height, width),
    )
    labels = random.integers(0, 13, (height, width), dtype=np.uint8)
    ndsm = random.uniform(0, 30, (height, width)).astype(np.float32)
    return with_parts(scene, aerial=aerial, ndsm=ndsm, reference=Reference(labels, FLAIR2))


def turned_scene(scene, symmetry):
    """The inputs themselves flipped and turned, before anything is prepared."""
    turn, series, aerial = symmetry.image, scene.sentinel2, scene.aerial
    return with_parts(
        scene,
        aerial=replace(aerial, pixels=turn(aerial.pixels), grid=symmetry.grid(aerial.grid)),
        ndsm=turn(scene.ndsm),
        reference=Reference(turn(scene.reference.labels), scene.reference.table),
        series=replace(
            series,
            values=turn(series.values),
            grid=symmetry.grid(series.grid),
        ),
    )


def centres(grid: Grid, stride: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Map coordinates of every `stride`-th pixel: eastings, northings."""
    x = grid.transform.c + grid.transform.a * (np.arange(0, grid.width, stride) + 0.5)
    y = grid.transform.f + grid.transform.e * (np.arange(0, grid.height, stride) + 0.5)
    return x, y


def test_a_turn_is_counter_clockwise_and_a_flip_exchanges_east_and_west():
    image = np.array([[1, 2, 3], [4, 5, 6]])
    assert Symmetry(1, False).image(image).tolist() == [[3, 6], [2, 5], [1, 4]]
    assert Symmetry(0, True).image(image).tolist() == [[3, 2, 1], [6, 5, 4]]
    assert Symmetry(1, True).image(image).tolist() == [[1, 4], [2, 5], [3, 6]]


def test_there_are_eight_and_the_first_changes_nothing():
    image = np.arange(12).reshape(1, 3, 4)
    assert (
        len({one.image(image).tobytes() + bytes(one.image(image).shape) for one in SYMMETRIES}) == 8
    )
    assert SYMMETRIES[0].image(image).tolist() == image.tolist()


def test_two_in_a_row_are_one_of_the_eight():
    image = np.arange(12).reshape(3, 4)
    for first, second in product(SYMMETRIES, SYMMETRIES):
        both = second.after(first)
        assert both in SYMMETRIES
        np.testing.assert_array_equal(both.image(image), second.image(first.image(image)))


@each
def test_the_inverse_undoes_images_and_grids(make, symmetry):
    image, grid = np.arange(12).reshape(3, 4), make.grid(3, 5, 10, 3, 4)
    back = symmetry.inverse
    np.testing.assert_array_equal(back.image(symmetry.image(image)), image)
    assert back.grid(symmetry.grid(grid)).bounds == pytest.approx(grid.bounds, abs=1e-8)
    assert back.after(symmetry) == SYMMETRIES[0]


@each
def test_pixels_keep_their_place_in_the_turned_world(make, symmetry):
    """A picture of the coordinates, turned, shows where the turned grid has its pixels."""
    grid = make.grid(-143.0, -157.7, 10, 3, 5)
    x, y = np.meshgrid(*centres(grid))
    if symmetry.flipped:
        x = -x
    for _ in range(symmetry.quarter_turns):
        x, y = -y, x
    new_x, new_y = np.meshgrid(*centres(symmetry.grid(grid)))
    np.testing.assert_allclose(new_x, symmetry.image(x), atol=1e-6)
    np.testing.assert_allclose(new_y, symmetry.image(y), atol=1e-6)


@each
@places
def test_turned_inputs_give_turned_labels_and_turned_targets(make, symmetry, place):
    """Seen to fail with the series left unturned, and with the windows of the unturned grids."""
    scene = textured(make, place)
    prepared = prepare(scene, SPEC)
    aims = targets(scene, prepared, SPEC, FLAIR2)
    x_u = apply_window(prepared.series, prepared.windows.levels[0])

    turned = turned_scene(scene, symmetry)
    for found in (prepare(turned, SPEC), symmetry.prepared(prepared)):
        seen = apply_window(found.series, found.windows.levels[0])
        np.testing.assert_allclose(seen, symmetry.image(x_u), atol=1e-5)
        np.testing.assert_array_equal(found.aerial, symmetry.image(prepared.aerial))
        made, moved = targets(turned, found, SPEC, FLAIR2), symmetry.targets(aims)
        np.testing.assert_array_equal(made.labels, moved.labels)
        np.testing.assert_array_equal(made.sr_labels, moved.sr_labels)
        np.testing.assert_allclose(made.aerial_on_sr, moved.aerial_on_sr, atol=1e-5)
        assert made.nearest == moved.nearest == aims.nearest


@each
@places
def test_the_windows_of_every_level_fit_the_turned_scene(make, symmetry, place):
    """The centres of levels 1 and 2 are towards the upper left: turned matrices would be wrong."""
    prepared = symmetry.prepared(prepare(textured(make, place), SPEC))
    west, _, _, north = prepared.sr_grid.bounds

    def ramp(grid: Grid, stride: int) -> np.ndarray:
        x, y = centres(grid, stride)
        return (x[None, :] - west) / 100 + (y[:, None] - north) / 70

    for level, window in enumerate(prepared.windows.levels):
        there = apply_window(ramp(prepared.lr_grid, 2**level), window)
        np.testing.assert_allclose(there, ramp(prepared.sr_grid, 2**level), atol=1e-5)


@each
def test_down_and_up_turn_with_an_off_centre_tile(make, symmetry):
    prepared = prepare(textured(make), SPEC)
    image = np.random.default_rng(1).normal(size=(2, 64, 64)).astype(np.float32)
    down, up = prepared.windows.down, prepared.windows.up
    turned = symmetry.prepared(prepared).windows
    low = apply_window(image, down)
    np.testing.assert_allclose(
        apply_window(symmetry.image(image), turned.down), symmetry.image(low), atol=1e-5
    )
    np.testing.assert_allclose(
        apply_window(symmetry.image(low), turned.up),
        symmetry.image(apply_window(low, up)),
        atol=1e-5,
    )


@each
def test_a_marked_place_meets_itself_on_the_sr_grid(make, symmetry):
    """METHOD.md, fault 4: an aerial pixel block, its label and the LR pixel under it."""
    scene = textured(make)
    rows, cols = footprint_windows(scene.sentinel2.grid, scene.aerial.grid.coarser()).inside
    row, col = rows.start + 2, cols.start + 6  # in the upper right of the tile: no symmetry
    scene.sentinel2.values[:] = 500
    scene.sentinel2.values[:, :, row, col] = 5000
    x, y = (
        axis[place] for axis, place in zip(centres(scene.sentinel2.grid), (col, row), strict=True)
    )
    aerial_x, aerial_y = centres(scene.aerial.grid)
    near = np.ix_(np.abs(aerial_y - y) < 5, np.abs(aerial_x - x) < 5)
    scene.aerial.pixels[:] = 20
    scene.aerial.pixels[:, *near] = 220
    scene.reference.labels[:] = 0
    scene.reference.labels[near] = 5

    prepared = symmetry.prepared(prepare(scene, SPEC))
    aims = symmetry.targets(targets(scene, prepare(scene, SPEC), SPEC, FLAIR2, "none"))
    x_u = apply_window(prepared.series[5], prepared.windows.levels[0])[0]

    def middle(weights: np.ndarray) -> np.ndarray:
        return np.array([np.average(axis, weights=weights) for axis in np.indices(weights.shape)])

    of_series = middle(x_u - x_u.min() > 0.5 * np.ptp(x_u))
    of_aerial = middle(aims.aerial_on_sr[0] > 0)
    of_input = (middle(prepared.aerial[0] > 0) - 3.5) / 8
    of_labels = middle(aims.sr_labels == 5)
    for found in (of_aerial, of_input, of_labels):
        np.testing.assert_allclose(found, of_series, atol=0.5)


@each
def test_absent_months_stay_absent_and_dates_stay_dates(make, symmetry):
    before = prepare(textured(make), SPEC)
    after = symmetry.prepared(before)
    assert np.isnan(after.series[~before.present]).all()
    assert np.isfinite(after.series[before.present]).all()
    np.testing.assert_array_equal(after.day_offsets, before.day_offsets)
    assert after.months == before.months


@each
def test_a_tile_that_is_not_square_is_turned_too(make, symmetry):
    scene = textured(make, height=256, width=480)
    prepared = prepare(scene, SPEC)
    aims = targets(scene, prepared, SPEC, FLAIR2)
    turned, moved = symmetry.prepared(prepared), symmetry.targets(aims)
    x_u = apply_window(prepared.series, prepared.windows.levels[0])
    seen = apply_window(turned.series, turned.windows.levels[0])
    np.testing.assert_allclose(seen, symmetry.image(x_u), atol=1e-5)
    assert moved.aerial_on_sr.shape[1:] == seen.shape[2:] == moved.sr_labels.shape


def test_part_of_an_sr_pixel_cannot_be_turned(make):
    scene = make.scene(make.series(["2021-06-20"], left=-170, top=-180), side=252)
    prepared = prepare(scene, SPEC)
    with pytest.raises(ValueError, match="252 x 252"):
        SYMMETRIES[1].prepared(prepared)
    assert SYMMETRIES[0].prepared(prepared) is prepared


def test_five_quarter_turns_are_none_of_the_eight():
    with pytest.raises(ValueError, match="0 to 3"):
        Symmetry(5, False)
