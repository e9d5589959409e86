import numpy as np
import pytest
from affine import Affine

from lcapp.classes import FLAIR2
from lcapp.evaluate.areas import class_areas
from lcapp.types import Grid, LandCover


def test_shares_sum_to_one_and_square_metres_come_from_the_grid():
    grid = Grid("EPSG:2154", Affine(0.2, 0, 0, 0, -0.25, 0), 4, 5)
    probabilities = np.zeros((len(FLAIR2), 4, 5), np.float32)
    probabilities[4] = 0.6
    probabilities[0, 0, :3] = 0.9
    areas = class_areas(LandCover(probabilities, FLAIR2, grid))
    assert [area.name for area in areas] == list(FLAIR2.names)
    assert sum(area.share for area in areas) == pytest.approx(1)
    assert (areas[0].share, areas[0].m2) == (pytest.approx(3 / 20), pytest.approx(0.15))
    assert areas[4].m2 == pytest.approx(17 * 0.05)
    assert areas[7].m2 == 0
