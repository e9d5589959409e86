import numpy as np
import pytest
from affine import Affine

from lcapp.classes import FLAIR2
from lcapp.types import Grid, LandCover, Month, Prepared, Window, Windows

GRID = Grid("EPSG:25832", Affine(0.2, 0, 500_000, 0, -0.2, 5_700_000), height=304, width=300)


def test_grid_knows_its_bounds():
    west, south, east, north = GRID.bounds
    assert (west, north) == (500_000, 5_700_000)
    assert (east, south) == pytest.approx((500_060, 5_699_939.2))
    assert GRID.gsd == 0.2


def test_coarser_grid_covers_the_finer_one_from_the_same_corner():
    coarse = GRID.coarser()
    assert (coarse.height, coarse.width) == (38, 38)  # 300 / 8 rounded up
    assert coarse.gsd == pytest.approx(1.6)
    assert (coarse.bounds[0], coarse.bounds[3]) == (GRID.bounds[0], GRID.bounds[3])
    assert coarse.bounds[2] >= GRID.bounds[2]
    assert coarse.bounds[1] <= GRID.bounds[1] + 1e-6


def test_land_cover_derives_map_and_confidence():
    probabilities = np.zeros((13, 1, 2), dtype=np.float32)
    probabilities[4, 0, 0], probabilities[0, 0, 0] = 0.7, 0.3
    probabilities[12, 0, 1] = 1.0
    found = LandCover(probabilities, FLAIR2, GRID)
    assert found.class_map.tolist() == [[4, 12]]
    assert found.class_map.dtype == np.uint8
    np.testing.assert_allclose(found.confidence, [[0.7, 1.0]])


def test_prepared_says_which_months_are_present():
    window = Window(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32))
    months = tuple(Month(m, m in (3, 8), None, 0, 0, None) for m in range(1, 13))
    empty = np.zeros((0,), dtype=np.float32)
    prepared = Prepared(
        scene_id="x",
        aerial=empty,
        aerial_bands=(),
        neutral_bands=(),
        series=empty,
        series_bands=(),
        day_offsets=empty,
        months=months,
        hr_grid=GRID,
        sr_grid=GRID.coarser(),
        lr_grid=GRID,
        windows=Windows((window,), window, window, (slice(0, 1), slice(0, 1))),
    )
    assert np.flatnonzero(prepared.present).tolist() == [2, 7]
