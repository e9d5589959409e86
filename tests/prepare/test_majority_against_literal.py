import numpy as np

from lcapp.prepare.targets import _majority
from tests import literal


def test_labels_on_the_sr_grid_are_the_literal_vote_with_ties_of_several_classes():
    rng = np.random.default_rng(0)
    # Blocks of 2 x 2 equal pixels: 16 votes among 4 classes tie often.
    labels = rng.integers(0, 4, (12, 20)).repeat(2, axis=0).repeat(2, axis=1).astype(np.uint8)
    np.testing.assert_array_equal(_majority(labels, 5), literal.majority(labels, 8))
