"""IoU, F1 and their means against numbers worked out on maps of 3 x 3 pixels."""

import warnings

import numpy as np
import pytest
import torch
from torchmetrics.functional.classification import multiclass_jaccard_index

from lcapp.classes import COSIA, FLAIR2, LPIS1
from lcapp.evaluate.agreement import (
    SEASONAL,
    Agreement,
    by_season,
    confusion_matrix,
    evaluated,
    most_frequent,
    one_class_for_all,
)

REFERENCE = np.array([[0, 0, 1], [0, 1, 1], [2, 2, 3]], np.uint8)
MAP = np.array([[0, 1, 1], [0, 1, 1], [2, 3, 2]], np.uint8)
"""Class 3 is "other": the pixel below right does not count, the one left of it is an error."""

IDS = (0, 1, 2)


def agreement() -> Agreement:
    return Agreement(confusion_matrix(MAP, REFERENCE, 4), IDS)


def test_rows_of_the_confusion_matrix_are_the_reference() -> None:
    assert agreement().matrix.tolist() == [[2, 1, 0, 0], [0, 3, 0, 0], [0, 0, 1, 1], [0, 0, 1, 0]]


def test_iou_f1_and_oa_of_a_small_map() -> None:
    found = agreement()
    np.testing.assert_allclose(found.iou, [2 / 3, 3 / 4, 1 / 2, np.nan])
    np.testing.assert_allclose(found.f1, [4 / 5, 6 / 7, 2 / 3, np.nan])
    assert found.oa == pytest.approx(6 / 8)
    assert found.miou() == pytest.approx((2 / 3 + 3 / 4 + 1 / 2) / 3)
    assert found.miou((0, 2)) == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_a_class_in_neither_map_has_no_figure_and_is_in_no_mean() -> None:
    matrix = np.zeros((4, 4), np.int64)
    matrix[0, 0], matrix[0, 1] = 3, 1
    found = Agreement(matrix, IDS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_allclose(found.iou, [3 / 4, 0, np.nan, np.nan])
        assert found.miou() == pytest.approx(3 / 8)
        assert np.isnan(found.miou((2,)))
        assert np.isnan(Agreement(np.zeros((4, 4), np.int64), IDS).oa)


def test_with_references_of_other_every_pixel_counts() -> None:
    kept = Agreement(agreement().matrix, IDS, keeps_other=True)
    # The pixel below right, "other", was given to class 2: a false alarm of it, and an error.
    np.testing.assert_allclose(kept.iou, [2 / 3, 3 / 4, 1 / 3, np.nan])
    assert kept.miou() == pytest.approx((2 / 3 + 3 / 4 + 1 / 3) / 3)
    assert kept.oa == pytest.approx(6 / 9)
    pair = [torch.from_numpy(one).long() for one in (MAP, REFERENCE)]
    theirs = multiclass_jaccard_index(*pair, num_classes=4, average="none")
    np.testing.assert_allclose(kept.iou[list(IDS)], theirs[:3], rtol=1e-6)
    right = Agreement(np.diag([1, 1, 1, 5]), IDS, keeps_other=True)
    assert right.oa == 1


def test_figures_of_many_matrices_at_once_are_those_of_each() -> None:
    random = np.random.default_rng(0)
    many = random.integers(0, 9, (2, 3, 4, 4))
    many[0, 1] = 0
    for keeps_other in (False, True):
        found = Agreement(many, IDS, keeps_other)
        for place in np.ndindex(2, 3):
            one = Agreement(many[place], IDS, keeps_other)
            np.testing.assert_array_equal(found.iou[place], one.iou)
            np.testing.assert_array_equal(found.miou()[place], one.miou())
            np.testing.assert_array_equal(found.oa[place], one.oa)


def test_the_constant_map_is_of_the_most_frequent_evaluated_class() -> None:
    matrix = np.array([[1, 2, 0, 0], [2, 3, 0, 0], [0, 0, 1, 0], [9, 0, 0, 0]])
    assert most_frequent(matrix, IDS) == 1
    constant = one_class_for_all(matrix, 1)
    assert constant.tolist() == [[0, 3, 0, 0], [0, 5, 0, 0], [0, 1, 0, 0], [0, 9, 0, 0]]
    assert Agreement(constant, IDS).oa == pytest.approx(5 / 9)


def test_the_classes_that_differ_in_their_year_and_the_others_are_all_evaluated_ones() -> None:
    for table, others in ((FLAIR2, 6), (COSIA, 9)):
        seasonal, rest = by_season(table)
        assert {table.names[one] for one in seasonal} == set(SEASONAL)
        assert len(rest) == others
        assert sorted((*seasonal, *rest)) == list(evaluated(table))
    assert evaluated(FLAIR2) == tuple(range(12))
    assert [LPIS1.names[one] for one in by_season(LPIS1)[0]] == ["vineyard"]
