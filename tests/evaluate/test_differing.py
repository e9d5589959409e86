"""Two maps of 3 x 4 pixels, worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from affine import Affine

from lcapp.classes import COSIA, FLAIR2, LPIS1, LPIS2, LPIS3, NO_CLASS, ClassTable
from lcapp.errors import RunError
from lcapp.evaluate.common_classes import brought, common_table, ids_in, reference_in
from lcapp.evaluate.differing import differing, judged
from lcapp.types import Grid, LandCover, Reference
from lcapp.types.differing import A_RIGHT, B_RIGHT, NEITHER, SAME, UNKNOWN

GRID = Grid("EPSG:2154", Affine(2, 0, 7e5, 0, -2, 6.6e6), 3, 4)
OTHER = 12
"""Of FLAIR #2, does not count."""

A = [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 2, NO_CLASS]]
B = [[0, 1, 1, 1], [0, 1, 2, 1], [2, 0, 2, 2]]
LABELS = [[1, 0, 1, OTHER], [0, 2, 2, OTHER], [2, OTHER, 2, 2]]


def cover(ids: list[list[int]], table: ClassTable = FLAIR2) -> LandCover:
    """Each pixel sure of its class."""
    classes = np.array(ids, np.uint8)
    chances = np.zeros((len(table), *classes.shape), np.float32)
    for index in range(len(table)):
        chances[index][classes == index] = 1
    chances[:, classes == NO_CLASS] = np.nan
    return LandCover(chances, table, replace(GRID, height=len(ids), width=len(ids[0])))


def labels(ids: list[list[int]], table: ClassTable = FLAIR2) -> dict[str, Reference]:
    return {table.name: Reference(np.array(ids, np.uint8), table)}


def test_where_two_maps_differ_and_which_of_them_is_right() -> None:
    found = differing(cover(A), cover(B), labels(LABELS))
    assert found is not None
    S, A1, B1, N, U = SAME, A_RIGHT, B_RIGHT, NEITHER, UNKNOWN
    assert found.verdict.tolist() == [[S, A1, S, S], [S, N, B1, S], [S, U, S, NO_CLASS]]
    assert (found.pixels, found.apart) == (11, 4)
    assert found.share == pytest.approx(4 / 11)
    assert found.m2 == pytest.approx(4 * 4)
    assert [found.verdict_share(one) for one in (A1, B1, N, U)] == [0.25] * 4
    # Rows are A, columns B: two of class 0 became 1, one of 1 became 2, one of 2 became 0.
    assert found.matrix[:3, :3].tolist() == [[2, 2, 0], [0, 3, 1], [1, 0, 2]]
    assert found.exchanges(2) == ((0, 1, pytest.approx(2 / 11)), (1, 2, pytest.approx(1 / 11)))
    assert [one.m2 for one in found.areas[0]][:3] == [16, 16, 12]
    assert [one.m2 for one in found.areas[1]][:3] == [12, 20, 16]


def test_both_maps_are_judged_on_the_pixels_that_both_have() -> None:
    found = differing(cover(A), cover(B), labels(LABELS))
    assert found is not None
    assert found.judged is not None
    of_a, of_b = found.judged
    # Eight pixels count; of the last, where A has nothing, neither is told.
    assert of_a.oa == pytest.approx(5 / 8)
    assert of_b.oa == pytest.approx(5 / 8)
    assert of_a.matrix[:3, :3].tolist() == [[2, 0, 0], [1, 1, 0], [1, 1, 2]]
    np.testing.assert_allclose(of_a.iou[:3], [2 / 4, 1 / 3, 2 / 4])
    assert of_a.miou == pytest.approx((2 / 4 + 1 / 3 + 2 / 4) / 3)
    assert np.isnan(of_a.iou[OTHER])


def test_without_a_reference_nobody_is_right() -> None:
    found = differing(cover(A), cover(B), {})
    assert found is not None
    assert found.judged is None
    assert found.reference is None
    assert found.verdict_share(UNKNOWN) == 1
    only_other = differing(cover(A), cover(B), labels([[OTHER] * 4] * 3))
    assert only_other is not None
    assert only_other.judged is None


def test_equal_maps_differ_nowhere() -> None:
    found = differing(cover(A), cover(A), labels(LABELS))
    assert found is not None
    assert (found.share, found.m2, found.zone, found.exchanges(3)) == (0, 0, None, ())
    assert found.verdict_share(A_RIGHT) == 0


def test_the_part_where_they_differ_most_is_named() -> None:
    ids = np.zeros((9, 9), int)
    other = ids.copy()
    other[6:, :3] = 1
    found = differing(cover(ids.tolist()), cover(other.tolist()), {})
    assert found is not None
    assert found.zone == "south-west"
    assert found.times == pytest.approx(9)


def test_maps_of_a_finer_table_are_compared_in_the_coarser_one() -> None:
    pool, water, building = (COSIA.index(one) for one in ("swimming pool", "water", "building"))
    fine = cover([[pool, water], [building, NO_CLASS]], COSIA)
    coarse = cover([[OTHER, FLAIR2.index("water")], [0, 0]])
    reference = labels([[pool, pool], [building, building]], COSIA)
    for one, other in ((fine, coarse), (coarse, fine)):
        found = differing(one, other, reference)
        assert found is not None
        assert found.table is FLAIR2
        assert found.apart == 0
        assert found.reference is not None
        assert found.reference.tolist() == [[OTHER, OTHER], [0, 0]]


def test_crops_and_land_cover_have_no_classes_in_common() -> None:
    assert common_table(FLAIR2, LPIS1) is None
    assert differing(cover(A), cover([[0] * 4] * 3, LPIS1), labels(LABELS)) is None
    alone = judged(cover(A), labels(LABELS))
    assert alone is not None
    assert alone.oa == pytest.approx(5 / 8)
    assert judged(cover([[0] * 4] * 3, LPIS1), labels(LABELS)) is None


def test_maps_of_other_pixels_are_refused() -> None:
    with pytest.raises(RunError, match="on the same pixels"):
        differing(cover(A), cover([[0, 1]]), {})


def test_the_ids_of_a_class_in_a_coarser_table() -> None:
    up = ids_in(COSIA, FLAIR2)
    assert up is not None
    for name, there in zip(COSIA.names, up, strict=True):
        assert FLAIR2.names[there] == (name if name in FLAIR2.names else "other")
    twice = ids_in(LPIS3, LPIS1)
    assert twice is not None
    oat = LPIS3.index("winter oat")
    assert LPIS1.names[twice[oat]] == "other cereals"
    assert ids_in(FLAIR2, COSIA) is None
    assert ids_in(LPIS1, LPIS2) is None
    assert brought(np.array([oat, NO_CLASS], np.uint8), LPIS3, LPIS1)[1] == NO_CLASS
    with pytest.raises(ValueError, match="none of cosia"):
        brought(np.array([0], np.uint8), LPIS1, COSIA)


def test_the_reference_of_the_very_table_comes_first() -> None:
    references = labels([[1]], COSIA) | labels([[3]])
    found = reference_in(references, FLAIR2)
    assert found is not None
    assert found.tolist() == [[3]]
    assert reference_in(labels([[1]]), COSIA) is None
