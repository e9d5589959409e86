"""A series that lies some metres off its place is found and set right, as far as anything tells."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lcapp.prepare import InputSpec, footprint_windows, prepare
from lcapp.prepare.registration import shifts_among, together
from lcapp.prepare.registration.among_dates import PRIOR
from lcapp.prepare.registration.onto_aerial import PRIOR as PLACE_PRIOR
from lcapp.prepare.registration.onto_aerial import SHADOWS_UNTOLD, UNDECIDED
from lcapp.prepare.registration.shadows import AZIMUTHS, cast_shadows
from lcapp.prepare.windows import blurring_matrix, moving_matrix
from lcapp.scene.collection import open_collection
from lcapp.scene.flair2.truth import read_shifts
from lcapp.simulate.collection import simulate
from lcapp.types import Prepared, Registration, Scene
from tests.scenes import with_parts

SPEC = InputSpec()
FINE = 1.6
PIXELS = 250
"""Of 1.6 m along the crop of 40 pixels of 10 m."""

SPREAD = 5.22 / FINE


def land(random: np.random.Generator, stripes: bool = False) -> np.ndarray:
    """Which of 30 surfaces lies in each pixel of 1.6 m: blocks or stripes of 24 m."""
    blocks = random.integers(30, size=(1 if stripes else 17, 17))
    whole = blocks.repeat(15, axis=1).repeat(250 if stripes else 15, axis=0)
    return whole[:PIXELS, :PIXELS]


def measured(ground: np.ndarray, east: float, north: float) -> np.ndarray:
    """C H W at 1.6 m as a satellite sees it that lies off by metres: C 40 40."""
    centres = (10 * (np.arange(40) + 0.5)) / FINE - 0.5
    rows = blurring_matrix(PIXELS, centres + north / FINE, SPREAD)
    cols = blurring_matrix(PIXELS, centres - east / FINE, SPREAD)
    return rows @ ground @ cols.T


def year(
    make,
    kinds: np.ndarray,
    shifts: list[tuple[float, float]],
    random: np.random.Generator,
    changing: int = 10,
) -> Scene:
    """A scene whose aerial image shows the middle of the land, and whose dates lie off so far.

    The colours of `changing` of the 30 surfaces are others on each date.
    """
    flown = random.uniform(0.05, 0.28, (30, 4))
    dates = [f"2021-{4 + one // 3:02d}-{1 + 9 * (one % 3):02d}" for one in range(len(shifts))]
    series = make.series(dates, cloud=[0.0] * len(dates), left=-148.8, top=-148.8)
    values = np.empty_like(series.values)
    for one, (east, north) in zip(values, shifts, strict=True):
        colours = flown.copy()
        colours[:changing] = random.uniform(0.05, 0.28, (changing, 4))
        ground = colours[kinds].transpose(2, 0, 1)
        noise = random.normal(0, 0.001, one.shape)
        one[:] = 10_000 * (measured(ground, east, north) + noise)
    # The aerial bands in the order of the series' B2, B3, B4, B8.
    seen = flown[kinds].transpose(2, 0, 1)[[2, 1, 0, 3]]
    start = round(148.8 / FINE)
    tile = seen[:, start : start + 64, start : start + 64].repeat(8, axis=1).repeat(8, axis=2)
    scene = make.scene(replace(series, values=values))
    aerial = replace(scene.aerial, pixels=(900 * tile).astype(np.uint8))
    return with_parts(scene, aerial=aerial, ndsm=np.zeros((512, 512), np.float32))


def found(scene: Scene, **changes: object) -> tuple[Prepared, Registration]:
    ready = prepare(scene, SPEC, registration=True)
    assert ready.registration is not None
    return ready, ready.registration


def test_common_and_own_shifts_are_found_to_half_a_metre_and_taken_back(make):
    random = np.random.default_rng(0)
    shifts = [(4.0 + east, -2.5 + north) for east, north in random.normal(0, 1.8, (9, 2))]
    scene = year(make, land(random), shifts, random)
    ready, told = found(scene)
    assert told.decided
    assert max(told.deviation) < 1.0
    mean = np.mean(shifts, axis=0)
    assert (told.east, told.north) == pytest.approx(mean, abs=0.5)
    errors = [
        (told.east + one.east - east, told.north + one.north - north)
        for one, (east, north) in zip(told.dates, shifts, strict=True)
    ]
    assert np.hypot(*np.transpose(errors)).max() < 0.8
    left = prepare(scene, SPEC)
    assert left.registration is None
    moved = np.subtract(ready.lr_grid.bounds[:2], left.lr_grid.bounds[:2])
    assert moved == pytest.approx([-told.east, -told.north])
    assert UNDECIDED not in ready.notes
    # What maps one grid onto the other goes along.
    own = footprint_windows(ready.lr_grid, ready.sr_grid, ready.series_bands)
    np.testing.assert_array_equal(ready.windows.down.rows, own.down.rows)
    np.testing.assert_array_equal(ready.windows.levels[2].cols, own.levels[2].cols)


def test_months_are_made_of_dates_that_lie_on_each_other(make):
    random = np.random.default_rng(1)
    kinds = land(random)
    shifts = [(3.0, 0.0), (-1.5, 2.6), (-1.5, -2.6)]
    scene, right = (
        year(make, kinds, dates, np.random.default_rng(5)) for dates in (shifts, [(0.0, 0.0)] * 3)
    )
    inner = np.s_[3, :, 6:-6, 6:-6]  # of April
    goal = prepare(right, SPEC).series[inner]
    apart, laid = (prepare(scene, SPEC, registration=on).series[inner] for on in (False, True))
    assert abs(laid - goal).mean() < 0.5 * abs(apart - goal).mean()


def test_along_its_edges_nothing_tells_and_the_prior_stays(make):
    random = np.random.default_rng(2)
    stripes = land(random, stripes=True)
    ready, told = found(year(make, stripes, [(4.0, 4.0)] * 6, random))
    assert told.east == pytest.approx(4.0, abs=0.6)
    assert told.deviation[0] < 0.6
    assert told.north == pytest.approx(0.0, abs=1.0)
    assert told.deviation[1] == pytest.approx(PLACE_PRIOR, rel=0.15)
    assert not told.decided
    assert UNDECIDED in ready.notes
    assert told.said.startswith("Sentinel-2 may lie 4.")
    assert told.said.endswith("nothing in the scene tells it to the metre.")


def test_where_there_is_nothing_to_see_the_series_stays_where_it_came(make):
    ready, told = found(make.scene(make.series(["2021-03-04", "2021-06-09"], cloud=[0, 0])))
    assert (told.east, told.north) == pytest.approx((0, 0), abs=1e-6)
    assert min(told.deviation) > 3.5
    assert not told.decided
    assert np.isfinite(ready.series[ready.present]).all()


def test_a_series_that_just_covers_a_small_tile_is_undecided_and_read(treesat_folder: Path):
    scene = open_collection(treesat_folder).scene("Betula_spec._1_15679")
    ready, told = found(scene)
    assert ready.series.shape[2:] == (6, 6)
    assert told.dates == ()
    assert not told.decided
    assert max(abs(told.east), abs(told.north)) < 12


def test_what_has_no_image_does_not_pull(make):
    random = np.random.default_rng(3)
    scene = year(make, land(random), [(3.0, 1.0)] * 6, random)
    seen = np.ones((512, 512), bool)
    seen[:, 360:] = False
    pixels = np.where(seen, scene.aerial.pixels, 0)
    part = replace(with_parts(scene, aerial=replace(scene.aerial, pixels=pixels)), seen=seen)
    _, told = found(part)
    assert (told.east, told.north) == pytest.approx((3.0, 1.0), abs=0.8)


def test_without_heights_the_shadows_are_a_doubt(make):
    random = np.random.default_rng(0)
    scene = year(make, land(random), [(1.0, 1.0)] * 6, random)
    images = {name: one for name, one in scene.images.items() if name != "NDSM"}
    _, with_heights = found(scene)
    _, without = found(replace(scene, images=images))
    doubt = np.square(without.deviation) - np.square(with_heights.deviation)
    assert doubt == pytest.approx([SHADOWS_UNTOLD**2] * 2, abs=0.15)


def test_one_date_or_a_small_crop_tells_nothing_of_dates():
    random = np.random.default_rng(0)
    for shape in ((1, 4, 40, 40), (5, 4, 6, 6)):
        shifts, deviations = shifts_among(random.normal(size=shape).astype(np.float32), 10.0)
        assert not shifts.any()
        assert (deviations == PRIOR).all()


def test_covered_dates_and_gaps_stay_where_they_are(make):
    series = make.series(["2021-03-04", "2021-06-09"])
    series.values[:] = np.random.default_rng(0).normal(size=series.values.shape)
    series.values[1, 2, 7, 9] = np.nan
    values = together(series, np.array([False, True]), np.array([[3.0, -2.0]]))
    np.testing.assert_array_equal(values[0], series.values[0])
    assert np.argwhere(np.isnan(values)).tolist() == [[1, 2, 7, 9]]
    # 3 m west and 2 m north of where it was.
    ramp = np.add.outer(2.0 * np.arange(40), 5.0 * np.arange(40)).astype(np.float32)
    series.values[1] = ramp
    moved = together(series, np.array([False, True]), np.array([[3.0, -2.0]]))[1]
    change = moved[0, 8:-8, 8:-8] - ramp[8:-8, 8:-8]
    np.testing.assert_allclose(change, 5 * 0.3 - 2 * -0.2, rtol=0.05)


def test_a_moved_axis_keeps_levels_and_waves():
    matrix = moving_matrix(60, 0.3)
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(moving_matrix(7, 0.0), np.eye(7), atol=1e-6)
    wave = np.sin(2 * np.pi * np.arange(60) / 5)
    wanted = np.sin(2 * np.pi * (np.arange(60) - 0.3) / 5)
    assert abs(matrix @ wave - wanted)[8:-8].max() < 0.02


def test_shadows_fall_away_from_the_sun_as_far_as_the_height():
    heights = np.zeros((40, 40), np.float32)
    heights[20, 20] = 16.0
    north = cast_shadows(heights, gsd=2.0)[AZIMUTHS.index(0.0)]
    # The sun stands 45 degrees high: 16 m, eight pixels of 2 m; the last one half.
    np.testing.assert_allclose(north[11:21, 20], [0, 0.5, 1, 1, 1, 1, 1, 1, 1, 0])
    assert north[:, [19, 21]].sum() == 0
    west = cast_shadows(heights, gsd=2.0)[AZIMUTHS.index(-40.0)]
    assert west[:20, :20].sum() > 4
    assert west[:, 21:].sum() == 0
    assert not cast_shadows(np.zeros((5, 5), np.float32), 2.0).any()


def test_a_simulated_scene_that_lies_right_is_told_to_within_its_deviation(simulated_folder: Path):
    collection = open_collection(simulated_folder)
    for scene_id in collection.ids[:2]:
        _, told = found(collection.scene(scene_id))
        off = np.abs([told.east, told.north])
        assert (off < 2 * np.array(told.deviation)).all()
        assert np.abs([(one.east, one.north) for one in told.dates]).mean() < 0.5


@pytest.mark.slow
def test_known_shifts_of_a_simulated_scene_are_found(tmp_path: Path):
    out = simulate(tmp_path / "out", tiles=1, domains=1, seed=3, shifts=3.0, processes=1)
    (table,) = out.glob("truth/*/*/shifts.csv")
    known = read_shifts(table)
    collection = open_collection(out)
    _, told = found(collection.scene(collection.ids[0]))
    errors = [
        (told.east + one.east - known[one.date][0], told.north + one.north - known[one.date][1])
        for one in told.dates
    ]
    # Of this tile's own, which its deviation tells, not of one that tells less.
    assert np.hypot(*np.mean(errors, axis=0)) < 2.0
    assert np.std(errors, axis=0).max() < 0.5
    assert (np.abs(np.mean(errors, axis=0)) < 2.5 * np.array(told.deviation)).all()
