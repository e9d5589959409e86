"""mIoU and OA counted by torchmetrics, against numbers made by hand and NumPy."""

import numpy as np
import pytest
import torch

from lcapp.classes import NO_CLASS
from lcapp.evaluate.agreement import confusion_matrix
from lcapp.evaluate.scores import Scores, near_edges

OTHER = 3
"""The last of four classes; trained, not evaluated."""


def scored(predicted: list[int], reference: list[int], classes: int = 4) -> dict[str, float]:
    scores = Scores(classes, tuple(range(classes - 1)))
    scores.update(torch.tensor(predicted), torch.tensor(reference))
    return {name: float(value) for name, value in scores.compute().items()}


def literal(predicted: np.ndarray, reference: np.ndarray, evaluated: range) -> dict[str, float]:
    """Class by class and pixel by pixel, from the definitions."""
    counted = np.isin(reference, evaluated)
    predicted, reference = predicted[counted], reference[counted]
    ious = []
    for one in evaluated:
        union = ((predicted == one) | (reference == one)).sum()
        if union:
            ious.append(((predicted == one) & (reference == one)).sum() / union)
    return {"miou": float(np.mean(ious)), "oa": float((predicted == reference).mean())}


def test_scores_of_a_map_worked_out_by_hand() -> None:
    found = scored([0, 0, 1, 1, 2, 2], [0, 1, 1, 1, 2, 0])
    # class 0: 1 of 3; class 1: 2 of 3; class 2: 1 of 2
    assert found["miou"] == pytest.approx((1 / 3 + 2 / 3 + 1 / 2) / 3)
    assert found["oa"] == pytest.approx(4 / 6)


def test_scores_equal_the_definitions_on_random_maps_added_batch_by_batch() -> None:
    random = np.random.default_rng(0)
    predicted, reference = random.integers(0, 13, (2, 6, 20, 20))
    reference = np.where(random.random(reference.shape) < 0.6, predicted, reference)
    scores = Scores(13, tuple(range(12)))
    for first in range(0, 6, 2):
        part = slice(first, first + 2)
        scores.update(torch.from_numpy(predicted[part]), torch.from_numpy(reference[part]))
    wanted = literal(predicted, reference, range(12))
    for name, value in scores.compute().items():
        assert float(value) == pytest.approx(wanted[name], rel=1e-6)


def test_pixels_whose_reference_is_other_do_not_count() -> None:
    assert scored([0, 1, 2, 0, OTHER], [0, 1, 2, OTHER, OTHER]) == {"miou": 1.0, "oa": 1.0}


def test_a_pixel_of_a_class_that_was_called_other_is_an_error() -> None:
    found = scored([0, OTHER, 1, 2], [0, 0, 1, 2])
    assert found["miou"] == pytest.approx((1 / 2 + 1 + 1) / 3)
    assert found["oa"] == pytest.approx(3 / 4)


def test_a_class_in_neither_map_does_not_enter_the_mean_and_one_only_predicted_does() -> None:
    assert scored([0, 0], [0, 0])["miou"] == 1.0
    assert scored([0, 1], [0, 0])["miou"] == pytest.approx((1 / 2 + 0) / 2)


def test_without_an_evaluated_pixel_the_scores_are_zero() -> None:
    assert scored([0, 1], [OTHER, OTHER]) == {"miou": 0.0, "oa": 0.0}


def test_what_has_no_class_is_no_reference() -> None:
    found = scored([0, 1, 2, 0], [0, 1, NO_CLASS, NO_CLASS])
    assert found == scored([0, 1], [0, 1]) == {"miou": 1.0, "oa": 1.0}


def test_scores_begin_anew_after_a_reset() -> None:
    scores = Scores(4, (0, 1, 2))
    scores.update(torch.tensor([0, 0]), torch.tensor([1, 1]))
    scores.reset()
    scores.update(torch.tensor([2]), torch.tensor([2]))
    assert float(scores.compute()["oa"]) == 1.0


def test_pixels_near_edges_are_those_within_a_metre_of_another_label() -> None:
    random = np.random.default_rng(1)
    labels = (random.uniform(size=(40, 30)) > 0.995).astype(np.uint8)
    labels[:, 20:] += 2
    near = near_edges(labels, 0.2)
    rows, cols = np.indices(labels.shape)
    for row, col in np.ndindex(labels.shape):
        other = labels != labels[row, col]
        distance = np.hypot(rows[other] - row, cols[other] - col).min()  # between centres
        assert near[row, col] == (distance - 0.5 <= 5)
    straight = np.zeros((12, 30), np.uint8)
    straight[:, 15:] = 1
    assert np.flatnonzero(near_edges(straight, 0.2)[3]).tolist() == list(range(10, 20))
    assert np.flatnonzero(near_edges(straight, 0.5)[3]).tolist() == [13, 14, 15, 16]


def test_one_label_everywhere_has_no_edge() -> None:
    labels = np.zeros((3, 4), np.uint8)
    near = near_edges(labels, 0.2)
    assert not near.any()
    assert confusion_matrix(labels[near], labels[near], 4).sum() == 0
