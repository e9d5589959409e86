"""IoU, F1 and overall accuracy against scikit-learn, to the last digits, on random maps."""

import warnings

import numpy as np
import pytest

from lcapp.classes import COSIA, FLAIR2, NO_CLASS
from lcapp.evaluate.agreement import Agreement, confusion_matrix, evaluated

metrics = pytest.importorskip("sklearn.metrics")

CASES = [(table, seed) for table in (FLAIR2, COSIA) for seed in range(4)]


def maps(classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A map and its reference; some classes are in neither, one in each alone."""
    random = np.random.default_rng(seed)
    there = random.permutation(classes)[: classes - 3]
    reference = random.choice(there[1:], (4, 37, 41))
    wrong = random.choice(np.r_[there[0], there[2:]], reference.shape)
    found = np.where(random.random(reference.shape) < 0.6, reference, wrong)
    found[found == there[1]] = there[0]
    return found.astype(np.uint8), reference.astype(np.uint8)


@pytest.mark.parametrize(("table", "seed"), CASES)
@pytest.mark.parametrize("keeps_other", [False, True])
def test_figures_are_those_of_scikit_learn(table, seed: int, keeps_other: bool) -> None:
    ids = list(evaluated(table))
    found, reference = maps(len(table), seed)
    ours = Agreement(confusion_matrix(found, reference, len(table)), tuple(ids), keeps_other)
    counted = np.ones_like(reference, bool) if keeps_other else np.isin(reference, ids)
    pair = reference[counted], found[counted]
    with warnings.catch_warnings():  # of classes in neither, which have no figure here
        warnings.simplefilter("ignore")
        theirs = {"labels": ids, "average": None, "zero_division": 0}
        iou, f1 = (of(*pair, **theirs) for of in (metrics.jaccard_score, metrics.f1_score))
    absent = np.array([one not in pair[0] and one not in pair[1] for one in ids])
    assert absent.any()
    np.testing.assert_array_equal(np.isnan(ours.iou[ids]), absent)
    np.testing.assert_allclose(ours.iou[ids][~absent], iou[~absent], rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours.f1[ids][~absent], f1[~absent], rtol=0, atol=1e-12)
    assert float(ours.miou()) == pytest.approx(iou[~absent].mean(), rel=0, abs=1e-12)
    assert float(ours.oa) == pytest.approx(metrics.accuracy_score(*pair), rel=0, abs=1e-12)
    assert ((iou > 0) & (iou < 1)).sum() > 5
    assert (iou[~absent] == 0).any()  # in one of the two alone


@pytest.mark.parametrize(("table", "seed"), CASES[:2])
def test_matrices_are_those_of_scikit_learn_and_add_up_over_scenes(table, seed: int) -> None:
    found, reference = maps(len(table), seed)
    whole = confusion_matrix(found, reference, len(table))
    labels = range(len(table))
    wanted = metrics.confusion_matrix(reference.ravel(), found.ravel(), labels=labels)
    np.testing.assert_array_equal(whole, wanted)
    scenes = [confusion_matrix(*pair, len(table)) for pair in zip(found, reference, strict=True)]
    np.testing.assert_array_equal(np.sum(scenes, axis=0), whole)


def test_pixels_without_a_class_are_in_no_figure() -> None:
    """As `evaluate_scene` leaves them out: where there is no image there is nothing to be right."""
    found, reference = maps(len(FLAIR2), 7)
    gone = np.random.default_rng(8).random(found.shape) < 0.3
    found[gone] = NO_CLASS
    seen = found != NO_CLASS
    ours = Agreement(confusion_matrix(found[seen], reference[seen], len(FLAIR2)), evaluated(FLAIR2))
    counted = seen & np.isin(reference, evaluated(FLAIR2))
    wanted = metrics.accuracy_score(reference[counted], found[counted])
    assert float(ours.oa) == pytest.approx(wanted, rel=0, abs=1e-12)
