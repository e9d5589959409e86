import numpy as np
import pytest
from affine import Affine

from lcapp.classes import COSIA, FLAIR2, LPIS1
from lcapp.evaluate.areas import GROUPS, areas_csv, class_areas, group_areas, group_share
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


def test_what_is_sealed_is_counted_with_how_sure_the_map_is_and_with_every_pixels_chance():
    grid = Grid("EPSG:2154", Affine(0.2, 0, 0, 0, -0.2, 0), 1, 4)
    probabilities = np.zeros((len(FLAIR2), 1, 4), np.float32)
    building, road, meadow = (
        FLAIR2.index(one) for one in ("building", "impervious surface", "herbaceous vegetation")
    )
    probabilities[building, 0, 0] = 0.9
    probabilities[road, 0, 0] = 0.1  # sealed as well, whichever of the two it is
    probabilities[road, 0, 1], probabilities[meadow, 0, 1] = 0.6, 0.4
    probabilities[meadow, 0, 2], probabilities[road, 0, 2] = 0.8, 0.2
    probabilities[:, 0, 3] = np.nan  # no image
    cover = LandCover(probabilities, FLAIR2, grid)
    sealed, green, *others = group_areas(cover)
    assert (sealed.name, green.name) == ("sealed", "green")
    assert sealed.share == pytest.approx(2 / 3)
    assert sealed.m2 == pytest.approx(0.08)
    assert sealed.confidence == pytest.approx(0.75)
    assert sealed.expected == pytest.approx((1.0 + 0.6 + 0.2) / 3)
    assert [one.name for one in sealed.classes] == ["building", "impervious surface"]
    assert all(one.share == 0 and one.confidence is None for one in others)
    assert group_share("sealed", class_areas(cover)) == pytest.approx(2 / 3)
    lines = areas_csv(cover).splitlines()
    assert lines[0] == "level,name,group,share,m2,mean_probability"
    assert "group,sealed,,0.666667,0.08,0.7500" in lines
    assert "class,building,sealed,0.333333,0.04,0.9000" in lines
    assert "class,water,water,0.000000,0.00," in lines


def test_each_class_of_land_cover_is_of_one_group_and_crops_are_of_none():
    named = [name for names in GROUPS.values() for name in names]
    assert len(named) == len(set(named))
    assert set(named) <= {*COSIA.names}
    grid = Grid("EPSG:2154", Affine(0.2, 0, 0, 0, -0.2, 0), 2, 2)
    for table in (COSIA, FLAIR2):
        cover = LandCover(np.full((len(table), 2, 2), 1 / len(table), np.float32), table, grid)
        groups = group_areas(cover)
        assert sum(one.share for one in groups) == pytest.approx(1)
        assert sum(one.expected for one in groups) == pytest.approx(1)
        assert sorted(c.name for one in groups for c in one.classes) == sorted(table.names)
    crops = LandCover(np.full((len(LPIS1), 2, 2), 1 / len(LPIS1), np.float32), LPIS1, grid)
    assert group_areas(crops) == ()
